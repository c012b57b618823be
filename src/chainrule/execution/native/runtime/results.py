"""Memory of large results, written again once nobody holds them.

The system hands out memory page by page as it is first written, each cleared before: that takes several times
as long as writing a result. So the memory of one result is kept until the next one is asked for.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ....graph import Node
from ..passes.memory import workspace
from ..passes.streaming import BEYOND_CACHES

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
        try:
            memory = self._idle.pop()
        except IndexError:
            memory = workspace(self._bytes)
        lent: np.ndarray = np.asarray(_Lent(memory, self._idle)) if self._bytes <= MOST_KEPT else memory
        array: np.ndarray = lent.view(self._dtype).reshape(self._shape)
        return array


class _Lent:
    """Memory that is given back when the last array in it is gone."""

    def __init__(self, memory: np.ndarray, idle: list[np.ndarray]) -> None:
        self._memory, self._idle = memory, idle

    @property
    def __array_interface__(self) -> dict[str, Any]:
        return self._memory.__array_interface__

    def __del__(self) -> None:
        if not self._idle:
            self._idle.append(self._memory)
