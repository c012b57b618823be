"""For products of a vector and a far matrix: rows of the matrix are read from end to end."""

from __future__ import annotations

from ..kernels import ProductKernel
from ..llvm_ir import LONG, Builder, Value
from .operands import Operands
from .spans import portion

STREAMS = 8  # rows that are read side by side


def emit_streams(builder: Builder, kernel: ProductKernel, operands: Operands, lanes: int) -> None:
    """Write one row of C, which stays near: a few rows of B at a time are multiplied and added to it."""
    whole, rest = divmod(kernel.n, lanes)
    kind, size, scalar = operands.scalar.wide(lanes), operands.itemsize, operands.scalar
    sums = operands.at(operands.pointers[kernel.c.buffer], LONG(kernel.c.place.constant))
    builder.clear(sums, kernel.n * size)
    a, b = operands.start_of_a(LONG(0)), operands.start_of_b(LONG(0))

    def rows(first: Value, count: int) -> None:
        terms = []
        for k in [builder.plus(first, i) for i in range(count)]:
            factor = builder.load(operands.at(a, operands.column_place(k)), scalar)
            row = operands.at(b, builder.times(k, kernel.b.row_stride))
            terms.append((builder.splat(factor, lanes), row))

        def vector(number: Value, active: int = lanes) -> None:
            column = builder.times(number, lanes)
            at = operands.at(sums, column)
            total = builder.load_first(at, kind, size, active)
            for factor, row in terms:
                there = builder.load_first(operands.at(row, column), kind, size, active)
                total = builder.multiply_add(factor, there, total)
            builder.store_first(total, at, size, active)

        portion(builder, whole, vector, None)
        if rest:
            vector(LONG(whole), rest)

    rounds, left = divmod(kernel.k, STREAMS)
    portion(builder, rounds, lambda i: rows(builder.times(i, STREAMS), STREAMS), None)
    if left:
        rows(LONG(rounds * STREAMS), left)
