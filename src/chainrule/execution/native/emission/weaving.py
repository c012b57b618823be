"""For products: what follows from a tile, woven into the multiplications of the next one.

A tile's sums wait in memory. While the next tile is summed up, what follows from one vector of them after the
other is computed: its instructions wait for memory and for each other, and meanwhile the processor goes on
multiplying.

Measured on Granite Rapids, with Adam's updates: whole steps of 784-256-128-10 take 3 % less time in float64,
no more in float32.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from ..expressions import loads
from ..kernels import LoopKernel, ProductKernel
from ..llvm_ir import LONG, Builder, Value, loop, when
from ..target import Target
from .dividing import PAGE
from .epilogues import Epilogue, Tile, is_long
from .scalars import register_type
from .tiles import Strip, panel_width_of

FEWEST_TILES = 4  # below each other, with less the first one, into which nothing is woven, would count
STEPS = 2  # of a sum, at least, for each vector that is woven in


def weaves(kernel: ProductKernel, target: Target) -> bool:
    """Whether what follows from a product's tiles is woven into the next ones: where it is long, there are
    several of them, their sums are long enough, and there are registers for both."""
    width = panel_width_of(kernel, target)
    return (
        target.weaves
        and is_long(kernel.parts)
        and kernel.m >= FEWEST_TILES * target.tile_rows
        and kernel.n >= width
        and kernel.k >= STEPS * target.tile_registers
        and all(_is_compact(part, len(kernel.batch)) for part in kernel.parts)
    )


def _is_compact(part: LoopKernel, row: int) -> bool:
    """Whether the rows of what is read and written lie less than a page apart: others would meet in the same
    places of the nearest cache."""
    places = ((part.target, part.place), *[(load.buffer, load.place) for load in loads(part.expression)])
    return all(place.coefficient(row) * buffer.dtype.itemsize < PAGE for buffer, place in places)


class Weaving:
    """The tile whose sums wait: there, how many vectors they are, and where the tile stands in the loops."""

    def __init__(
        self,
        builder: Builder,
        epilogue: Epilogue,
        batch: Mapping[int, Value],
        across: Sequence[Strip],
        rows: int,
    ) -> None:
        self.builder = builder
        self.epilogue = epilogue
        self.batch = batch
        self.across = across
        self.most = rows * len(across)
        self.kind = register_type(epilogue.kernel.c.buffer.dtype).wide(across[0].lanes)
        self.sums = builder.reserve(f"[{self.most} x {self.kind}]")
        self.count = builder.reserve(LONG)
        self.stands = {variable: builder.reserve(LONG) for variable in range(self._row + 2)}
        builder.store(LONG(0), self.count)

    def among(
        self,
        rounds: int,
        sums: Sequence[Value],
        several: Callable[[Value, Sequence[Value]], list[Value]],
        tile: Tile,
    ) -> Sequence[Value]:
        """The sums after so many rounds, among which what follows from the tile that waits is computed. What
        will be read for this tile is asked for as long before."""
        builder, together = self.builder, rounds // self.most
        waiting = builder.load(self.count, LONG)

        def section(number: Value, so_far: Sequence[Value]) -> Sequence[Value]:
            begin = builder.times(number, together)
            last = builder.compare("icmp eq", number, LONG(self.most - 1))
            end = builder.select(last, LONG(rounds), builder.plus(begin, together))
            after = loop(builder, end, so_far, several, begin)
            self.epilogue.prefetch(self._vector(number, tile.row, tile.column))
            when(builder, builder.compare("icmp slt", number, waiting), lambda: self._finish(number))
            return after

        return loop(builder, self.most, sums, section)

    def wait(self, sums: Sequence[Value], tile: Tile) -> None:
        """Let a tile wait, of which the last one has been finished."""
        builder = self.builder
        for position, value in enumerate(sums):
            builder.store(value, self._place(LONG(position)))
        builder.store(LONG(len(sums)), self.count)
        for variable, place in self.stands.items():
            builder.store({**self.batch, self._row: tile.row, self._row + 1: tile.column}[variable], place)

    def finish(self) -> None:
        """Compute what follows from the last tile."""

        def each(number: Value, _: Sequence[Value]) -> Sequence[Value]:
            self._finish(number)
            return ()

        loop(self.builder, self.builder.load(self.count, LONG), (), each)

    def _finish(self, number: Value) -> None:
        """Compute what follows from a vector of the tile that waits."""
        stood = {variable: self.builder.load(place, LONG) for variable, place in self.stands.items()}
        vector = self._vector(number, stood[self._row], stood[self._row + 1])
        sums = [self.builder.load(self._place(number), self.kind)]
        replace(self.epilogue, batch={v: stood[v] for v in range(self._row)}).finish(sums, vector)

    def _vector(self, number: Value, row: Value, column: Value) -> Tile:
        """A vector of a tile as a tile of its own."""
        builder, each = self.builder, LONG(len(self.across))
        further = builder.times(builder.binary("urem", number, each), self.across[0].lanes)
        down = builder.binary("udiv", number, each)
        return Tile(1, self.across[:1], builder.add(row, down), builder.add(column, further))

    def _place(self, number: Value) -> Value:
        return self.builder.element(self.sums, number, self.kind)

    @property
    def _row(self) -> int:
        """The loop of rows, after those of the batch."""
        return len(self.epilogue.kernel.batch)
