"""Rows of a later minibatch, asked for while another is computed.

The rows of a table that is larger than the nearer caches come from far away, in an order that no processor
foresees: copied when they are needed, they take a small step as long as its arithmetic. Their numbers are
known long before. A processor waits for some sixteen lines of its caches at a time, so that some rows are
asked for before each of the kernels that take longest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..costs import work
from ..expressions import Buffer
from ..kernels import Kernel
from ..llvm_ir import BYTE, LONG, POINTER, VOID, Builder, Module, Value, function, loop, when
from .tiles import LINE_BYTES

LARGE = 2**18  # bytes of a table: smaller ones stay near
SOON = 16  # rows: fewer are on their way for less than rows take to come
MOST = 2**13  # bytes of a minibatch: of more, too many lines would be asked for at a time
PARTS = 4


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked for in a step.

    Attributes:
        rows: a minibatch's rows of each array.
        sources: the arrays.
        order: the numbers of the later minibatch's rows, which need not be those of rows.
        wanted: whether the table is large, and there is such a minibatch.
        kernels: those before which rows are asked for.
    """

    rows: Sequence[Buffer]
    sources: Sequence[Value]
    order: Value
    wanted: Value
    kernels: Sequence[Kernel]

    def before(self, builder: Builder, kernel: Kernel) -> None:
        """Write at the builder's position what is asked for before a kernel."""
        if kernel not in self.kernels:
            return
        name, part = _define(builder.module, self.rows), self.kernels.index(kernel)
        first, after = (LONG(self.rows[0].shape[0] * k // len(self.kernels)) for k in (part, part + 1))
        when(builder, self.wanted, lambda: builder.call(name, VOID, self.order, *self.sources, first, after))


def _define(module: Module, rows: Sequence[Buffer]) -> str:
    """The function that asks: ``ask(order, *sources, first, after)``."""
    name, count = "ask", len(rows)
    if name in module.functions:
        return name
    kinds = [POINTER] * (1 + count) + [LONG, LONG]
    with function(module, name, kinds, linkage="internal") as (builder, (order, *sources, first, after)):

        def ask(row: Value, _: Sequence[Value]) -> tuple[Value, ...]:
            number = builder.load(builder.element(order, row, LONG), LONG)
            for buffer, source in zip(rows, sources, strict=True):
                size = _row_bytes(buffer)
                start = builder.element(source, builder.times(number, size), BYTE)
                for place in _a_line_apart(size, buffer.dtype.itemsize):
                    builder.prefetch_near(builder.at(start, place))
            return ()

        loop(builder, after, (), ask, first)
        builder.give()
    return name


def asking(
    builder: Builder,
    kernels: Sequence[Kernel],
    rows: Sequence[Buffer],
    sources: Sequence[Value],
    orders: Value,
    step: Value,
    steps: Value,
    length: Value,
) -> Asking | None:
    """What is asked for in one of so many ``steps`` of these kernels, of tables of a ``length``; None where
    that would gain nothing."""
    batch, row_bytes = rows[0].shape[0], sum(map(_row_bytes, rows))
    if builder.module.in_registers or not 0 < batch * row_bytes <= MOST:
        return None
    later = builder.plus(step, -(-SOON // batch))
    order = builder.element(orders, builder.times(later, batch), LONG)
    is_large = builder.compare("icmp sge", length, LONG(-(-LARGE // row_bytes)))
    wanted = builder.binary("and", is_large, builder.compare("icmp slt", later, steps))
    longest = sorted(kernels, key=work)[-PARTS:]
    return Asking(rows, sources, order, wanted, [kernel for kernel in kernels if kernel in longest])


def _row_bytes(buffer: Buffer) -> int:
    return buffer.size // buffer.shape[0] * buffer.dtype.itemsize


def _a_line_apart(size: int, itemsize: int) -> list[int]:
    """Places in a row, one in each line of a cache that it may lie in."""
    return [*range(0, size - itemsize, LINE_BYTES), size - itemsize] if size else []
