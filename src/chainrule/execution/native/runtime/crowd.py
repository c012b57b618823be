"""The threads that help with a program, and when they are asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..emission.sharing import CONTROL_BYTES, FOREVER, RETREAT, STOP, THREADS, UNTIL
from ..machine_code.linking import Library
from ..machine_code.loading import address
from ..passes.memory import ALIGNMENT, aligned
from ..pool import begun, helpers, threads

WORTH_ASKING = 1e8  # operations of one call: some milliseconds, against the tenth of one that asking takes


class Crowd:
    """The threads that help with one program.

    Where other programs need the processors, helping slows down: the first thread then works alone for a
    while, perhaps beyond the call's end.

    Args:
        library: the machine code.
        work: what they run of it; None where one thread does all.
    """

    def __init__(self, library: Library, work: Callable[[Any], None] | None) -> None:
        self._library = library
        self._work = work
        self._until = self._retreat = 0  # when the first thread no longer works alone; for how long it did

    @contextmanager
    def at_work(self, operations: float) -> Iterator[int]:
        """Threads that help while the code inside runs; gives the address of their control block."""
        memory = np.zeros((CONTROL_BYTES + ALIGNMENT) // 8, np.int64)
        first = address(memory)
        start = aligned(first)
        control = memory[(start - first) // 8 :]
        others = threads() - 1 if self._work and operations >= WORTH_ASKING else 0
        pool = helpers() if others else None
        if pool is None:
            control[UNTIL // 8] = FOREVER
            yield start
            return
        control[UNTIL // 8], control[RETREAT // 8] = self._until, self._retreat
        control[THREADS // 8] = others + 1
        try:
            if not all(begun(pool, self._help, memory, start) for _ in range(others)):
                control[UNTIL // 8] = FOREVER
            yield start
        finally:
            control[STOP // 8] = 1
        until = int(control[UNTIL // 8])
        self._until, self._retreat = until if until < FOREVER else 0, int(control[RETREAT // 8])

    def _help(self, memory: np.ndarray, start: int) -> None:
        """What another thread does; the machine code and the memory, in which the control block begins there,
        stay as long as it does that."""
        assert self._work
        self._work(start)
