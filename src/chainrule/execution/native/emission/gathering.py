"""A minibatch's rows, copied from where they lie in the data to where the kernels expect them."""

from __future__ import annotations

from collections.abc import Sequence

from ..expressions import Buffer
from ..llvm_ir import BYTE, LONG, POINTER, VOID, Builder, Module, Value, function
from ..target import Target
from .dividing import LEAST_WORK, division
from .module import Addresses, call_divided
from .spans import Division, Span, portion


def gather_rows(
    builder: Builder,
    rows: Sequence[Buffer],
    orders: Value,
    step: Value,
    sources: Sequence[Value],
    addresses: Addresses,
    target: Target,
) -> None:
    """Write the copying of one step's rows: of each array, those whose numbers stand in the step's order."""
    if not rows:
        return
    batch = rows[0].shape[0]
    size = sum(buffer.size * buffer.dtype.itemsize for buffer in rows)
    if addresses.stack is not None:
        order = builder.element(orders, builder.times(step, batch), LONG)
        _copy_rows(builder, rows, order, sources, [addresses.of(buffer) for buffer in rows], None)
        return
    divided = division("rows", batch) if addresses.control is not None and size >= LEAST_WORK / 8 else None
    name = _define_gather(builder.module, rows, batch, divided)
    order = builder.element(orders, builder.times(step, batch), LONG)
    pointers = [order, *sources, *[addresses.of(buffer) for buffer in rows]]
    if divided:
        call_divided(builder, name, pointers, divided, addresses, target)
    else:
        builder.call(name, VOID, *pointers)


def _define_gather(module: Module, rows: Sequence[Buffer], batch: int, divided: Division | None) -> str:
    """The function that copies: ``gather(order, *sources, *targets)``, and of pieces if it is divided."""
    name = "gather"
    kinds = [POINTER] * (1 + 2 * len(rows)) + [LONG, LONG] * (divided is not None)
    with function(module, name, kinds, linkage="internal") as (build, (order, *rest)):
        sources, targets = rest[: len(rows)], rest[len(rows) : 2 * len(rows)]
        _copy_rows(build, rows, order, sources, targets, Span(divided, *rest[-2:]) if divided else None)
        build.give()
    return name


def _copy_rows(
    build: Builder,
    rows: Sequence[Buffer],
    order: Value,
    sources: Sequence[Value],
    targets: Sequence[Value],
    span: Span | None,
) -> None:
    batch = rows[0].shape[0]

    def copy(row: Value) -> None:
        place = build.load(build.element(order, row, LONG), LONG)
        for buffer, source, to in zip(rows, sources, targets, strict=True):
            size = buffer.size // batch * buffer.dtype.itemsize
            where = build.element(source, build.times(place, size), BYTE)
            build.copy(build.element(to, build.times(row, size), BYTE), where, LONG(size))

    portion(build, batch, copy, span)
