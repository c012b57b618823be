"""Ctrl-C while machine code runs: a long call ends after the kernel, or the piece of one, that it is at.

So it does whatever else is raised meanwhile, as by a handler of the user's for a signal that time is up.
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from functools import lru_cache
from typing import Any

from ..emission.sharing import ABANDONED
from ..pool import begun, started_pool

LONG_WORK = 4e9  # operations of a program, or of one step of a loop: a twentieth of a second
LOOK_EVERY = 0.1  # seconds: a signal that comes as a thread falls asleep, or to another one, does not wake it


def is_long(operations: float) -> bool:
    """Whether so much work is done where Ctrl-C can end it, rather than waited for."""
    return operations >= LONG_WORK


def call(function: Callable[[Any], None], table: Any, control: int, operations: float) -> None:
    """Call a program; where it is long, in another thread, so that this one hears of signals.

    Python tells them to its main thread, and not while that computes. What an abandoned program has written
    is of no use.

    Args:
        function: the machine code.
        table: its pointer table.
        control: the address of its control block.
        operations: how much can run before it returns or is looked after.

    Raises:
        KeyboardInterrupt: the user has pressed Ctrl-C, or another error that the handler of a signal raises;
            the program no longer runs.
    """
    elsewhere = is_long(operations) and threading.current_thread() is threading.main_thread()
    other = _other_thread(os.getpid()) if elsewhere else None
    if other is None:
        function(table)
        return
    turn, given_up = threading.Lock(), threading.Event()

    def run() -> None:
        with turn:
            if not given_up.is_set():
                function(table)

    try:
        running = begun(other, run)
        if running is None:
            function(table)
            return
        while not wait([running], LOOK_EVERY).done:
            pass
        running.result()
    except BaseException:  # perhaps before the other thread has begun, or heard that it shall
        _end(turn, given_up, control)
        raise


def _end(turn: threading.Lock, given_up: threading.Event, control: int) -> None:
    """Have a program end, and wait until it has, however often a signal comes: it still writes."""
    while True:
        with suppress(BaseException):
            given_up.set()
            ctypes.c_int64.from_address(control + ABANDONED).value = 1
            with turn:
                return


@lru_cache(maxsize=1)
def _other_thread(process: int) -> ThreadPoolExecutor | None:
    """A thread of this process, if one could be started; one that was forked from it needs its own."""
    return started_pool(f"chainrule-call-{process}", workers=1)
