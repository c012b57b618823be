"""The inverse sine and cosine as straight-line code, like :mod:`.exponentials`.

Up to ½, arcsin s = s + s³ p(s²), p being the polynomial that agrees with this at Chebyshev points. Beyond,
arcsin s = π/2 − 2 arcsin √((1 − s)/2), whose root is at most ½.
"""

from __future__ import annotations

from typing import NamedTuple

from ..llvm_ir import Builder, Value
from .floats import Emitter
from .trigonometry import HALF_PI

# Coefficients of p(z), 0 ≤ z ≤ ¼.
IN_DOUBLE = [
    0.16666666666666669, 0.07499999999998433, 0.04464285714635543, 0.030381944138531247,
    0.02237217294214989, 0.017352392720869973, 0.013971212973552933, 0.011479177415184906,
    0.01032281435018578, 0.005457506718640358, 0.01740087944269402, -0.014851887071247204,
    0.028757851367421566,
]  # fmt: skip
IN_SINGLE = [
    0.16666666337430908, 0.07500094543497424, 0.04459940152851218, 0.03110066273549457,
    0.017149238357677253, 0.03369084720283012,
]  # fmt: skip


class Small(NamedTuple):
    """A sine s of at most ½: itself or the root, whether it is the root, and s³ p(s²)."""

    s: Value
    far: Value
    tail: Value


def arcsin(builder: Builder, x: Value) -> Value:
    """The angle between −π/2 and π/2 whose sine is x."""
    e = Emitter(builder, x.type)
    small = _small(e, x)
    factor = builder.select(small.far, e.number(-2.0), e.number(1.0))
    base = [builder.select(small.far, part, e.number(0.0)) for part in e.in_two_parts(HALF_PI)]
    return e.with_sign_of(_sum(e, base[0], base[1], factor, small), x)


def arccos(builder: Builder, x: Value) -> Value:
    """The angle between 0 and π whose cosine is x."""
    e = Emitter(builder, x.type)
    small, zero = _small(e, x), e.number(0.0)
    negative = builder.compare("fcmp olt", x, zero)
    size = builder.select(small.far, e.number(-2.0), e.number(1.0))
    factor = builder.select(negative, size, builder.fneg(size))
    parts = zip(e.in_two_parts(HALF_PI), e.in_two_parts(2 * HALF_PI), strict=True)
    base = [
        builder.select(small.far, builder.select(negative, whole, zero), quarter) for quarter, whole in parts
    ]
    return _sum(e, base[0], base[1], factor, small)


def _small(e: Emitter, x: Value) -> Small:
    size, half = e.absolute(x), e.number(0.5)
    far = e.builder.compare("fcmp ogt", size, half)
    halved = e.fma(size, e.number(-0.5), half)
    square = e.builder.select(far, halved, e.multiply(size, size))
    s = e.builder.select(far, e.builder.intrinsic("sqrt", e.kind, halved), size)
    p = e.series(square, IN_DOUBLE if e.is_double else IN_SINGLE)
    return Small(s, far, e.multiply(e.multiply(s, square), p))


def _sum(e: Emitter, base: Value, base_low: Value, factor: Value, small: Small) -> Value:
    """An angle in two parts, not smaller than the rest unless it is 0, and a multiple of the small one."""
    total, lost = e.exact_sum_of_larger(base, e.multiply(factor, small.s))
    return e.add(total, e.add(lost, e.fma(factor, small.tail, base_low)))


FUNCTIONS = {"arcsin": arcsin, "arccos": arccos}
