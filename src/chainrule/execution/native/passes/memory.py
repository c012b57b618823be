"""Every workspace buffer gets its place in one block of memory, shared when lifetimes do not
overlap; large ones first, between which small ones find room."""

from __future__ import annotations

from collections.abc import Sequence

from ..expressions import Buffer
from ..kernels import Kernel

ALIGNMENT = 64  # bytes of a cache line


def offsets_in_workspace(kernels: Sequence[Kernel]) -> tuple[dict[Buffer, int], int]:
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


def aligned(start: int) -> int:
    """The first address from there on at which a cache line begins."""
    return -(-start // ALIGNMENT) * ALIGNMENT


def bytes_of(buffer: Buffer) -> int:
    """The bytes a buffer takes, rounded up to whole cache lines."""
    size = buffer.size * buffer.dtype.itemsize
    return aligned(size)
