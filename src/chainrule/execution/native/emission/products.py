"""Sixth pass, for products: register-tiled matrix multiplication, specialised to its sizes.

A tile of C stays in vector registers while k runs: each step loads a few vectors of B's row and multiplies
them by one element of A for each of the tile's rows. What the tile size leaves over is done by lower tiles,
and by vectors of which only the first lanes count.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from ..costs import operations
from ..expressions import Affine, Buffer, Load, loads
from ..kernels import FAR_AWAY, FusedKernel, Matrix, ProductKernel, changed
from ..llvm_ir import LONG, Builder, Value, loop
from ..target import Target
from .dividing import (
    blocks,
    blocks_of_rows,
    by_blocks,
    by_rows,
    has_far_rows,
    in_streams,
    rows_in_loops,
)
from .loops import emit_loops
from .panels import emit_pack_panel
from .scalars import register_type
from .spans import Division, Span, portion
from .tiles import Strip, panel_width, strips, tile_height
from .vectors import Places

LINE_BYTES = 64
SHORT, STEPS_TOGETHER = 64, 4
LITTLE = 2048  # multiplications, up to which a product is not worth the time that LLVM takes over more code
MUCH = 2**22  # multiplications, from which on a product is worth twice the code for its tiles
FEW_SUMS = 4  # of a tile: a processor begins two additions at a time, each of which takes four times as long
STREAMS = 8  # rows that are read side by side
PANELS_AHEAD = 8  # of columns of A, that are asked for while one is multiplied
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
        self.kernel = kernel = _of_one_block(kernel, target) if kernel.passing else kernel
        self.target = target
        self.dtype = kernel.c.buffer.dtype
        self.scalar = register_type(self.dtype)
        self.lanes = target.lanes(self.dtype)
        self.width = panel_width(kernel.n, self.lanes, target.tile_vectors(kernel.m))
        self.pointers = pointers
        self.span = span
        self.batch: dict[int, Value] = {}
        if kernel.on_the_way:
            self._reserve(kernel.b.buffer, kernel.k * self.width)
        if kernel.passing:
            self._reserve(kernel.c.buffer, blocks(kernel, target).size * kernel.n)

    def _reserve(self, buffer: Buffer, size: int) -> None:
        """Keep what is there of a buffer on the stack."""
        room = f"[{size} x {self.scalar}], align {LINE_BYTES}"
        self.pointers = {**self.pointers, buffer: self.builder.reserve(room)}

    def emit(self) -> None:
        if by_blocks(self.kernel):
            self._blocks()
        else:
            self._over_batch(0)

    def _blocks(self) -> None:
        """Blocks of the rows of each product of a batch, and what follows from each block."""
        kernel, builder = self.kernel, self.builder
        rows = blocks(kernel, self.target)

        def inside(number: Value) -> None:
            pieces = LONG(rows.pieces)
            self.batch[0] = builder.binary("udiv", number, pieces)
            self._block(rows, builder.binary("urem", number, pieces))

        portion(builder, kernel.batch[0] * rows.pieces, inside, self._span("blocks"))

    def _streams(self) -> None:
        """One row of C, which stays near: a few rows of B at a time are multiplied and added to it, each read
        from end to end."""
        builder, kernel, lanes = self.builder, self.kernel, self.lanes
        whole, rest = divmod(kernel.n, lanes)
        kind, size = self.scalar.wide(lanes), self.dtype.itemsize
        sums = self._pointer(kernel.c.buffer, LONG(kernel.c.place.constant), LONG(0), 1)
        builder.clear(sums, kernel.n * size)
        a, b = self._start_of_a(LONG(0)), self._start_of_b(LONG(0))

        def rows(first: Value, count: int) -> None:
            terms = []
            for k in [builder.plus(first, i) for i in range(count)]:
                factor = builder.element(a, builder.times(k, kernel.a.column_stride), self.scalar)
                row = builder.element(b, builder.times(k, kernel.b.row_stride), self.scalar)
                terms.append((builder.splat(builder.load(factor, self.scalar), lanes), row))

            def vector(number: Value, active: int = lanes) -> None:
                column = builder.times(number, lanes)
                at = builder.element(sums, column, self.scalar)
                total = builder.load_first(at, kind, size, active)
                for factor, row in terms:
                    there = builder.element(row, column, self.scalar)
                    total = builder.multiply_add(factor, builder.load_first(there, kind, size, active), total)
                builder.store_first(total, at, size, active)

            portion(builder, whole, vector, None)
            if rest:
                vector(LONG(whole), rest)

        rounds, left = divmod(kernel.k, STREAMS)
        portion(builder, rounds, lambda i: rows(builder.times(i, STREAMS), STREAMS), None)
        if left:
            rows(LONG(rounds * STREAMS), left)

    def _row_blocks(self) -> None:
        """Blocks of rows, and what follows from each, if anything does."""
        kernel, pieces = self.kernel, self._span("rows")
        rows = blocks(kernel, self.target)
        portion(self.builder, rows.pieces, lambda block: self._block(rows, block), pieces, size=1)

    def _block(self, rows: Division, block: Value) -> None:
        """One block of rows, and what follows from it."""
        kernel, after = self.kernel, self.builder.plus(block, 1)
        self.span = Span(rows, block, after)
        self.batch[_block_variable(kernel)] = block
        self._panels()
        if kernel.following:
            following = FusedKernel(kernel.following, kernel.unstored, kernel.c.buffer)
            own = Span(rows_in_loops(kernel, rows, self.target), block, after)
            emit_loops(self.builder, following, self.pointers, self.target, own, self.batch)

    def _span(self, axis: str) -> Span | None:
        """The span, where the kernel is divided along this axis."""
        return self.span if self.span and self.span.division.axis == axis else None

    def _over_batch(self, variable: int) -> None:
        if variable == len(self.kernel.batch):
            if in_streams(self.kernel):
                self._streams()
            elif by_rows(self.kernel):
                self._row_blocks()
            else:
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
        across = self._strips(self.width)
        if self._span("tiles"):
            self._blocks_of_panels(panels, across)
            return

        def inside(panel: Value) -> None:
            self._panel(across, builder.times(panel, self.width))

        def along(rows: int, row: Value) -> None:
            def tile(panel: Value) -> None:
                self._tile(rows, across, row, builder.times(panel, self.width))

            portion(builder, panels, tile, None)

        if has_far_rows(self.kernel) and not span:
            self._down(across, along)
        else:
            portion(builder, panels, inside, span)
        if rest:
            across = self._strips(rest)
            portion(builder, 1, lambda _: self._panel(across, LONG(panels * self.width)), span, last=True)

    def _blocks_of_panels(self, panels: int, across: list[Strip]) -> None:
        """Blocks of the rows of each panel."""
        rows, builder, span = blocks_of_rows(self.kernel.m, panels), self.builder, self.span

        def inside(number: Value) -> None:
            pieces = LONG(rows.pieces)
            block = builder.binary("urem", number, pieces)
            self.span = Span(rows, block, builder.plus(block, 1))
            self._panel(across, builder.times(builder.binary("udiv", number, pieces), self.width))

        portion(builder, panels * rows.pieces, inside, span)

    def _strips(self, columns: int) -> list[Strip]:
        return strips(columns, self.lanes, self.target.fewest_lanes(self.dtype))

    def _panel(self, across: list[Strip], column: Value) -> None:
        """All rows of a panel."""
        if self.kernel.on_the_way:
            columns = across[-1].start + across[-1].active
            number = self.builder.binary("udiv", column, LONG(self.width))
            emit_pack_panel(self.builder, self.kernel.on_the_way, self.pointers, self.target, number, columns)
        self._down(across, lambda rows, row: self._tile(rows, across, row, column))

    def _down(self, across: list[Strip], tile: Callable[[int, Value], None]) -> None:
        """All rows, as many at a time as a tile of these strips has."""
        most = max(1, self.target.tile_registers // len(across))
        span = self._span("rows")
        height = self.kernel.a.packed or tile_height(self.kernel.m, most, divided=bool(span))
        tiles, rest = divmod(self.kernel.m, height)
        size = span.division.size // height if span else 1
        portion(self.builder, tiles, lambda i: tile(height, self.builder.times(i, height)), span, size)
        if rest:
            portion(self.builder, 1, lambda _: tile(rest, LONG(tiles * height)), span, last=True)

    def _tile(self, rows: int, across: list[Strip], row: Value, column: Value) -> None:
        """``rows`` rows of a panel of C, accumulated in registers over k."""
        self._prefetch(rows, across, row, column)
        a, b = self._start_of_a(row), self._start_of_b(column)
        turns = self._turns(rows * len(across))

        def step(number: Value, i: int, sums: Sequence[Value]) -> list[Value]:
            if self.kernel.a.across and not i:
                self._prefetch_panel(a, self.builder.plus(number, PANELS_AHEAD), rows)
            vectors, place = self._row_of_b(b, self._k(number, i), across), self._column_place(number, i)
            factors = [
                (self.builder.first(element, vector.type.lanes), vector)
                for element in self._column_of_a(a, place, rows, across[0].lanes)
                for vector in vectors
            ]
            return [self.builder.multiply_add(*pair, sum) for pair, sum in zip(factors, sums, strict=True)]

        zeros = [self.scalar.wide(strip.lanes)(0) for strip in across] * rows
        self._finish(self._over_k(zeros, turns, step), rows, across, row, column)

    def _over_k(
        self, zeros: Sequence[Value], turns: int, step: Callable[[Value, int, Sequence[Value]], list[Value]]
    ) -> Sequence[Value]:
        """The sums after every step of k, some of which are a round, written one after the other, where k is
        small: how a short loop goes on is seldom foreseen. All begin with +0, to which a first term of -0 is
        added: such sums are +0, as NumPy's are. Where terms take turns, there are as many sums of each, added
        at the end.
        """
        together = self._steps_together()
        rounds, left = divmod(self.kernel.k, together)

        def several(number: Value, so_far: Sequence[Value], count: int = together) -> list[Value]:
            sums = list(so_far)
            for i in range(count):
                own = slice(i % turns * len(zeros), (i % turns + 1) * len(zeros))
                sums[own] = step(number, i, sums[own])
            return sums

        so_far = loop(self.builder, rounds, [*zeros] * turns, several)
        sums = several(LONG(rounds), so_far, left)
        while len(sums) > len(zeros):
            half = len(sums) // 2
            sums = [self.builder.fadd(a, b) for a, b in zip(sums[:half], sums[half:], strict=True)]
        return sums

    def _turns(self, sums: int) -> int:
        """How many sums of each element take turns: two, where there are so few elements that each addition
        would wait for the one before."""
        return 2 if sums <= FEW_SUMS and self._steps_together() >= 4 and self.kernel.k >= 4 else 1

    def _column_place(self, number: Value, i: int) -> Value:
        """Where the i-th column of A in a round begins."""
        a, builder = self.kernel.a, self.builder
        if a.across:
            return builder.plus(builder.times(number, self.kernel.m * a.across), i)
        return builder.times(self._k(number, i), a.packed or a.column_stride)

    def _k(self, number: Value, i: int) -> Value:
        """The i-th step of a round."""
        return self.builder.plus(self.builder.times(number, self._steps_together()), i)

    def _steps_together(self) -> int:
        """How many steps of k are written one after the other."""
        kernel = self.kernel
        if kernel.a.across:
            return kernel.a.across
        multiplications = math.prod(kernel.batch) * kernel.m * kernel.k * kernel.n
        if kernel.k > SHORT:
            return self.target.steps_together if multiplications >= MUCH else 1
        return 1 if multiplications <= LITTLE and kernel.k > STEPS_TOGETHER else STEPS_TOGETHER

    def _prefetch(self, rows: int, across: list[Strip], row: Value, column: Value) -> None:
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
                places.stand(depth, row, r)
                for j in range(0, len(across), step):
                    places.stand(depth + 1, column, j * self.lanes)
                    self.builder.prefetch(places.pointer(buffer, place))

    def _prefetch_panel(self, a: Value, number: Value, rows: int) -> None:
        """Ask for the tile's part of a panel of columns of A: it lies far from the last one's."""
        start = self.builder.element(a, self._column_place(number, 0), self.scalar)
        line = LINE_BYTES // self.dtype.itemsize
        for first in range(0, rows * self.kernel.a.across + line - 1, line):
            self.builder.prefetch_near(self.builder.element(start, LONG(first), self.scalar))

    def _start_of_a(self, row: Value) -> Value:
        a = self.kernel.a
        return self._pointer(a.buffer, self._batch_place(a), row, self.kernel.k if a.packed else a.row_stride)

    def _start_of_b(self, column: Value) -> Value:
        b = self.kernel.b
        stride = 0 if self.kernel.on_the_way else self.kernel.k if b.packed else 1
        return self._pointer(b.buffer, self._batch_place(b), column, stride)

    def _pointer(self, buffer: Buffer, first: Value, place: Value, stride: int) -> Value:
        start = self.builder.element(self.pointers[buffer], first, self.scalar)
        return self.builder.element(start, self.builder.times(place, stride), self.scalar)

    def _batch_place(self, matrix: Matrix) -> Value:
        place = matrix.place
        total = LONG(place.constant)
        for variable, coefficient in place.terms.items():
            total = self.builder.add(total, self.builder.times(self.batch[variable], coefficient))
        return total

    def _row_of_b(self, start: Value, k: Value, across: list[Strip]) -> list[Value]:
        """The panel's part of row k of B."""
        b, builder = self.kernel.b, self.builder
        row = builder.element(start, builder.times(k, b.packed or b.row_stride), self.scalar)
        found = []
        for first, lanes, active in across:
            where, kind = builder.element(row, LONG(first), self.scalar), self.scalar.wide(lanes)
            found.append(builder.load_first(where, kind, self.dtype.itemsize, lanes if b.packed else active))
        return found

    def _column_of_a(self, start: Value, place: Value, rows: int, lanes: int) -> list[Value]:
        """The tile's part of a column of A, each element in every lane."""
        a, builder = self.kernel.a, self.builder
        column = builder.element(start, place, self.scalar)
        down = 1 if a.packed else a.row_stride
        return [
            builder.splat(builder.load(place, self.scalar), lanes)
            for place in (builder.element(column, LONG(r * down), self.scalar) for r in range(rows))
        ]

    def _finish(
        self, sums: Sequence[Value], rows: int, across: list[Strip], row: Value, column: Value
    ) -> None:
        """Compute the epilogue, and store."""
        length = sum(operations(part.expression) for part in self.kernel.epilogue)
        if rows > 1 and length >= LONG_EPILOGUE:
            self._finish_in_loop(sums, rows, across, row, column)
            return
        places = self._places()
        for r in range(rows):
            first = r * len(across)
            places.stand(len(self.kernel.batch), row, r)
            self._finish_row(places, sums[first : first + len(across)], across, column)

    def _finish_in_loop(
        self, sums: Sequence[Value], rows: int, across: list[Strip], row: Value, column: Value
    ) -> None:
        """The epilogue written once for all rows, to which the sums are handed through memory."""
        builder, kind = self.builder, self.scalar.wide(across[0].lanes)
        held = builder.reserve(f"[{len(sums)} x {kind}]")
        for position, value in enumerate(sums):
            builder.store(value, builder.element(held, LONG(position), kind))

        def each(r: Value) -> None:
            start = builder.element(held, builder.times(r, len(across)), kind)
            values = [
                builder.load(builder.element(start, LONG(j), kind), self.scalar.wide(strip.lanes))
                for j, strip in enumerate(across)
            ]
            places = self._places()
            places.stand(len(self.kernel.batch), builder.add(row, r))
            self._finish_row(places, values, across, column)

        portion(builder, rows, each, None)

    def _places(self) -> Places:
        column, result = len(self.kernel.batch) + 1, self.kernel.c.buffer
        places = Places(self.builder, self.pointers, self.batch, self.target, column, self.lanes, result)
        sizes = self.kernel.n * self.dtype.itemsize, self.width * self.dtype.itemsize
        places.streams = has_far_rows(self.kernel) and not any(size % LINE_BYTES for size in sizes)
        return places

    def _finish_row(self, places: Places, sums: Sequence[Value], across: list[Strip], column: Value) -> None:
        """The epilogue of a row: all of it is computed before any of it is stored, since vectors that share
        columns may read there what the row replaces."""
        kernel = self.kernel
        written = [(kernel.c.buffer, kernel.place), *[(part.target, part.place) for part in kernel.epilogue]]
        product, *names = [(target, str(place)) for target, place in written]
        results: list[list[Value]] = []
        for strip, value in zip(across, sums, strict=True):
            self._stand(places, strip, column)
            places.known.clear()
            places.known[product] = value
            results.append([value])
            for part, name in zip(kernel.epilogue, names, strict=True):
                computed = places.known[name] = places.value(part.expression)
                results[-1].append(computed)
        for strip, values in zip(across, results, strict=True):
            self._stand(places, strip, column)
            for (target, place), value in zip(written, values, strict=True):
                if target not in kernel.unstored:
                    places.store(value, target, place)

    def _stand(self, places: Places, strip: Strip, column: Value) -> None:
        places.stand(len(self.kernel.batch) + 1, column, strip.start)
        places.lanes, places.active = strip.lanes, strip.active


def _block_variable(kernel: ProductKernel) -> int:
    """What stands for the number of a block of rows, after the loops of the batch, rows and columns."""
    return len(kernel.batch) + 2


def _of_one_block(kernel: ProductKernel, target: Target) -> ProductKernel:
    """The kernel with each of its results where it lies in its block."""
    depth, result = len(kernel.batch), kernel.c.buffer
    start = Affine(0, {_block_variable(kernel): -blocks(kernel, target).size * kernel.n})
    batch = range(depth)

    def moved(load: Load) -> Load:
        if load.buffer is not result:
            return load
        inside = {v: c for v, c in load.place.terms.items() if v not in batch}
        return Load(result, Affine(load.place.constant - kernel.c.place.constant, inside) + start)

    following = tuple([changed(part, moved, moved) for part in kernel.following])
    return replace(kernel, c=replace(kernel.c, place=start), following=following)
