"""Python's search for garbage, which rests while many objects are made that live on."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Collector:
    """How many of the process's threads want it to rest, and whether it is to go on afterwards."""

    def __init__(self) -> None:
        self._lock, self._resting, self._goes_on = threading.Lock(), 0, False

    def rest(self) -> None:
        """Rest until as many have said that it may go on."""
        with self._lock:
            if not self._resting:
                self._goes_on = gc.isenabled()
                gc.disable()
            self._resting += 1

    def go_on(self) -> None:
        """Go on once nobody wants it to rest."""
        with self._lock:
            self._resting = max(0, self._resting - 1)
            if not self._resting and self._goes_on:
                gc.enable()

    def begin_anew(self) -> None:
        """In a process that was forked, whatever the threads wanted that it does not have."""
        if self._resting and self._goes_on:
            gc.enable()
        self._lock, self._resting = threading.Lock(), 0


_collector = _Collector()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_collector.begin_anew)


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Let Python not look for garbage meanwhile: to trace and to compile makes many objects, hardly any in
    cycles, and to go through all that a process holds takes it tens of milliseconds.

    >>> with collector_at_rest():
    ...     gc.isenabled()
    False
    >>> gc.isenabled()
    True
    """
    _collector.rest()
    try:
        yield
    finally:
        _collector.go_on()
