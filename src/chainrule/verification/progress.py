"""A progress bar of entries, on standard error, for checks that last longer than a second."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

PATIENCE = 1.0
"""Seconds before the bar appears."""


@contextmanager
def progress_bar(entries: int, show: bool | None) -> Iterator[Callable[[int], None]]:
    """A function to call with the number of entries done since the last call.

    Args:
        entries: how many there are.
        show: ``None`` shows the bar on a terminal only.
    """
    if not (sys.stderr.isatty() if show is None else show):
        yield lambda done: None
        return
    with _Bar(entries) as bar:
        yield bar.advance


class _Bar:
    def __init__(self, entries: int) -> None:
        self._entries, self._done, self._began = entries, 0, time.monotonic()
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *error: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def advance(self, done: int) -> None:
        self._done += done
        if self._bar is None and time.monotonic() - self._began > PATIENCE:
            self._open()
        if self._bar is not None:
            self._bar.update(self._task, completed=self._done)

    def _open(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("checking entry"), MofNCompleteColumn(), BarColumn(), TimeRemainingColumn())
        self._bar = Progress(*columns, console=Console(stderr=True))
        self._task = self._bar.add_task("check", total=self._entries)
        self._bar.start()
