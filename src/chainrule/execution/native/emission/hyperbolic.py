"""Hyperbolic sine and cosine as straight-line code, like :mod:`.exponentials`.

|x| is k ln 2 + r, so with a = eʳ − 1 and w = 2⁻²ᵏ they are 2ᵏ⁻¹ ((1 + a) ∓ w/(1 + a)), and 1/(1 + a) is 1 − q
with q = a/(1 + a): nothing cancels where each term is small beside those before it.
"""

from __future__ import annotations

from typing import NamedTuple

from ..llvm_ir import Builder, Value
from .exponentials import Reduced, reduced_argument, scales_of
from .floats import Emitter

LARGEST_EXPONENT = 60  # of 2ᵏ; beyond, w is nothing beside 1


class Parts(NamedTuple):
    """What the formulas are made of.

    Attributes:
        w: 2⁻²ᵏ.
        a: eʳ − 1, rounded.
        q: a/(1 + a).
        low: what the rounding of a lost.
        reduced: the number as k ln 2 + r.
    """

    w: Value
    a: Value
    q: Value
    low: Value
    reduced: Reduced


def sinh(builder: Builder, x: Value) -> Value:
    """2ᵏ⁻¹ ((1 − w) + (a + w q))."""
    e = Emitter(builder, x.type)
    parts = _parts(e, x)
    small = e.add(e.fma(parts.w, parts.q, parts.a), parts.low)
    return e.with_sign_of(_scaled(e, parts, e.add(e.subtract(e.number(1.0), parts.w), small)), x)


def cosh(builder: Builder, x: Value) -> Value:
    """2ᵏ⁻¹ ((1 + w) + (a − w q))."""
    e = Emitter(builder, x.type)
    parts = _parts(e, x)
    small = e.fma(builder.fneg(parts.w), parts.q, parts.a)
    return _scaled(e, parts, e.add(e.add(e.number(1.0), parts.w), small))


def _parts(e: Emitter, x: Value) -> Parts:
    found = reduced_argument(e, e.smaller(e.absolute(x), e.format.greatest_exponent + 2))
    below, lost = e.exact_sum_of_larger(e.number(1.0), found.above)
    q = e.quotient(found.above, found.low, below, e.add(lost, found.low))
    return Parts(_inverse_square(e, found), found.above, q, found.low, found)


def _inverse_square(e: Emitter, found: Reduced) -> Value:
    """2⁻²ᵏ."""
    if e.has_powers:
        return e.scaled(e.number(1.0), e.multiply(found.whole, e.number(-2.0)))
    most = e.integer(e.format.bias + LARGEST_EXPONENT)
    within = e.builder.compare("icmp slt", found.exponent, most)
    bounded = e.builder.select(within, found.exponent, most)
    inverse = e.power_of_two(e.builder.sub(e.integer(2 * e.format.bias), bounded))
    return e.multiply(inverse, inverse)


def _scaled(e: Emitter, parts: Parts, value: Value) -> Value:
    if e.has_powers:
        return e.scaled(value, e.subtract(parts.reduced.whole, e.number(1.0)))
    first, second = scales_of(e, parts.reduced.exponent)
    return e.multiply(e.multiply(e.multiply(value, e.number(0.5)), first), second)


FUNCTIONS = {"sinh": sinh, "cosh": cosh}
