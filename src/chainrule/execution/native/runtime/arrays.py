"""The arrays that machine code is given: they begin where a cache line does."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from ..passes.memory import ALIGNMENT, aligned

LONG_BYTES = 8 * ALIGNMENT  # to begin elsewhere costs shorter arrays less time than to find that place


def workspace(size: int) -> np.ndarray:
    """So many bytes that begin where a cache line does."""
    memory = np.empty(size + ALIGNMENT, np.uint8)
    start = int(memory.__array_interface__["data"][0])
    first = aligned(start) - start
    return memory[first : first + size]


def copied_to_lines(value: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """A copy that begins where a cache line does, if it is longer than some lines: registers that are as long
    as a line are then read and written at once."""
    if value.nbytes < LONG_BYTES:
        return np.array(value, dtype, order="C")
    copy = workspace(value.size * dtype.itemsize).view(dtype).reshape(value.shape)
    copy[...] = value
    return copy


def writable(value: Any, dtype: np.dtype, overwrite: bool) -> np.ndarray:
    """An array that may be written over: a copy, unless the value itself is one."""
    if overwrite:
        return np.require(value, dtype, ("C", "A", "W"))
    return copied_to_lines(np.asarray(value), dtype)


def in_one_block(values: Sequence[np.ndarray]) -> tuple[np.ndarray, list[np.ndarray]]:
    """Copies in one block of memory, which is copied at once, and the block's bytes."""
    ends = list(accumulate(aligned(value.nbytes) for value in values))
    memory = workspace(ends[-1] if ends else 0)
    copies = views_of(memory, values)
    for value, copy in zip(values, copies, strict=True):
        copy[...] = value
    return memory, copies


def views_of(memory: np.ndarray, values: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Arrays like these in a block of so many bytes."""
    starts = accumulate((aligned(value.nbytes) for value in values), initial=0)
    return [
        np.ndarray(value.shape, value.dtype, memory, start)
        for value, start in zip(values, starts, strict=False)
    ]
