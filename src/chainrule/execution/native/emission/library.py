"""Functions of the C library's mathematics, called for each element."""

from __future__ import annotations

from ..llvm_ir import DOUBLE, Builder, Value, function


def by_library(builder: Builder, name: str, *operands: Value) -> Value:
    """A function's value, or vector of values.

    Those of a vector are computed in a function of their own, written once, for the calls take up much room.
    """
    kind = operands[0].type
    symbol = name if kind.name == DOUBLE.name else f"{name}f"
    if not kind.lanes:
        return builder.call(symbol, kind, *operands)
    own = f"{symbol}_of_{kind.lanes}"
    if own not in builder.module.functions:
        kinds = [operand.type for operand in operands]
        attributes = "nounwind noinline"
        with function(builder.module, own, kinds, kind, attributes, linkage="internal") as (inner, vectors):
            result = kind(0)
            for lane in range(kind.lanes):
                elements = [inner.extract(vector, lane) for vector in vectors]
                result = inner.insert(result, lane, inner.call(symbol, kind.wide(0), *elements))
            inner.give(result)
    return builder.call(own, kind, *operands)
