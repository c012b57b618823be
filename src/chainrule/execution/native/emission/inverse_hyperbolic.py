"""The inverse hyperbolic functions as straight-line code, like :mod:`.exponentials`.

They are logarithms of 1 + y, where y keeps the precision of small numbers.
"""

from __future__ import annotations

import math

from ..llvm_ir import Builder, Value
from .floats import Emitter
from .logarithms import log1p

LARGE_IN_DOUBLE, LARGE_IN_SINGLE = 2.0**56, 2.0**27  # beyond, 1 + x and √(x² ± 1) are x


def arcsinh(builder: Builder, x: Value) -> Value:
    """log(x + √(x² + 1)): for x ≥ 0, y is x + x²/(1 + √(x² + 1))."""
    e = Emitter(builder, x.type)
    size, one = e.absolute(x), e.number(1.0)
    square = e.multiply(size, size)
    root = builder.intrinsic("sqrt", e.kind, e.fma(size, size, one))
    y, lost = e.exact_sum_of_larger(size, builder.fdiv(square, e.add(one, root)))
    return e.with_sign_of(_logarithm(e, size, y, lost), x)


def arccosh(builder: Builder, x: Value) -> Value:
    """log(x + √(x² − 1)): with t = x − 1, y is √(t² + 2 t) + t."""
    e = Emitter(builder, x.type)
    t = e.subtract(x, e.number(1.0))
    twice = e.multiply(t, e.number(2.0))
    square = e.fma(t, t, twice)
    root = builder.intrinsic("sqrt", e.kind, square)
    left = e.add(e.fma(builder.fneg(root), root, square), e.fma(t, t, e.subtract(twice, square)))
    correction = builder.fdiv(left, e.add(root, root))
    usable = builder.compare("fcmp ogt", square, e.number(0.0))
    y, lost = e.exact_sum_of_larger(root, t)
    lost = e.add(lost, builder.select(usable, correction, e.number(0.0)))
    below = builder.compare("fcmp olt", x, e.number(1.0))
    return builder.select(below, e.number(math.nan), _logarithm(e, x, y, lost))


def arctanh(builder: Builder, x: Value) -> Value:
    """½ log((1 + x)/(1 − x)): for x ≥ 0, y is 2x/(1 − x)."""
    e = Emitter(builder, x.type)
    size = e.absolute(x)
    below, below_lost = e.exact_sum_of_larger(e.number(1.0), builder.fneg(size))
    inverse = builder.fdiv(e.number(1.0), below)
    above = e.add(size, size)
    y = e.multiply(above, inverse)
    minus_y = builder.fneg(y)
    lost = e.multiply(e.fma(minus_y, below_lost, e.fma(minus_y, below, above)), inverse)
    return e.with_sign_of(e.multiply(log1p(builder, y, lost), e.number(0.5)), x)


def _logarithm(e: Emitter, x: Value, y: Value, lost: Value) -> Value:
    """log(1 + y + lost); log x + log 2 where x is large."""
    large = e.builder.compare("fcmp oge", x, e.number(LARGE_IN_DOUBLE if e.is_double else LARGE_IN_SINGLE))
    zero = e.number(0.0)
    y, lost = e.builder.select(large, x, y), e.builder.select(large, zero, lost)
    return e.add(log1p(e.builder, y, lost), e.builder.select(large, e.number(math.log(2)), zero))


FUNCTIONS = {"arcsinh": arcsinh, "arccosh": arccosh, "arctanh": arctanh}
