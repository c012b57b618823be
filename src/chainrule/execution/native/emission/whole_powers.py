"""Powers xⁿ to a known whole number n: products of few factors, each known in two parts.

What rounding loses is carried along, so that the result is within one unit of its last place however large n
is. Of negative n it is the inverse that is multiplied: its powers are neither 0 nor infinite where xⁿ is not.
"""

from __future__ import annotations

from typing import NamedTuple

from ..llvm_ir import Builder, Value
from .floats import Emitter

MOST = 64  # which takes six products; a power by logarithm takes as long as twice as many


class Sum(NamedTuple):
    """A number as rounded, and what the rounding lost."""

    high: Value
    low: Value


def is_whole(exponent: Value) -> bool:
    """Whether there is a formula for powers to a number."""
    n = exponent.number
    return 2 <= abs(n) <= MOST and n == int(n)


def power(builder: Builder, x: Value, n: int) -> Value:
    """xⁿ, 2 ≤ |n| ≤ 64."""
    e = Emitter(builder, x.type)
    base = Sum(x, e.number(0.0)) if n > 0 else _inverse(e, x)
    factors = f"{abs(n):b}"[1:].replace("1", "01")  # a 0 is a square, a 1 a product with x
    result = base
    for factor in factors[:-1]:
        result = _product(e, result, base if factor == "1" else result)
    return _rounded_product(e, result, base if factors[-1] == "1" else result)


def _inverse(e: Emitter, x: Value) -> Sum:
    high = e.builder.fdiv(e.number(1.0), x)
    return Sum(high, e.multiply(high, e.fma(e.builder.fneg(high), x, e.number(1.0))))


def _product(e: Emitter, a: Sum, b: Sum) -> Sum:
    high, lost = e.exact_product(a.high, b.high)
    return Sum(high, e.add(lost, _cross(e, a, b)))


def _rounded_product(e: Emitter, a: Sum, b: Sum) -> Value:
    """The product; where it is 0, infinite or NaN, which are what twice them is, nothing was lost.

    One so small that what was lost is below all numbers is computed larger: there neither factor is above 1.
    """
    product = e.multiply(a.high, b.high)
    ordinary = e.builder.compare("fcmp one", product, e.add(product, product))
    least = e.number(2.0 ** (2 * e.format.fraction - e.format.bias))
    small = e.builder.compare("fcmp olt", e.absolute(product), least)
    scale = e.builder.select(small, e.number(2.0 ** (2 * e.format.fraction)), e.number(1.0))
    larger = Sum(e.multiply(a.high, scale), e.multiply(a.low, scale))
    result = e.fma(larger.high, b.high, _cross(e, larger, b))
    return e.builder.select(ordinary, e.multiply(result, e.inverse_of_power(scale)), product)


def _cross(e: Emitter, a: Sum, b: Sum) -> Value:
    return e.fma(a.high, b.low, e.multiply(a.low, b.high))
