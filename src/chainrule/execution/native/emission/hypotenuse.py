"""The length of the hypotenuse as straight-line code, like :mod:`.exponentials`.

It is √(a² + b²) of numbers that are scaled where their squares would be too large or too small.
"""

from __future__ import annotations

import math

from ..llvm_ir import Builder, Value
from .floats import Emitter


def hypot(builder: Builder, a: Value, b: Value) -> Value:
    """√(a² + b²); infinite where one of them is, whatever the other."""
    e = Emitter(builder, a.type)
    larger, smaller = in_order(e, a, b)
    scale = balancing(e, larger)
    large, small = e.multiply(larger, scale), e.multiply(smaller, scale)
    root = builder.intrinsic("sqrt", e.kind, e.fma(large, large, e.multiply(small, small)))
    infinity = e.number(math.inf)
    infinite = [builder.compare("fcmp oeq", size, infinity) for size in (larger, smaller)]
    result = e.multiply(root, e.inverse_of_power(scale))
    return builder.select(builder.binary("or", *infinite), infinity, result)


def in_order(e: Emitter, a: Value, b: Value) -> tuple[Value, Value]:
    """|a| and |b|, the larger first; NaN is among them where it was."""
    first, second = e.absolute(a), e.absolute(b)
    greater = e.builder.compare("fcmp ogt", first, second)
    return e.builder.select(greater, first, second), e.builder.select(greater, second, first)


def balancing(e: Emitter, size: Value) -> Value:
    """A power of two, times which numbers of about that size can be squared."""
    least, up, most, down = (-400, 700, 500, 600) if e.is_double else (-50, 100, 60, 68)

    def where(comparison: str, limit: float, scale: float, otherwise: Value) -> Value:
        found = e.builder.compare(comparison, size, e.number(limit))
        return e.builder.select(found, e.number(scale), otherwise)

    small = where("fcmp olt", 2.0**least, 2.0**up, e.number(1.0))
    return where("fcmp ogt", 2.0**most, 2.0**-down, small)
