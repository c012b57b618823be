"""Transposing a matrix: square blocks turned in vector registers, single elements for what is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from llvmlite import ir

from .counting import counted
from .expressions import Buffer
from .kernels import TransposeKernel
from .scalars import LONG, register_type
from .target import Target


def emit_transpose(
    builder: ir.IRBuilder, kernel: TransposeKernel, pointers: Mapping[Buffer, Any], target: Target
) -> None:
    """Write ``target[j, i] = source[i, j]`` at the builder's position."""
    emit = _TransposeEmitter(builder, kernel, pointers)
    block = target.lanes(kernel.target.dtype)
    high, wide = kernel.rows // block, kernel.columns // block
    with counted(builder, high, "down") as down, counted(builder, wide, "across") as across:
        emit.block(builder.mul(down, LONG(block)), builder.mul(across, LONG(block)), block)
    emit.elements(0, kernel.rows, wide * block, kernel.columns)
    emit.elements(high * block, kernel.rows, 0, wide * block)


class _TransposeEmitter:
    def __init__(
        self, builder: ir.IRBuilder, kernel: TransposeKernel, pointers: Mapping[Buffer, Any]
    ) -> None:
        self.builder = builder
        self.kernel = kernel
        self.pointers = pointers
        self.scalar = register_type(kernel.target.dtype)
        self.bytes = kernel.target.dtype.itemsize

    def block(self, row: Any, column: Any, size: int) -> None:
        kind = ir.VectorType(self.scalar, size)
        rows = [
            self.builder.load(self._source(self._plus(row, i), column), typ=kind, align=self.bytes)
            for i in range(size)
        ]
        for j, vector in enumerate(self._turned(rows)):
            where = self._target(self._plus(column, j), row)
            self.builder.store(vector, where, align=self.bytes)

    def _turned(self, rows: Sequence[Any]) -> list[Any]:
        """The columns of a square block: halves exchanged between rows ever closer together."""
        size = len(rows)
        vectors = list(rows)
        distance = size // 2
        while distance:
            keep, swap = _exchange_masks(size, distance)
            for i in range(size):
                if not i & distance:
                    a, b = vectors[i], vectors[i + distance]
                    vectors[i] = self._shuffled(a, b, keep)
                    vectors[i + distance] = self._shuffled(a, b, swap)
            distance //= 2
        return vectors

    def _shuffled(self, a: Any, b: Any, mask: Sequence[int]) -> Any:
        index = ir.VectorType(ir.IntType(32), len(mask))
        return self.builder.shuffle_vector(a, b, ir.Constant(index, list(mask)))

    def elements(self, row: int, row_end: int, column: int, column_end: int) -> None:
        builder = self.builder
        with (
            counted(builder, row_end - row, "row") as i,
            counted(builder, column_end - column, "column") as j,
        ):
            at_row, at_column = self._plus(i, row), self._plus(j, column)
            value = builder.load(self._source(at_row, at_column), typ=self.scalar)
            builder.store(value, self._target(at_column, at_row))

    def _plus(self, value: Any, number: int) -> Any:
        return self.builder.add(value, LONG(number), flags=("nsw",))

    def _source(self, row: Any, column: Any) -> Any:
        stride = LONG(self.kernel.source_stride)
        place = self.builder.add(self.builder.mul(row, stride, flags=("nsw",)), column, flags=("nsw",))
        place = self._plus(place, self.kernel.start)
        return self.builder.gep(self.pointers[self.kernel.source], [place], source_etype=self.scalar)

    def _target(self, row: Any, column: Any) -> Any:
        stride = LONG(self.kernel.rows)
        place = self.builder.add(self.builder.mul(row, stride, flags=("nsw",)), column, flags=("nsw",))
        return self.builder.gep(self.pointers[self.kernel.target], [place], source_etype=self.scalar)


def _exchange_masks(size: int, distance: int) -> tuple[list[int], list[int]]:
    """Of two rows ``distance`` apart, the elements of each after exchanging their off-diagonal halves.

    >>> _exchange_masks(4, 2)
    ([0, 1, 4, 5], [2, 3, 6, 7])
    """
    keep = [k if not k & distance else size + k - distance for k in range(size)]
    swap = [k + distance if not k & distance else size + k for k in range(size)]
    return keep, swap
