"""The inverse tangent as straight-line code, like :mod:`.exponentials`.

The angle of |x| is one of 0, π/4 and π/2 and a small one, whose tangent t is x, (x − 1)/(x + 1) or −1/x: it
is the nearest that leaves |t| ≤ tan(π/8) = √2 − 1. There the angle is its Chebyshev series, as a polynomial
in t.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache

from ..llvm_ir import Builder, Value
from .floats import Emitter
from .hypotenuse import balancing, in_order
from .trigonometry import HALF_PI

NEAR = math.sqrt(2) - 1
LARGEST = 2.0**60  # beyond, the angle rounds to π/2
TERMS_IN_DOUBLE, TERMS_IN_SINGLE = 13, 7


def arctan(builder: Builder, x: Value) -> Value:
    """The angle between −π/2 and π/2 whose tangent is x."""
    e = Emitter(builder, x.type)
    size, zero, one = e.smaller(e.absolute(x), LARGEST), e.number(0.0), e.number(1.0)
    middle = builder.compare("fcmp ogt", size, e.number(NEAR))
    far = builder.compare("fcmp ogt", size, e.number(1 / NEAR))

    def chosen(near: Value, between: Value, beyond: Value) -> Value:
        return builder.select(far, beyond, builder.select(middle, between, near))

    less, less_lost = e.exact_sum(size, e.number(-1.0))
    more, more_lost = e.exact_sum(size, one)
    t = e.quotient(
        chosen(size, less, e.number(-1.0)),
        chosen(zero, less_lost, zero),
        chosen(one, more, size),
        chosen(zero, more_lost, zero),
    )
    quarter, half = (e.in_two_parts(number) for number in (HALF_PI / 2, HALF_PI))
    angle, low = (chosen(zero, *parts) for parts in zip(quarter, half, strict=True))
    return e.with_sign_of(_sum(e, angle, low, t), x)


def arctan2(builder: Builder, y: Value, x: Value) -> Value:
    """The angle between −π and π of the point (x, y).

    Up to π/8 from an axis, t is the quotient of the shorter side and the longer one; beyond, that of the
    angle from π/4, as above. The angle is then turned to where the point is.
    """
    e = Emitter(builder, x.type)
    zero = e.number(0.0)
    longer, shorter = in_order(e, y, x)
    scale = balancing(e, longer)
    long, short = e.multiply(longer, scale), e.multiply(shorter, scale)
    between = e.quotient(*e.exact_sum(short, builder.fneg(long)), *e.exact_sum(short, long))
    equal, none = builder.compare("fcmp oeq", shorter, longer), builder.compare("fcmp oeq", shorter, zero)
    beyond = builder.compare("fcmp ogt", shorter, e.multiply(longer, e.number(NEAR)))
    middle = builder.binary("or", beyond, _but(e, equal, none))
    t = builder.select(middle, between, builder.fdiv(shorter, longer))
    t = builder.select(builder.binary("or", equal, none), zero, t)
    steep = builder.compare("fcmp ogt", e.absolute(y), e.absolute(x))
    left = builder.compare("fcmp olt", e.with_sign_of(e.number(1.0), x), zero)
    t = builder.select(builder.binary("xor", steep, left), builder.fneg(t), t)
    parts = [e.in_two_parts(HALF_PI * Fraction(k, 2)) for k in range(5)]

    def turned(part: int) -> Value:
        level, quarter, half, three, whole = (found[part] for found in parts)
        near = builder.select(steep, half, builder.select(left, whole, level))
        return builder.select(middle, builder.select(left, three, quarter), near)

    result = e.with_sign_of(_sum(e, turned(0), turned(1), t), y)
    return builder.select(builder.compare("fcmp uno", x, y), e.add(x, y), result)


def _but(e: Emitter, a: Value, b: Value) -> Value:
    """Whether a and not b."""
    return e.builder.binary("and", a, e.builder.binary("xor", b, b.type(1)))


def _sum(e: Emitter, angle: Value, angle_low: Value, t: Value) -> Value:
    """An angle in two parts, and the one whose tangent is t."""
    square = e.multiply(t, t)
    coefficients = [float(c) for c in _series(TERMS_IN_DOUBLE if e.is_double else TERMS_IN_SINGLE)]
    tail = e.multiply(square, e.series(square, coefficients[1:]))
    total, lost = e.exact_sum_of_larger(angle, t)
    return e.add(total, e.add(lost, e.fma(t, tail, angle_low)))


@lru_cache(maxsize=2)
def _series(terms: int) -> tuple[Fraction, ...]:
    """The coefficients of t, t³, t⁵, … of the Chebyshev series of arctan t on |t| ≤ √2 − 1.

    With τ = √2 − 1, u = t/τ and p = (√(1 + τ²) − 1)/τ it is 2 Σ (−1)ᵏ p²ᵏ⁺¹/(2k + 1) T₂ₖ₊₁(u).
    """
    τ = Fraction(NEAR)
    p = Fraction(math.isqrt((1 + τ * τ).numerator << 240), math.isqrt((1 + τ * τ).denominator << 240))
    p = (p - 1) / τ
    before, polynomial = [Fraction(1)], [Fraction(0), Fraction(1)]  # T₀ and T₁
    found = [Fraction(0)] * (2 * terms)
    for degree in range(1, 2 * terms):
        if degree % 2:
            factor = 2 * (-1) ** (degree // 2) * p**degree / degree
            for i, coefficient in enumerate(polynomial):
                found[i] += factor * coefficient
        following = [Fraction(0), *[2 * c for c in polynomial]]
        for i, coefficient in enumerate(before):
            following[i] -= coefficient
        before, polynomial = polynomial, following
    return tuple(found[i] / τ**i for i in range(1, 2 * terms, 2))
