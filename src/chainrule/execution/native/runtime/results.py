"""Memory of large results, written again once nobody holds them.

The system hands out memory page by page as it is first written, each cleared before: that takes several times
as long as writing a result. The allocator keeps what is freed for the next array, but gives very large memory
back at once. So the memory of one very large result is kept until the next one is asked for. Meanwhile the
system may take it, if memory runs short.
"""

from __future__ import annotations

import ctypes
import mmap
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from ....graph import Node
from ..machine_code.loading import address
from ..passes.streaming import BEYOND_CACHES
from .arrays import workspace

GIVEN_BACK = 2**25  # bytes from which glibc gives memory back to the system as soon as it is freed
MOST_KEPT = 2**28  # bytes of a result whose memory is kept


class Result:
    """One output of a program: makes an array for each call's value.

    One that may be streamed begins where a cache line does, since a processor sends parts of lines to memory
    one by one.
    """

    def __init__(self, node: Node) -> None:
        self._shape, self._dtype = node.shape, node.dtype
        self._bytes = node.type.size * node.dtype.itemsize
        self._idle: list[np.ndarray] = []

    def array(self) -> np.ndarray:
        """A new array whose elements are still to be written."""
        if self._bytes < BEYOND_CACHES:
            return np.empty(self._shape, self._dtype)
        memory = self._lent() if GIVEN_BACK <= self._bytes <= MOST_KEPT else workspace(self._bytes)
        array: np.ndarray = memory.view(self._dtype).reshape(self._shape)
        return array

    def _lent(self) -> np.ndarray:
        """Memory that comes back when the last array in it is gone."""
        try:
            memory = self._idle.pop()
        except IndexError:
            memory = workspace(self._bytes)
        return np.asarray(_Lent(memory, self._idle))


class _Lent:
    """What arrays in lent memory refer to."""

    def __init__(self, memory: np.ndarray, idle: list[np.ndarray]) -> None:
        self._memory, self._idle = memory, idle

    @property
    def __array_interface__(self) -> dict[str, Any]:
        return self._memory.__array_interface__

    def __del__(self, at_the_end: Callable[[], bool] = sys.is_finalizing) -> None:
        if self._idle or at_the_end():  # of Python, which then takes modules apart
            return
        _spare(self._memory)
        self._idle.append(self._memory)


def _spare(memory: np.ndarray) -> None:
    """Let the system take the pages of memory that nobody reads again, until they are written."""
    if not hasattr(mmap, "MADV_FREE"):
        return
    start = address(memory)
    first, last = -(-start // mmap.PAGESIZE), (start + memory.nbytes) // mmap.PAGESIZE
    size = (last - first) * mmap.PAGESIZE
    if size > 0:
        madvise = ctypes.CDLL(None).madvise
        madvise(ctypes.c_void_p(first * mmap.PAGESIZE), ctypes.c_size_t(size), mmap.MADV_FREE)
