"""Fifth pass: every workspace buffer gets its place in one block of memory, shared when lifetimes do not
overlap; large ones first, between which small ones find room."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from ..expressions import Buffer
from ..kernels import Kernel

ALIGNMENT = 64
LONG = 8 * ALIGNMENT  # bytes: to begin elsewhere costs shorter arrays less time than to find that place


def plan(kernels: Sequence[Kernel]) -> tuple[dict[Buffer, int], int]:
    """The offset in bytes of every workspace buffer, and how many bytes there are in all."""
    first: dict[Buffer, int] = {}
    last: dict[Buffer, int] = {}
    for position, kernel in enumerate(kernels):
        for buffer in (*kernel.buffers(), *kernel.written()):
            if buffer.kind == "workspace":
                first.setdefault(buffer, position)
                last[buffer] = position
    offsets: dict[Buffer, int] = {}
    total = 0
    for buffer in sorted(first, key=lambda b: (-bytes_of(b), first[b])):
        neighbours = sorted(
            (offsets[other], offsets[other] + bytes_of(other))
            for other in offsets
            if first[other] <= last[buffer] and first[buffer] <= last[other]
        )
        offset = 0
        for begin, end in neighbours:
            if offset + bytes_of(buffer) <= begin:
                break
            offset = max(offset, end)
        offsets[buffer] = offset
        total = max(total, offset + bytes_of(buffer))
    return offsets, total


def workspace(size: int) -> np.ndarray:
    """So many bytes that begin where a cache line does."""
    memory = np.empty(size + ALIGNMENT, np.uint8)
    start = int(memory.__array_interface__["data"][0])
    first = aligned(start) - start
    return memory[first : first + size]


def copied_to_lines(value: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """A copy that begins where a cache line does, if it is longer than some lines: registers that are as long
    as a line are then read and written at once."""
    if value.nbytes < LONG:
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


def aligned(start: int) -> int:
    """The first address from there on at which a cache line begins."""
    return -(-start // ALIGNMENT) * ALIGNMENT


def bytes_of(buffer: Buffer) -> int:
    """The bytes a buffer takes, rounded up to whole cache lines."""
    size = buffer.size * buffer.dtype.itemsize
    return aligned(size)
