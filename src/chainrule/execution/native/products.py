"""Fourth pass, for products: register-tiled matrix multiplication, specialised to its sizes.

A tile of C stays in vector registers while k runs: each step loads a few vectors of B's row and multiplies
them by one element of A for each of the tile's rows. What the tile size leaves over is done by narrower and
lower tiles.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from llvmlite import ir

from .counting import counted
from .expressions import Affine, Buffer
from .kernels import Matrix, ProductKernel
from .scalars import LONG, register_type
from .target import Target


def emit_product(
    builder: ir.IRBuilder, kernel: ProductKernel, pointers: Mapping[Buffer, Any], target: Target
) -> None:
    """Write the kernel at the builder's position. B and C must have their rows in memory one element after
    another."""
    _ProductEmitter(builder, kernel, pointers, target).emit()


@dataclass(frozen=True, slots=True)
class Panel:
    """Columns of C that one tile covers: vectors of so many lanes, side by side."""

    lanes: tuple[int, ...]

    @property
    def width(self) -> int:
        return sum(self.lanes)


def remaining_panels(columns: int, lanes: int, vectors: int) -> list[Panel]:
    """Fewer columns than a full panel has, as one panel of full vectors and one of each narrower width.

    >>> [panel.lanes for panel in remaining_panels(13, lanes=8, vectors=2)]
    [(8,), (4,), (1,)]
    """
    panels = []
    full = columns // lanes
    if full:
        panels.append(Panel((lanes,) * full))
    rest = columns - full * lanes
    width = lanes // 2
    while rest:
        if rest >= width:
            panels.append(Panel((width,)))
            rest -= width
        width //= 2
    return panels


class _ProductEmitter:
    def __init__(
        self, builder: ir.IRBuilder, kernel: ProductKernel, pointers: Mapping[Buffer, Any], target: Target
    ) -> None:
        self.builder = builder
        self.kernel = kernel
        self.pointers = pointers
        self.dtype = kernel.target.dtype
        self.scalar = register_type(self.dtype)
        self.lanes = target.lanes(self.dtype)
        self.rows = target.tile_rows
        self.full = Panel((self.lanes,) * target.tile_vectors)
        self.batch: list[Any] = []

    def emit(self) -> None:
        with self._batch_loops():
            panels, rest = divmod(self.kernel.n, self.full.width)
            with counted(self.builder, panels, "panel") as panel:
                self._panel(self.full, self.builder.mul(panel, LONG(self.full.width)))
            at = panels * self.full.width
            for narrow in remaining_panels(rest, self.lanes, len(self.full.lanes)):
                self._panel(narrow, LONG(at))
                at += narrow.width

    @contextmanager
    def _batch_loops(self) -> Iterator[None]:
        with ExitStack() as stack:
            for length in self.kernel.batch:
                self.batch.append(stack.enter_context(counted(self.builder, length, "batch")))
            yield

    def _panel(self, panel: Panel, column: Any) -> None:
        tiles, rest = divmod(self.kernel.m, self.rows)
        with counted(self.builder, tiles, "tile") as tile:
            self._tile(self.rows, panel, self.builder.mul(tile, LONG(self.rows)), column)
        if rest:
            self._tile(rest, panel, LONG(tiles * self.rows), column)

    def _tile(self, rows: int, panel: Panel, row: Any, column: Any) -> None:
        """rows × panel.width elements of C, accumulated in registers over k."""
        builder, kernel = self.builder, self.kernel
        zeros = [ir.Constant(ir.VectorType(self.scalar, n), [0.0] * n) for n in panel.lanes]
        start = self._pointer(kernel.a, row, LONG(0))
        head, body, end = (
            builder.block, builder.append_basic_block("k"), builder.append_basic_block("k.end")
        )  # fmt: skip
        builder.cbranch(ir.IntType(1)(int(kernel.k > 0)), body, end)
        builder.position_at_end(body)
        k = builder.phi(LONG, "k")
        k.add_incoming(LONG(0), head)
        sums = [[builder.phi(zero.type) for zero in zeros] for _ in range(rows)]
        for phis in sums:
            for phi, zero in zip(phis, zeros, strict=True):
                phi.add_incoming(zero, head)
        vectors = self._vectors(panel, k, column)
        results = [self._row(start, r, k, vectors, sums[r]) for r in range(rows)]
        following = builder.add(k, LONG(1), flags=("nuw", "nsw"))
        k.add_incoming(following, builder.block)
        for phis, values in zip(sums, results, strict=True):
            for phi, value in zip(phis, values, strict=True):
                phi.add_incoming(value, builder.block)
        builder.cbranch(builder.icmp_signed("<", following, LONG(kernel.k)), body, end)
        builder.position_at_end(end)
        self._store(panel, row, column, self._finished(head, body, results, zeros))

    def _finished(self, head: Any, body: Any, results: list[list[Any]], zeros: list[Any]) -> list[list[Any]]:
        """The sums after the loop: zeros where it never ran."""
        finished = []
        for values in results:
            phis = [self.builder.phi(zero.type) for zero in zeros]
            for phi, value, zero in zip(phis, values, zeros, strict=True):
                phi.add_incoming(zero, head)
                phi.add_incoming(value, body)
            finished.append(phis)
        return finished

    def _vectors(self, panel: Panel, k: Any, column: Any) -> list[Any]:
        """The panel's part of row k of B."""
        vectors, offset = [], 0
        for n in panel.lanes:
            where = self._pointer(self.kernel.b, k, self.builder.add(column, LONG(offset)))
            kind = ir.VectorType(self.scalar, n)
            vectors.append(self.builder.load(where, typ=kind, align=self.dtype.itemsize))
            offset += n
        return vectors

    def _row(self, start: Any, r: int, k: Any, vectors: list[Any], sums: list[Any]) -> list[Any]:
        a = self.kernel.a
        offset = self.builder.add(
            LONG(r * a.row_stride), self.builder.mul(k, LONG(a.column_stride), flags=("nsw",)), flags=("nsw",)
        )
        element = self.builder.load(
            self.builder.gep(start, [offset], source_etype=self.scalar), typ=self.scalar
        )
        return [
            self._fma(self._repeated(element, vector.type), vector, so_far)
            for vector, so_far in zip(vectors, sums, strict=True)
        ]

    def _repeated(self, element: Any, kind: ir.VectorType) -> Any:
        single = self.builder.insert_element(ir.Constant(kind, ir.Undefined), element, ir.IntType(32)(0))
        mask = ir.Constant(ir.VectorType(ir.IntType(32), kind.count), [0] * kind.count)
        return self.builder.shuffle_vector(single, ir.Constant(kind, ir.Undefined), mask)

    def _fma(self, a: Any, b: Any, c: Any) -> Any:
        bits = self.dtype.itemsize * 8
        name = f"llvm.fma.v{a.type.count}f{bits}"
        function = self.builder.module.globals.get(name)
        if function is None:
            function = ir.Function(self.builder.module, ir.FunctionType(a.type, [a.type] * 3), name)
        return self.builder.call(function, [a, b, c])

    def _store(self, panel: Panel, row: Any, column: Any, results: list[list[Any]]) -> None:
        for r, values in enumerate(results):
            offset = 0
            for n, value in zip(panel.lanes, values, strict=True):
                at = self.builder.add(column, LONG(offset))
                where = self._pointer(self.kernel.c, self.builder.add(row, LONG(r)), at)
                self.builder.store(value, where, align=self.dtype.itemsize)
                offset += n

    def _pointer(self, matrix: Matrix, row: Any, column: Any) -> Any:
        builder = self.builder
        place = builder.add(
            builder.mul(row, LONG(matrix.row_stride), flags=("nsw",)),
            builder.mul(column, LONG(matrix.column_stride), flags=("nsw",)),
            flags=("nsw",),
        )
        place = builder.add(place, self._batch_place(matrix.place), flags=("nsw",))
        return builder.gep(self.pointers[matrix.buffer], [place], source_etype=self.scalar)

    def _batch_place(self, place: Affine) -> Any:
        total: Any = LONG(place.constant)
        for variable, coefficient in place.terms.items():
            total = self.builder.add(total, self.builder.mul(self.batch[variable], LONG(coefficient)))
        return total
