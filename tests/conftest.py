"""Hypothesis without deadlines; compiled code kept apart; Ctrl-C heard; one thread, but where a test asks."""

import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

from .browser.chromium import installed

# The tests run in a process a core: threads beside them, of BLAS or of compiled code, would wait awake for
# its cores. Tests of threads say how many they want.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, database=None, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.fixture(scope="session", autouse=True)
def object_code_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Compiled code is kept for this run alone, not in the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHAINRULE_CACHE_DIR", str(tmp_path_factory.mktemp("object-code")))
        yield


@pytest.fixture(scope="session", autouse=True)
def bytecode_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Where no bytecode may be written, that of the processes that tests start is kept for this run alone."""
    with pytest.MonkeyPatch.context() as patch:
        if os.environ.get("PYTHONDONTWRITEBYTECODE"):
            patch.delenv("PYTHONDONTWRITEBYTECODE")
            patch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path_factory.mktemp("bytecode")))
        yield


@pytest.fixture(scope="session", autouse=True)
def interrupts_heard() -> Iterator[None]:
    """Ctrl-C raises KeyboardInterrupt here and in what is started, as in a user's terminal.

    A test process that runs in the background, or beside others, ignores it.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def pytest_report_header() -> str | None:
    """What these tests leave out, where they leave something out."""
    return (
        None
        if installed()
        else "no browser is installed: tests/browser, which looks at pages in one, is left out"
    )
