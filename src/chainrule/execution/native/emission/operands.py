"""What a tile of a product reads: where parts of A's columns and of B's rows lie, and registers of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..expressions import Buffer
from ..kernels import Matrix, ProductKernel
from ..llvm_ir import LONG, Builder, Type, Value
from .scalars import register_type
from .tiles import LINE_BYTES, Strip


@dataclass(frozen=True, slots=True)
class Operands:
    """A and B of a product.

    Attributes:
        builder: where the instructions go.
        kernel: the product.
        pointers: where the buffers begin.
        batch: the indices of the batch loops.
    """

    builder: Builder
    kernel: ProductKernel
    pointers: Mapping[Buffer, Value]
    batch: Mapping[int, Value]

    @property
    def scalar(self) -> Type:
        """The type of an element."""
        return register_type(self.kernel.c.buffer.dtype)

    @property
    def itemsize(self) -> int:
        """The bytes of an element."""
        return self.kernel.c.buffer.dtype.itemsize

    def start_of_a(self, row: Value) -> Value:
        """Where a row of A begins; in panels of rows, the panel that begins with it."""
        a = self.kernel.a
        if a.across:
            return self._start(a, self.builder.binary("udiv", row, LONG(a.across)), a.down)
        return self._start(a, row, self.kernel.k if a.packed else a.row_stride)

    def start_of_b(self, column: Value) -> Value:
        """Where a column of B begins; in panels, the panel that begins with it."""
        b = self.kernel.b
        stride = 0 if self.kernel.on_the_way else self.kernel.k if b.packed else 1
        return self._start(b, column, stride)

    def column_place(self, k: Value) -> Value:
        """How far from the start the k-th column of A is."""
        return self.builder.times(k, self.kernel.a.column_stride)

    def place_in_blocks(self, number: Value, together: int) -> Value:
        """How far from the start, in blocks, the first of the columns of A is that a round has together."""
        a, builder = self.kernel.a, self.builder
        block = builder.binary("udiv", number, LONG(a.across // together))
        column = builder.times(number, together * a.column_stride)
        return builder.add(column, builder.times(block, a.along - a.across * a.column_stride))

    def column_of_a(self, start: Value, place: Value, further: int, rows: int, lanes: int) -> list[Value]:
        """So many rows of a column of A, each element in every lane: so many columns further than the one
        that is at a place from the start."""
        a, builder = self.kernel.a, self.builder
        column = self.at(self.at(start, place), LONG(further * a.column_stride))
        high = a.across or rows
        places = (self.at(column, LONG(r // high * a.down + r % high * a.row_stride)) for r in range(rows))
        elements = (builder.load(place, self.scalar) for place in places)
        return [builder.splat(element, lanes) for element in elements]

    def row_of_b(self, start: Value, k: Value, further: int, across: Sequence[Strip]) -> list[Value]:
        """The panel's part of a row of B: so many rows further than row k."""
        b = self.kernel.b
        row = self.at(self.at(start, self.builder.times(k, b.row_stride)), LONG(further * b.row_stride))
        found = []
        for first, lanes, active in across:
            where, kind = self.at(row, LONG(first)), self.scalar.wide(lanes)
            there = max(lanes, active) if b.packed else active
            found.append(self.builder.load_first(where, kind, self.itemsize, there))
        return found

    def prefetch_below(self, start: Value, number: Value, together: int, rows: int) -> None:
        """Ask for what a round reads of A in the tile of so many rows that comes next."""
        a, line = self.kernel.a, LINE_BYTES // self.itemsize
        place = self.at(start, self.place_in_blocks(number, together))
        for below in range(rows // a.across, 2 * (rows // a.across)):
            for first in range(0, together * a.across, line):
                self.builder.prefetch_near(self.at(place, LONG(below * a.down + first)))

    def at(self, start: Value, place: Value) -> Value:
        """Where an element is, so many places after the start."""
        return self.builder.element(start, place, self.scalar)

    def _start(self, matrix: Matrix, place: Value, stride: int) -> Value:
        first = LONG(matrix.place.constant)
        for variable, coefficient in matrix.place.terms.items():
            first = self.builder.add(first, self.builder.times(self.batch[variable], coefficient))
        start = self.at(self.at(self.pointers[matrix.buffer], first), self.builder.times(place, stride))
        return self.builder.settled(start)
