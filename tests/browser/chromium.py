"""Where the browser is, and how it is started."""

from __future__ import annotations

import os
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: Set by .ci/run, which installs one: there its absence is a failure.
REQUIRED = "CHAINRULE_TEST_BROWSER"
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def installed() -> str | None:
    """The path of a browser on this machine.

    Raises:
        RuntimeError: there is none, and one is required.
    """
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None and REQUIRED in os.environ:
        raise RuntimeError(f"{REQUIRED} is set, and there is no {', '.join(NAMES)}: apt-get install chromium")
    return found
