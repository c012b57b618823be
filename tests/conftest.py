"""Hypothesis without deadlines; compiled code kept apart; Ctrl-C heard; one thread, but where a test asks."""

import os
import signal
import sys
from collections.abc import Iterator
from tempfile import TemporaryDirectory

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


def pytest_configure(config: pytest.Config) -> None:
    """Compiled code, and bytecode where none may be written, is kept for all processes of this run alone."""
    if hasattr(config, "workerinput"):  # a process that another has started, with these settings
        return
    patch, kept = pytest.MonkeyPatch(), TemporaryDirectory(prefix="chainrule-tests-")
    config.add_cleanup(kept.cleanup)
    config.add_cleanup(patch.undo)
    patch.setenv("CHAINRULE_CACHE_DIR", f"{kept.name}/object-code")
    if os.environ.get("PYTHONDONTWRITEBYTECODE"):
        patch.delenv("PYTHONDONTWRITEBYTECODE")
        patch.setenv("PYTHONPYCACHEPREFIX", f"{kept.name}/bytecode")
        patch.setattr(sys, "dont_write_bytecode", False)
        patch.setattr(sys, "pycache_prefix", f"{kept.name}/bytecode")


@pytest.fixture(scope="session", autouse=True)
def no_waiting_for_the_disk() -> Iterator[None]:
    """No test cuts the power: what was written need not have reached the disk. Other processes do wait."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", os.fstat)  # which refuses a descriptor that is not open, too
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
