"""Hypothesis without deadlines, in CI with the same examples every time; compiled code kept apart."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from .browser.chromium import installed

settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, database=None, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.fixture(scope="session", autouse=True)
def object_code_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Compiled code is kept for this run alone, not in the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHAINRULE_CACHE_DIR", str(tmp_path_factory.mktemp("object-code")))
        yield


def pytest_report_header() -> str | None:
    """What these tests leave out, where they leave something out."""
    return (
        None
        if installed()
        else "no browser is installed: tests/browser, which looks at pages in one, is left out"
    )
