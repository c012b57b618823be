"""For products: register-tiled matrix multiplication, specialised to its sizes.

A tile of C stays in vector registers while k runs: each step loads a few vectors of B's row and multiplies
them by one element of A for each of the tile's rows. What the tile size leaves over is done by lower tiles,
and by vectors of which only the first lanes count.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from ..expressions import Affine, Buffer, Load
from ..kernels import FusedKernel, ProductKernel, changed
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
from .epilogues import Epilogue, Tile
from .loops import emit_loops
from .operands import Operands
from .panels import emit_pack_panel
from .scalars import register_type
from .spans import Division, Span, portion
from .streams import emit_streams
from .tiles import LINE_BYTES, Strip, panel_width_of, strips, tile_height
from .turns import summed_up
from .weaving import Weaving, weaves

SHORT, STEPS_TOGETHER = 64, 4
IN_A_ROW = 64  # multiplications of vectors: more of them take LLVM longer, and the processor no less time
LITTLE = 2048  # multiplications, up to which a product is not worth the time that LLVM takes over more code
MUCH = 2**22  # multiplications, from which on a product is worth twice the code for its tiles
FEW_SUMS = 4  # of a tile: a processor begins two additions at a time, each of which takes four times as long


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
    """A product on its way to instructions, and where its loops stand."""

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
        self.width = panel_width_of(kernel, target)
        self.pointers = pointers
        self.span = span
        self.batch: dict[int, Value] = {}
        if kernel.on_the_way:
            self._reserve(kernel.b.buffer, kernel.k * self.width)
        if kernel.passing:
            self._reserve(kernel.c.buffer, blocks(kernel, target).size * kernel.n)
        self.operands = Operands(builder, kernel, self.pointers, self.batch)
        self.epilogue = Epilogue(builder, kernel, self.pointers, self.batch, target, self.width)
        self.weaving = self._weaving() if kernel.epilogue and weaves(kernel, target) else None

    def _reserve(self, buffer: Buffer, size: int) -> None:
        """Keep what is there of a buffer on the stack."""
        room = f"[{size} x {self.scalar}], align {LINE_BYTES}"
        self.pointers = {**self.pointers, buffer: self.builder.reserve(room)}

    def _weaving(self) -> Weaving:
        across = self._strips(self.width)
        rows = self._tallest(across)
        return Weaving(self.builder, self.epilogue, self.batch, across, rows)

    def emit(self) -> None:
        """Write the product."""
        if by_blocks(self.kernel):
            self._blocks()
        else:
            self._over_batch(0)
        if self.weaving:
            self.weaving.finish()

    def _blocks(self) -> None:
        """Blocks of the rows of each product of a batch, and what follows from each block."""
        kernel, builder = self.kernel, self.builder
        rows = blocks(kernel, self.target)

        def inside(number: Value) -> None:
            pieces = LONG(rows.pieces)
            self.batch[0] = builder.binary("udiv", number, pieces)
            self._block(rows, builder.binary("urem", number, pieces))

        portion(builder, kernel.batch[0] * rows.pieces, inside, self._span("blocks"))

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
                emit_streams(self.builder, self.kernel, self.operands, self.lanes)
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
        """Blocks of the rows of each panel: for each panel, those of them that belong to the span."""
        rows, builder, span = blocks_of_rows(self.kernel.m, panels), self.builder, self.span
        assert span
        pieces = LONG(rows.pieces)

        def inside(panel: Value, _: Sequence[Value]) -> Sequence[Value]:
            first = builder.times(panel, rows.pieces)
            begin = builder.intrinsic("smax", LONG, builder.sub(span.begin, first), LONG(0))
            end = builder.intrinsic("smin", LONG, builder.sub(span.end, first), pieces)
            self.span = Span(rows, begin, end)
            self._panel(across, builder.times(panel, self.width))
            return ()

        after = builder.binary("udiv", builder.plus(span.end, rows.pieces - 1), pieces)
        loop(builder, after, (), inside, builder.binary("udiv", span.begin, pieces))

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
        span, height = self._span("rows"), self._height(across)
        tiles, rest = divmod(self.kernel.m, height)
        size = span.division.size // height if span else 1
        portion(self.builder, tiles, lambda i: tile(height, self.builder.times(i, height)), span, size)
        if rest:
            portion(self.builder, 1, lambda _: tile(rest, LONG(tiles * height)), span, last=True)

    def _height(self, across: Sequence[Strip]) -> int:
        """How many rows a tile of these strips has."""
        span, unit = self._span("rows"), self.kernel.a.across or 1
        piece = span.division.size if span else 0
        most, units = max(1, self._tallest(across) // unit), -(-self.kernel.m // unit)
        return self.kernel.a.packed or unit * tile_height(units, most, piece // unit)

    def _tallest(self, across: Sequence[Strip]) -> int:
        """How many rows a tile of these strips has at most."""
        return max(1, self.target.tile_registers // len(across))

    def _tile(self, rows: int, across: list[Strip], row: Value, column: Value) -> None:
        """``rows`` rows of a panel of C, accumulated in registers over k. How a short loop goes on is seldom
        foreseen: a short sum has none."""
        tile, operands, builder = Tile(rows, across, row, column), self.operands, self.builder
        weaving = self.weaving if self.weaving and self.weaving.across == across else None
        if not weaving:
            self.epilogue.prefetch(tile)
        a, b = operands.start_of_a(row), operands.start_of_b(column)
        turns = self._turns(rows * len(across))

        def step(number: Value, i: int, sums: Sequence[Value]) -> list[Value]:
            if self.kernel.a.across and not i:
                operands.prefetch_below(a, number, self._steps_together(), rows)
            vectors = operands.row_of_b(b, self._begin(number), i, across)
            factors = [
                (builder.first(element, vector.type.lanes), vector)
                for element in operands.column_of_a(a, self._columns(number), i, rows, across[0].lanes)
                for vector in vectors
            ]
            return [builder.multiply_add(*pair, sum) for pair, sum in zip(factors, sums, strict=True)]

        first = self.epilogue.begin(tile)
        begin = [*first, *[start.type(0) for start in first] * (turns - 1)]
        repeat = partial(weaving.among, tile=tile) if weaving else partial(loop, builder)
        finish = weaving.wait if weaving else self.epilogue.finish
        together = self._steps_together()
        finish(summed_up(self.kernel.k, together, turns, begin, step, repeat, builder.fadd), tile)

    def _turns(self, sums: int) -> int:
        """How many sums of each element take turns: two, where there are so few elements that each addition
        would wait for the one before."""
        return 2 if sums <= FEW_SUMS and self._steps_together() >= 4 and self.kernel.k >= 4 else 1

    def _columns(self, number: Value) -> Value:
        """Where a round's columns of A begin."""
        if self.kernel.a.across:
            return self.operands.place_in_blocks(number, self._steps_together())
        return self.operands.column_place(self._begin(number))

    def _begin(self, number: Value) -> Value:
        """The first step of a round."""
        return self.builder.times(number, self._steps_together())

    def _steps_together(self) -> int:
        """How many steps of k are written one after the other: of blocks, half of their columns or fewer."""
        across, usual = self.kernel.a.across, self._usual_steps_together()
        if across:
            return across // 2 if self.kernel.a.column_stride == 1 else math.gcd(across, usual)
        return usual

    def _usual_steps_together(self) -> int:
        kernel, across = self.kernel, self._strips(self.width)
        multiplications = math.prod(kernel.batch) * kernel.m * kernel.k * kernel.n
        if kernel.k > SHORT:
            return self.target.steps_together if multiplications >= MUCH else 1
        sums = self._height(across) * len(across)
        steps = STEPS_TOGETHER if STEPS_TOGETHER * sums <= IN_A_ROW else STEPS_TOGETHER // 2
        return 1 if multiplications <= LITTLE and kernel.k > steps else steps


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
