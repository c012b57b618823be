"""The cube root as straight-line code, like :mod:`.exponentials`.

|x| is 2³ᵏ a with a from √½/2 to 2√2. A polynomial gives r near 1/∛a, which Newton's steps make precise, and
a r² is the root, whose own error is taken off at last.
"""

from __future__ import annotations

import math

from ..llvm_ir import Builder, Value
from .floats import Emitter
from .logarithms import fraction_and_exponent

# Coefficients of the polynomial in m from √½ to √2, near 1/∛m: it agrees with this at Chebyshev points.
INVERSE = [
    1.995341481913526, -2.4668647417873153, 2.754857752141042, -1.8620663942011886, 0.683577431562695,
    -0.10484262703707782,
]  # fmt: skip


def cbrt(builder: Builder, x: Value) -> Value:
    """∛x."""
    e = Emitter(builder, x.type)
    size, zero, third = e.absolute(x), e.number(0.0), e.number(1 / 3)
    f, whole = fraction_and_exponent(e, size)
    m = e.add(f, e.number(1.0))
    shifted = e.fma(whole, third, e.number(e.format.rounder))  # k stands in its last bits
    rest = e.fma(e.subtract(shifted, e.number(e.format.rounder)), e.number(-3.0), whole)
    more, less = (builder.compare(f"fcmp {sign}", rest, zero) for sign in ("ogt", "olt"))

    def chosen(more_than: float, less_than: float) -> Value:
        return builder.select(
            more, e.number(more_than), builder.select(less, e.number(less_than), e.number(1.0))
        )

    a = e.multiply(m, chosen(2.0, 0.5))
    r = e.multiply(e.series(m, INVERSE), chosen(2 ** (-1 / 3), 2 ** (1 / 3)))
    if e.is_double:
        off = e.fma(e.multiply(e.multiply(r, r), builder.fneg(r)), a, e.number(1.0))  # 1 − a r³
        r = e.fma(e.multiply(r, off), e.fma(off, e.number(2 / 9), third), r)
    square = e.multiply(r, r)
    root = e.multiply(a, square)
    root = e.fma(_left(e, a, root), e.multiply(square, third), root)
    root = e.multiply(root, e.power_of_two(e.exponent(shifted)))
    ordinary = builder.binary(
        "and",
        builder.compare("fcmp ogt", size, zero),
        builder.compare("fcmp olt", size, e.number(math.inf)),
    )
    return builder.select(ordinary, e.with_sign_of(root, x), x)


def _left(e: Emitter, a: Value, root: Value) -> Value:
    """a less the cube of a number near its root."""
    square, lost = e.exact_product(root, root)
    return e.fma(e.builder.fneg(lost), root, e.fma(e.builder.fneg(square), root, a))
