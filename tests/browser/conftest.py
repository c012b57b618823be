"""A real browser, where there is one: elsewhere these tests are left out, and pytest says so at its start."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .chromium import ARGUMENTS, installed

collect_ignore_glob = [] if installed() else ["test_*.py"]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser, with no connection to anything."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=installed(), args=ARGUMENTS)
        yield browser
        browser.close()
