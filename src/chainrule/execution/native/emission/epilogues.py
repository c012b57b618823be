"""For products: what is computed from a tile of results in registers, and stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from ..costs import operations
from ..expressions import Affine, Buffer, loads
from ..kernels import FAR_AWAY, LoopKernel, ProductKernel
from ..llvm_ir import LONG, Builder, Value
from ..target import Target
from .dividing import has_far_rows
from .scalars import register_type
from .spans import portion
from .tiles import LINE_BYTES, Strip
from .vectors import Places

LONG_EPILOGUE = 8  # operations, from which on a copy for each register of a tile is too much code


class Tile(NamedTuple):
    """So many rows from ``row`` on of a panel of C that begins at ``column``, each in vectors."""

    rows: int
    across: Sequence[Strip]
    row: Value
    column: Value


def is_long(parts: Sequence[LoopKernel]) -> bool:
    """Whether what follows from a product is much code."""
    return sum(operations(part.expression) for part in parts) >= LONG_EPILOGUE


@dataclass(frozen=True, slots=True)
class Epilogue:
    """What follows from the elements of a product.

    Attributes:
        builder: where the instructions go.
        kernel: the product.
        pointers: where the buffers begin.
        batch: the indices of the batch loops.
        target: the processor.
        width: the columns of a panel.
    """

    builder: Builder
    kernel: ProductKernel
    pointers: Mapping[Buffer, Value]
    batch: Mapping[int, Value]
    target: Target
    width: int

    def prefetch(self, tile: Tile) -> None:
        """Ask for what the epilogue will read: it comes from far while k runs. Likewise for the first matrix
        that is updated by rows, which all come from a near cache: several at once would be waited for."""
        depth, lanes = len(self.kernel.batch), self._lanes
        places = self._places()
        written = self.kernel.written()
        for buffer, place in {**self._far(), **self._first_updated()}.items():
            if buffer not in self.pointers:
                continue
            step = max(1, LINE_BYTES // (lanes * buffer.dtype.itemsize))
            for r in range(tile.rows):
                places.stand(depth, tile.row, r)
                for j in range(0, len(tile.across), step):
                    places.stand(depth + 1, tile.column, j * lanes)
                    self.builder.prefetch(places.pointer(buffer, place), buffer in written)

    def _far(self) -> dict[Buffer, Affine]:
        """What the epilogue reads from afar."""
        found = (load for part in self.kernel.epilogue for load in loads(part.expression))
        rows = (load for load in found if load.place.coefficient(len(self.kernel.batch)))
        return {
            load.buffer: load.place for load in rows if load.buffer.size * load.dtype.itemsize >= FAR_AWAY
        }

    def _first_updated(self) -> dict[Buffer, Affine]:
        """The first matrix that is updated by rows."""
        kernel, row = self.kernel, len(self.kernel.batch)
        written = [buffer for buffer in kernel.written() if buffer is not kernel.c.buffer]
        found = (load for part in kernel.following for load in loads(part.expression))
        updated = (load for load in found if load.buffer in written and load.place.coefficient(row))
        matrices = (load for load in updated if load.place.coefficient(row + 1) == 1)
        return {load.buffer: load.place for load in islice(matrices, 1)}

    def begin(self, tile: Tile) -> list[Value]:
        """A tile's sums before the first terms. None is -0: a sum of such terms is +0, as NumPy's is."""
        kinds = [register_type(self.kernel.c.buffer.dtype).wide(strip.lanes) for strip in tile.across]
        if self.kernel.start is None:
            return [kind(0) for kind in kinds] * tile.rows
        places, begun = self._places(), []
        for r in range(tile.rows):
            places.stand(len(self.kernel.batch), tile.row, r)
            for strip in tile.across:
                self._stand(places, strip, tile.column)
                begun.append(self.builder.splat(places.value(self.kernel.start), strip.lanes))
        return begun

    def finish(self, sums: Sequence[Value], tile: Tile) -> None:
        """Compute the epilogue from a tile's sums, row by row, and store."""
        if tile.rows > 1 and is_long(self.kernel.epilogue):
            self._finish_in_loop(sums, tile)
            return
        places, across = self._places(), tile.across
        for r in range(tile.rows):
            first = r * len(across)
            places.stand(len(self.kernel.batch), tile.row, r)
            self._finish_row(places, sums[first : first + len(across)], tile)

    def _finish_in_loop(self, sums: Sequence[Value], tile: Tile) -> None:
        """The epilogue written once for all rows, to which the sums are handed through memory."""
        builder, across = self.builder, tile.across
        scalar = register_type(self.kernel.c.buffer.dtype)
        kind = scalar.wide(across[0].lanes)
        held = builder.reserve(f"[{len(sums)} x {kind}]")
        for position, value in enumerate(sums):
            builder.store(value, builder.element(held, LONG(position), kind))

        def each(r: Value) -> None:
            start = builder.element(held, builder.times(r, len(across)), kind)
            values = [
                builder.load(builder.element(start, LONG(j), kind), scalar.wide(strip.lanes))
                for j, strip in enumerate(across)
            ]
            places = self._places()
            places.stand(len(self.kernel.batch), builder.add(tile.row, r))
            self._finish_row(places, values, tile)

        portion(builder, tile.rows, each, None)

    def _finish_row(self, places: Places, sums: Sequence[Value], tile: Tile) -> None:
        """The epilogue of a row: all of it is computed before any of it is stored, since vectors that share
        columns may read there what the row replaces."""
        kernel = self.kernel
        written = [(kernel.c.buffer, kernel.place), *[(part.target, part.place) for part in kernel.epilogue]]
        product, *names = [(target, str(place)) for target, place in written]
        results: list[list[Value]] = []
        for strip, value in zip(tile.across, sums, strict=True):
            self._stand(places, strip, tile.column)
            places.known.clear()
            places.known[product] = value
            results.append([value])
            for part, name in zip(kernel.epilogue, names, strict=True):
                computed = places.known[name] = places.value(part.expression)
                results[-1].append(computed)
        for strip, values in zip(tile.across, results, strict=True):
            self._stand(places, strip, tile.column)
            for (target, place), value in zip(written, values, strict=True):
                if target not in kernel.unstored:
                    places.store(value, target, place)

    def _stand(self, places: Places, strip: Strip, column: Value) -> None:
        places.stand(len(self.kernel.batch) + 1, column, strip.start)
        places.lanes, places.active = strip.lanes, strip.active

    def _places(self) -> Places:
        column, result = len(self.kernel.batch) + 1, self.kernel.c.buffer
        places = Places(self.builder, self.pointers, self.batch, self.target, column, self._lanes, result)
        sizes = [n * result.dtype.itemsize for n in (self.kernel.n, self.width)]
        places.streams = has_far_rows(self.kernel) and not any(size % LINE_BYTES for size in sizes)
        return places

    @property
    def _lanes(self) -> int:
        return self.target.lanes(self.kernel.c.buffer.dtype)
