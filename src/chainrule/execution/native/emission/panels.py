"""For packing: a matrix copied into panels of columns, so that a product reads it in order.

Where the matrix's columns lie in order rather than its rows, square blocks are turned in vector registers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import gcd

from ..expressions import Buffer
from ..kernels import PackKernel
from ..llvm_ir import LONG, Builder, Value
from ..target import Target
from .scalars import memory_type
from .spans import Span, portion
from .squares import Square
from .tiles import LINE_BYTES, active_lanes

PANELS_AHEAD = 2  # whose places are asked for while the rows of one are copied
FAR_ROWS = 2**11  # bytes between rows, beyond which a nearest cache holds a line of few of them


def emit_pack(
    builder: Builder,
    kernel: PackKernel,
    pointers: Mapping[Buffer, Value],
    target: Target,
    span: Span | None = None,
) -> None:
    """Write the kernel at the builder's position, or the pieces of it in a span."""
    _PackEmitter(builder, kernel, pointers, target).emit(span)


def panels_together(kernel: PackKernel) -> int:
    """How many panels are copied at a time: so many that their part of a row fills cache lines, where the
    rows lie in order and are so far apart that no line stays near for another panel."""
    source, itemsize = kernel.source, kernel.target.dtype.itemsize
    far = source.row_stride * itemsize >= FAR_ROWS
    return LINE_BYTES // gcd(kernel.width * itemsize, LINE_BYTES) if source.column_stride == 1 and far else 1


def emit_pack_panel(
    builder: Builder,
    kernel: PackKernel,
    pointers: Mapping[Buffer, Value],
    target: Target,
    panel: Value,
    columns: int,
) -> None:
    """Write the copying of one panel, of which so many columns are there, to the place of the first."""
    emitter = _PackEmitter(builder, kernel, pointers, target)
    emitter.copy_panel(emitter.start_of(panel), emitter.target, columns)


def emit_pack_rows(
    builder: Builder,
    kernel: PackKernel,
    pointers: Mapping[Buffer, Value],
    target: Target,
    first: Value,
    numbers: Sequence[Value],
) -> None:
    """Write the copying of rows, from the first one on, of a matrix in which they have these numbers and lie
    in order: a panel after the other, in which these rows follow each other. Where they go is asked for
    beforehand, since other processors may have read there what was last copied."""
    emitter = _PackEmitter(builder, kernel, pointers, target)
    starts = [emitter.row_of(emitter.start_of(LONG(0)), number) for number in numbers]
    full, rest = divmod(kernel.columns, kernel.width)

    def panel(number: Value, columns: int) -> None:
        emitter.prefetch(builder.plus(number, PANELS_AHEAD), first, len(starts))
        for i, start in enumerate(starts):
            source = emitter.at(start, builder.times(number, kernel.width))
            emitter.copy_row(source, emitter.part_of(number, first), LONG(i), columns)

    portion(builder, full, lambda number: panel(number, kernel.width), None)
    if rest:
        panel(LONG(full), rest)


