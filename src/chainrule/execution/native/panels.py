"""Sixth pass, for packing: a matrix copied into panels of columns, so that a product reads it in order.

Where the matrix's columns lie in order rather than its rows, square blocks are turned in vector registers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .assembly import LONG, Builder, Value
from .expressions import Buffer
from .kernels import PackKernel
from .scalars import memory_type
from .spans import Span, portion
from .target import Target
from .tiles import active_lanes


def emit_pack(
    builder: Builder,
    kernel: PackKernel,
    pointers: Mapping[Buffer, Value],
    target: Target,
    span: Span | None = None,
) -> None:
    """Write the kernel at the builder's position, or the pieces of it in a span."""
    _PackEmitter(builder, kernel, pointers, target).emit(span)


class _PackEmitter:
    def __init__(
        self, builder: Builder, kernel: PackKernel, pointers: Mapping[Buffer, Value], target: Target
    ) -> None:
        self.builder = builder
        self.kernel = kernel
        self.scalar = memory_type(kernel.target.dtype)
        self.bytes = kernel.target.dtype.itemsize
        self.lanes = target.lanes(kernel.target.dtype)
        self.source = pointers[kernel.source.buffer]
        self.target = pointers[kernel.target]

    def emit(self, span: Span | None) -> None:
        full, rest = divmod(self.kernel.columns, self.kernel.width)
        portion(self.builder, full, lambda panel: self._panel(panel, self.kernel.width), span)
        if rest:
            portion(self.builder, 1, lambda _: self._panel(LONG(full), rest), span, last=True)

    def _panel(self, panel: Value, columns: int) -> None:
        """One panel, of which so many columns are there."""
        builder, kernel = self.builder, self.kernel
        first = builder.plus(
            builder.times(panel, kernel.width * kernel.source.column_stride), kernel.source.place.constant
        )
        source = builder.element(self.source, first, self.scalar)
        target = builder.element(self.target, builder.times(panel, kernel.width * kernel.rows), self.scalar)
        if kernel.source.column_stride == 1:
            portion(builder, kernel.rows, lambda row: self._copy(source, target, row, columns), None)
        else:
            self._turn(source, target, columns)

    def _copy(self, source: Value, target: Value, row: Value, columns: int) -> None:
        """One row of a panel."""
        builder, kernel = self.builder, self.kernel
        start = builder.element(source, builder.times(row, kernel.source.row_stride), self.scalar)
        end = builder.element(target, builder.times(row, kernel.width), self.scalar)
        there = active_lanes(columns, self.lanes)
        for j, wanted in enumerate(active_lanes(kernel.width, self.lanes)):
            active = there[j] if j < len(there) else 0
            value = self._load(self._at(start, j * self.lanes), active)
            self._store(value, self._at(end, j * self.lanes), wanted)

    def _turn(self, source: Value, target: Value, columns: int) -> None:
        """A panel of a matrix whose columns lie in order."""
        full, rest = divmod(self.kernel.rows, self.lanes)
        portion(
            self.builder, full, lambda block: self._blocks(source, target, block, self.lanes, columns), None
        )
        if rest:
            self._blocks(source, target, LONG(full), rest, columns)

    def _blocks(self, source: Value, target: Value, block: Value, rows: int, columns: int) -> None:
        """As many rows of a panel as a register has lanes, of which so many are there."""
        builder, kernel = self.builder, self.kernel
        start = builder.element(source, builder.times(block, self.lanes), self.scalar)
        end = builder.element(target, builder.times(block, self.lanes * kernel.width), self.scalar)
        for j, wanted in enumerate(active_lanes(kernel.width, self.lanes)):
            read = [
                self._load(self._at(start, column * kernel.source.column_stride), rows if column < columns
                else 0)
                for column in range(j * self.lanes, (j + 1) * self.lanes)
            ]  # fmt: skip
            for i, vector in enumerate(self._turned(read)[:rows]):
                self._store(vector, self._at(end, i * kernel.width + j * self.lanes), wanted)

    def _at(self, pointer: Value, place: int) -> Value:
        return self.builder.element(pointer, LONG(place), self.scalar)

    def _load(self, pointer: Value, active: int) -> Value:
        kind = self.scalar.wide(self.lanes)
        if not active:
            return kind(0)
        if active == self.lanes:
            return self.builder.load(pointer, kind, self.bytes)
        return self.builder.load_first(pointer, kind, self.bytes, active)

    def _store(self, value: Value, pointer: Value, active: int) -> None:
        if active == self.lanes:
            self.builder.store(value, pointer, self.bytes)
        else:
            self.builder.store_first(value, pointer, self.bytes, active)

    def _turned(self, rows: Sequence[Value]) -> list[Value]:
        """The columns of a square block: halves exchanged between rows ever closer together."""
        size = len(rows)
        vectors = list(rows)
        distance = size // 2
        while distance:
            keep, swap = _exchange_masks(size, distance)
            for i in range(size):
                if not i & distance:
                    a, b = vectors[i], vectors[i + distance]
                    vectors[i] = self.builder.shuffle(a, b, keep)
                    vectors[i + distance] = self.builder.shuffle(a, b, swap)
            distance //= 2
        return vectors


def _exchange_masks(size: int, distance: int) -> tuple[list[int], list[int]]:
    """Of two rows ``distance`` apart, the elements of each after exchanging their off-diagonal halves.

    >>> _exchange_masks(4, 2)
    ([0, 1, 4, 5], [2, 3, 6, 7])
    """
    keep = [k if not k & distance else size + k - distance for k in range(size)]
    swap = [k + distance if not k & distance else size + k for k in range(size)]
    return keep, swap
