"""The inverse tangent as straight-line code, like :mod:`.mathematics`.

The angle of |x| is one of 0, π/4 and π/2 and a small one, whose tangent t is x, (x − 1)/(x + 1) or −1/x: it
is the nearest that leaves |t| ≤ tan(π/8) = √2 − 1. There the angle is its Chebyshev series, as a polynomial
in t.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache

from ..llvm_ir import Builder, Value
from .mathematics import Emitter
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
    quarter, quarter_low = _in_two_parts(e, HALF_PI / 2)
    half, half_low = _in_two_parts(e, HALF_PI)
    square = e.multiply(t, t)
    coefficients = [float(c) for c in _series(TERMS_IN_DOUBLE if e.is_double else TERMS_IN_SINGLE)]
    tail = e.multiply(square, e.series(square, coefficients[1:]))
    low = e.fma(t, tail, chosen(zero, quarter_low, half_low))
    angle, lost = e.exact_sum_of_larger(chosen(zero, quarter, half), t)
    return e.with_sign_of(e.add(angle, e.add(lost, low)), x)


def _in_two_parts(e: Emitter, number: Fraction) -> tuple[Value, Value]:
    high = e.number(float(number))
    return high, e.number(float(number - Fraction(high.number)))


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
