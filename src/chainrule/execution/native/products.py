"""Sixth pass, for products: register-tiled matrix multiplication, specialised to its sizes.

A tile of C stays in vector registers while k runs: each step loads a few vectors of B's row and multiplies
them by one element of A for each of the tile's rows. What the tile size leaves over is done by lower tiles,
and by vectors of which only the first lanes count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from .assembly import LONG, Builder, Value, loop
from .dividing import by_rows, operations, row_blocks
from .expressions import Buffer, loads
from .kernels import FAR_AWAY, FusedKernel, Matrix, ProductKernel
from .loops import emit_loops
from .scalars import register_type
from .spans import Span, portion
from .target import Target
from .tiles import active_lanes, panel_width, tile_height
from .vectors import Places

LINE_BYTES = 64
LONG_EPILOGUE = 8  # operations, from which on a copy for each register of a tile is too much code


def emit_product(
    builder: Builder,
    kernel: ProductKernel,
    pointers: Mapping[Buffer, Value],
    target: Target,
    span: Span | None = None,
) -> None:
    """Write the kernel at the builder's position, or the pieces of it in a span. B and C must have their rows
    in memory one element after another."""
    _ProductEmitter(builder, kernel, pointers, target, span).emit()


class _ProductEmitter:
    def __init__(
        self,
        builder: Builder,
        kernel: ProductKernel,
        pointers: Mapping[Buffer, Value],
        target: Target,
        span: Span | None,
    ) -> None:
        self.builder = builder
        self.kernel = kernel
        self.target = target
        self.dtype = kernel.c.buffer.dtype
        self.scalar = register_type(self.dtype)
        self.lanes = target.lanes(self.dtype)
        self.vectors = target.tile_vectors
        self.rows = target.tile_rows
        self.width = panel_width(kernel.n, self.lanes, self.vectors)
        self.pointers = pointers
        self.span = span
        self.batch: dict[int, Value] = {}

    def emit(self) -> None:
        if by_rows(self.kernel):
            self._row_blocks()
        else:
            self._over_batch(0)

    def _row_blocks(self) -> None:
        """Blocks of rows, and what follows from each, if anything does."""
        kernel, pieces = self.kernel, self.span
        rows = row_blocks(kernel)
        following = FusedKernel(kernel.following, kernel.unstored)

        def inside(block: Value) -> None:
            after = self.builder.plus(block, 1)
            self.span = Span(rows, block, after)
            self._panels()
            if kernel.following:
                own = Span(replace(rows, axis="0"), block, after)
                emit_loops(self.builder, following, self.pointers, self.target, own)

        portion(self.builder, rows.pieces, inside, pieces, size=1)

    def _span(self, axis: str) -> Span | None:
        """The span, where the kernel is divided along this axis."""
        return self.span if self.span and self.span.division.axis == axis else None

    def _over_batch(self, variable: int) -> None:
        if variable == len(self.kernel.batch):
            self._panels()
            return

        def inside(index: Value) -> None:
            self.batch[variable] = index
            self._over_batch(variable + 1)

        span = None if variable else self._span("batch")
        portion(self.builder, self.kernel.batch[variable], inside, span)

    def _panels(self) -> None:
        builder, span = self.builder, self._span("panels")
        panels, rest = divmod(self.kernel.n, self.width)

        def inside(panel: Value) -> None:
            self._panel(active_lanes(self.width, self.lanes), builder.times(panel, self.width))

        portion(builder, panels, inside, span)
        if rest:
            active = active_lanes(rest, self.lanes)
            portion(builder, 1, lambda _: self._panel(active, LONG(panels * self.width)), span, last=True)

    def _panel(self, active: list[int], column: Value) -> None:
        """All rows of a panel."""
        most = max(self.rows, self.rows * self.vectors // len(active))
        span = self._span("rows")
        height = self.kernel.a.packed or tile_height(self.kernel.m, most, divided=bool(span))
        tiles, rest = divmod(self.kernel.m, height)
        size = span.division.size // height if span else 1

        def inside(tile: Value) -> None:
            self._tile(height, active, self.builder.times(tile, height), column)

        portion(self.builder, tiles, inside, span, size)
        if rest:
            row = LONG(tiles * height)
            portion(self.builder, 1, lambda _: self._tile(rest, active, row, column), span, last=True)

    def _tile(self, rows: int, active: list[int], row: Value, column: Value) -> None:
        """``rows`` rows of a panel of C, accumulated in registers over k."""
        zero = self.scalar.wide(self.lanes)(0)
        self._prefetch(rows, active, row, column)
        a, b = self._start_of_a(row), self._start_of_b(column)

        def step(k: Value, sums: list[Value]) -> list[Value]:
            vectors = self._row_of_b(b, k, active)
            elements = self._column_of_a(a, k, rows)
            return [
                self.builder.multiply_add(element, vector, so_far)
                for (element, vector), so_far in zip(
                    ((e, v) for e in elements for v in vectors), sums, strict=True
                )
            ]

        sums = loop(self.builder, self.kernel.k, [zero] * (rows * len(active)), step)
        self._finish(sums, rows, active, row, column)

    def _prefetch(self, rows: int, active: list[int], row: Value, column: Value) -> None:
        """Ask for what the epilogue will read: it comes from far while k runs."""
        depth = len(self.kernel.batch)
        places = self._places()
        found = (load for part in self.kernel.epilogue for load in loads(part.expression))
        wanted = {load.buffer: load.place for load in found if load.place.coefficient(depth)}
        for buffer, place in wanted.items():
            if buffer not in self.pointers or buffer.size * buffer.dtype.itemsize < FAR_AWAY:
                continue
            step = max(1, LINE_BYTES // (self.lanes * buffer.dtype.itemsize))
            for r in range(rows):
                places.variables[depth] = self.builder.plus(row, r)
                for j in range(0, len(active), step):
                    places.variables[depth + 1] = self.builder.plus(column, j * self.lanes)
                    self.builder.prefetch(places.pointer(buffer, place))

    def _start_of_a(self, row: Value) -> Value:
        a = self.kernel.a
        return self._pointer(a.buffer, self._batch_place(a), row, self.kernel.k if a.packed else a.row_stride)

    def _start_of_b(self, column: Value) -> Value:
        b = self.kernel.b
        return self._pointer(b.buffer, self._batch_place(b), column, self.kernel.k if b.packed else 1)

    def _pointer(self, buffer: Buffer, first: Value, place: Value, stride: int) -> Value:
        start = self.builder.element(self.pointers[buffer], first, self.scalar)
        return self.builder.element(start, self.builder.times(place, stride), self.scalar)

    def _batch_place(self, matrix: Matrix) -> Value:
        place = matrix.place
        total = LONG(place.constant)
        for variable, coefficient in place.terms.items():
            total = self.builder.add(total, self.builder.times(self.batch[variable], coefficient))
        return total

    def _row_of_b(self, start: Value, k: Value, active: list[int]) -> list[Value]:
        """The panel's part of row k of B."""
        b, builder = self.kernel.b, self.builder
        row = builder.element(start, builder.times(k, b.packed or b.row_stride), self.scalar)
        kind = self.scalar.wide(self.lanes)
        found = []
        for j, lanes in enumerate(active):
            where = builder.element(row, LONG(j * self.lanes), self.scalar)
            whole = b.packed or lanes == self.lanes
            found.append(
                builder.load(where, kind, self.dtype.itemsize)
                if whole
                else builder.load_first(where, kind, self.dtype.itemsize, lanes)
            )
        return found

    def _column_of_a(self, start: Value, k: Value, rows: int) -> list[Value]:
        """The tile's part of column k of A, each element in every lane."""
        a, builder = self.kernel.a, self.builder
        column = builder.element(start, builder.times(k, a.packed or a.column_stride), self.scalar)
        down = 1 if a.packed else a.row_stride
        return [
            builder.splat(
                builder.load(builder.element(column, LONG(r * down), self.scalar), self.scalar), self.lanes
            )
            for r in range(rows)
        ]

    def _finish(self, sums: Sequence[Value], rows: int, active: list[int], row: Value, column: Value) -> None:
        """Compute the epilogue, and store."""
        length = sum(operations(part.expression) for part in self.kernel.epilogue)
        if rows > 1 and length >= LONG_EPILOGUE:
            self._finish_in_loop(sums, rows, active, row, column)
            return
        places = self._places()
        for r in range(rows):
            first = r * len(active)
            self._finish_row(
                places, sums[first : first + len(active)], active, self.builder.plus(row, r), column
            )

    def _finish_in_loop(
        self, sums: Sequence[Value], rows: int, active: list[int], row: Value, column: Value
    ) -> None:
        """The epilogue written once for all rows, to which the sums are handed through memory."""
        builder, across = self.builder, len(active)
        kind = sums[0].type
        held = builder.reserve(f"[{len(sums)} x {kind}]")
        for position, value in enumerate(sums):
            builder.store(value, builder.element(held, LONG(position), kind))

        def each(r: Value) -> None:
            start = builder.element(held, builder.times(r, across), kind)
            values = [builder.load(builder.element(start, LONG(j), kind), kind) for j in range(across)]
            self._finish_row(self._places(), values, active, builder.add(row, r), column)

        portion(builder, rows, each, None)

    def _places(self) -> Places:
        return Places(self.builder, self.pointers, dict(self.batch), len(self.kernel.batch) + 1, self.lanes)

    def _finish_row(
        self, places: Places, sums: Sequence[Value], active: list[int], row: Value, column: Value
    ) -> None:
        kernel, depth = self.kernel, len(self.kernel.batch)
        places.variables[depth] = row
        for j, value in enumerate(sums):
            places.variables[depth + 1] = self.builder.plus(column, j * self.lanes)
            places.active = active[j]
            places.known.clear()
            if kernel.c.buffer in kernel.unstored:
                places.known[kernel.c.buffer, str(kernel.place)] = value
            else:
                places.store(value, kernel.c.buffer, kernel.place)
            for part in kernel.epilogue:
                computed = places.value(part.expression)
                if part.target in kernel.unstored:
                    places.known[part.target, str(part.place)] = computed
                else:
                    places.store(computed, part.target, part.place)