class _PackEmitter:
    """A copy in panels on its way to instructions."""

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
        """Write the copy, or the panels of it in a span."""
        width, builder = self.kernel.width, self.builder
        full, rest = divmod(self.kernel.columns, width)
        together = panels_together(self.kernel)
        groups, single = divmod(full, together)
        if together == 1:
            portion(builder, full, lambda panel: self._panel(panel, width), span)
        else:
            portion(builder, groups, lambda group: self._group(group, together), span)

        def last(_: Value) -> None:
            portion(builder, single, lambda i: self._panel(builder.plus(i, groups * together), width), None)
            if rest:
                self._panel(LONG(full), rest)

        if single or rest:
            portion(builder, 1, last, span, last=True)

    def _group(self, group: Value, count: int) -> None:
        """So many panels row by row: what a cache line holds of a row is read at once."""
        first = self.builder.times(group, count)

        def row(number: Value) -> None:
            for i in range(count):
                panel = self.builder.plus(first, i)
                source = self.row_of(self.start_of(panel), number)
                self.copy_row(source, self.place_of(panel), number, self.kernel.width)

        portion(self.builder, self.kernel.rows, row, None)

    def _panel(self, panel: Value, columns: int) -> None:
        self.copy_panel(self.start_of(panel), self.place_of(panel), columns)

    def copy_panel(self, source: Value, target: Value, columns: int) -> None:
        """One panel, of which so many columns are there."""
        kernel = self.kernel
        if kernel.source.column_stride == 1:

            def copy(row: Value) -> None:
                self.copy_row(self.row_of(source, row), target, row, columns)

            portion(self.builder, kernel.rows, copy, None)
        else:
            self._turn(source, target, columns)

    def start_of(self, panel: Value) -> Value:
        """Where a panel begins in the matrix."""
        builder, source = self.builder, self.kernel.source
        first = builder.times(panel, self.kernel.width * source.column_stride)
        return builder.element(self.source, builder.plus(first, source.place.constant), self.scalar)

    def row_of(self, start: Value, row: Value) -> Value:
        """Where a row begins, of the matrix or a part of it that begins there."""
        return self.at(start, self.builder.times(row, self.kernel.source.row_stride))

    def place_of(self, panel: Value) -> Value:
        """Where a panel's copy begins."""
        return self.at(self.target, self.builder.times(panel, self.kernel.width * self.kernel.rows))

    def part_of(self, panel: Value, first: Value) -> Value:
        """Where a panel's copy begins with this row, the first one of a block if there are blocks."""
        width, builder = self.kernel.width, self.builder
        if not self.kernel.in_blocks:
            return self.at(self.place_of(panel), builder.times(first, width))
        start = self.at(self.target, builder.times(first, -(-self.kernel.columns // width) * width))
        return self.at(start, builder.times(panel, width**2))

    def prefetch(self, panel: Value, first: Value, rows: int) -> None:
        """Ask for the places of so many rows of a panel's copy."""
        start = self.part_of(panel, first)
        for place in range(0, rows * self.kernel.width, LINE_BYTES // self.bytes):
            self.builder.prefetch(self.at(start, LONG(place)))

    def at(self, start: Value, place: Value) -> Value:
        """Where an element is, so many places after the start."""
        return self.builder.element(start, place, self.scalar)

    def copy_row(self, start: Value, target: Value, row: Value, columns: int) -> None:
        """One row of a panel, from where it begins to its place in the copy."""
        builder, kernel = self.builder, self.kernel
        end = builder.element(target, builder.times(row, kernel.width), self.scalar)
        there = active_lanes(columns, self.lanes)
        for j, wanted in enumerate(active_lanes(kernel.width, self.lanes)):
            active = there[j] if j < len(there) else 0
            first = LONG(j * self.lanes)
            value = self._load(self.at(start, first), active)
            self._store(value, self.at(end, first), wanted)

    def _turn(self, source: Value, target: Value, columns: int) -> None:
        """A panel of a matrix whose columns lie in order."""
        builder, lanes, rows = self.builder, self.lanes, self.kernel.rows
        if rows < lanes:
            self._blocks(source, target, LONG(0), rows, columns)
            return
        # The last block shares rows with those before, rather than be a lower one. It stands apart where it
        # would make the steps uneven, over which LLVM takes far longer.
        blocks, last = -(-rows // lanes), rows - lanes
        step, rest = divmod(last, max(1, blocks - 1))
        if rest:
            blocks, step = blocks - 1, lanes
            self._blocks(source, target, LONG(last), lanes, columns)

        def block(number: Value) -> None:
            self._blocks(source, target, builder.times(number, step), lanes, columns)

        portion(builder, blocks, block, None)

    def _blocks(self, source: Value, target: Value, row: Value, rows: int, columns: int) -> None:
        """As many rows of a panel as a register has lanes, of which so many are there."""
        builder, kernel, lanes = self.builder, self.kernel, self.lanes
        start = builder.element(source, row, self.scalar)
        end = builder.element(target, builder.times(row, kernel.width), self.scalar)
        whole = columns // lanes
        stride = kernel.source.column_stride

        def block(number: Value, there: int, wanted: int) -> None:
            first = builder.times(number, lanes)
            square = Square(self.scalar, self.bytes, lanes, rows, there, wanted)
            corner, at = self.at(start, builder.times(first, stride)), self.at(end, first)
            square.copy(builder, corner, LONG(stride), at, LONG(kernel.width))

        portion(builder, whole, lambda number: block(number, lanes, lanes), None)
        for j, wanted in enumerate(active_lanes(kernel.width, lanes)):
            if j >= whole:
                block(LONG(j), max(0, columns - j * lanes), wanted)

    def _load(self, pointer: Value, active: int) -> Value:
        kind = self.scalar.wide(self.lanes)
        return self.builder.load_first(pointer, kind, self.bytes, active) if active > 0 else kind(0)

    def _store(self, value: Value, pointer: Value, active: int) -> None:
        if active == self.lanes:
            self.builder.store(value, pointer, self.bytes)
        else:
            self.builder.store_first(value, pointer, self.bytes, active)
