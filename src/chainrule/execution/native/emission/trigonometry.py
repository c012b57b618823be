"""Sine, cosine and tangent, like :mod:`.exponentials`, but for one branch.

x is k π/2 + r, k whole and |r| ≤ π/4, with π/2 in three parts of full precision: x less k times the first is
exact, since both are whole multiples of the same power of two. Of r the sine or the cosine is a Taylor
series, k says which of them and with which sign. Where a number is so large that three parts do not do, the C
library computes it and what stands beside it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from ..llvm_ir import BIT, Builder, Type, Value, choice
from .floats import Emitter
from .library import by_library

HALF_PI = Fraction(0x1921FB54442D18469898CC51701B839A252049C1114CF98E, 1 << 188)
LARGEST_IN_DOUBLE, LARGEST_IN_SINGLE = 2.0**30, 2.0**15
TERMS_IN_DOUBLE, TERMS_IN_SINGLE = 9, 5


@dataclass(frozen=True, slots=True)
class Turned:
    """A number x as k π/2 + r + low.

    Attributes:
        quarter: k, whose last bits count.
        r: at most a little more than π/4.
        low: what its rounding lost.
    """

    quarter: Value
    r: Value
    low: Value


def sin(builder: Builder, x: Value) -> Value:
    """The sine."""
    return _of(builder, x, lambda e, x: _near(e, x, 0), "sin")


def cos(builder: Builder, x: Value) -> Value:
    """The cosine."""
    return _of(builder, x, lambda e, x: _near(e, x, 1), "cos")


def tan(builder: Builder, x: Value) -> Value:
    """The tangent."""
    return _of(builder, x, _tangent, "tan")


def _of(builder: Builder, x: Value, near: Callable[[Emitter, Value], Value], name: str) -> Value:
    """A function by its formula; of large numbers by the C library's function."""
    e = Emitter(builder, x.type)
    largest = LARGEST_IN_DOUBLE if e.is_double else LARGEST_IN_SINGLE
    large = builder.compare("fcmp oge", e.absolute(x), e.number(largest))
    if x.type.lanes:
        large = builder.intrinsic("vector.reduce.or", BIT, large)
    return choice(builder, large, lambda: by_library(builder, name, x), lambda: near(e, x))


def _near(e: Emitter, x: Value, ahead: int) -> Value:
    """The sine of x and so many quarters of a turn."""
    turned = _turned(e, x)
    quarter = e.builder.add(turned.quarter, e.integer(ahead)) if ahead else turned.quarter
    result = e.builder.select(_has_bit(e, quarter, 1), e.add(*_cosine(e, turned)), e.add(*_sine(e, turned)))
    result = e.builder.select(_has_bit(e, quarter, 2), e.builder.fneg(result), result)
    if ahead:
        return result
    return _zero_as_it_is(e, x, result)


def _tangent(e: Emitter, x: Value) -> Value:
    """sin r / cos r; an odd number of quarters of a turn further, −cos r / sin r."""
    turned = _turned(e, x)
    sine, cosine = (e.exact_sum_of_larger(*parts) for parts in (_sine(e, turned), _cosine(e, turned)))
    odd = _has_bit(e, turned.quarter, 1)
    above = [e.builder.select(odd, e.builder.fneg(c), s) for s, c in zip(sine, cosine, strict=True)]
    below = [e.builder.select(odd, s, c) for s, c in zip(sine, cosine, strict=True)]
    return _zero_as_it_is(e, x, e.quotient(*above, *below))


def _zero_as_it_is(e: Emitter, x: Value, result: Value) -> Value:
    """The sign of 0 is kept."""
    return e.builder.select(e.builder.compare("fcmp oeq", x, e.number(0.0)), x, result)


def _has_bit(e: Emitter, number: Value, bit: int) -> Value:
    return e.builder.compare("icmp ne", e.builder.binary("and", number, e.integer(bit)), e.integer(0))


def _turned(e: Emitter, x: Value) -> Turned:
    first, second, third = map(e.number, _parts(e.kind))
    rounder = e.number(e.format.rounder)
    shifted = e.fma(x, e.number(2 / math.pi), rounder)  # k stands in its last bits
    k = e.subtract(shifted, rounder)
    minus_k = e.builder.fneg(k)
    exact = e.fma(minus_k, first, x)
    product = e.multiply(minus_k, second)
    r, lost = e.exact_sum(exact, product)
    low = e.fma(minus_k, third, e.add(lost, e.fma(minus_k, second, e.builder.fneg(product))))
    return Turned(e.bits(shifted), r, low)


def _parts(kind: Type) -> list[float]:
    """π/2 as a sum of three numbers of a format."""
    rest, parts = HALF_PI, []
    for _ in range(3):
        number = kind.wide(0)(float(rest)).number
        parts.append(number)
        rest -= Fraction(number)
    return parts


def _sine(e: Emitter, t: Turned) -> tuple[Value, Value]:
    """r and, to be added, (r³ (−1/6 + r²/120 − …) + low (1 − r²/2))."""
    square = e.multiply(t.r, t.r)
    cube = e.multiply(square, t.r)
    tail = e.series(square, [(-1) ** i / math.factorial(2 * i + 1) for i in range(1, _terms(e))])
    near = e.fma(e.multiply(square, e.number(-0.5)), t.low, t.low)
    return t.r, e.fma(cube, tail, near)


def _cosine(e: Emitter, t: Turned) -> tuple[Value, Value]:
    """1 − r²/2, rounded, and to be added what that lost with r⁴ (1/24 − r²/720 + …) − r low."""
    square = e.multiply(t.r, t.r)
    half = e.multiply(square, e.number(0.5))
    first = e.subtract(e.number(1.0), half)
    lost = e.subtract(e.subtract(e.number(1.0), first), half)
    tail = e.series(square, [(-1) ** i / math.factorial(2 * i) for i in range(2, _terms(e) + 1)])
    rest = e.fma(e.multiply(square, square), tail, e.fma(e.builder.fneg(t.r), t.low, lost))
    return first, rest


def _terms(e: Emitter) -> int:
    return TERMS_IN_DOUBLE if e.is_double else TERMS_IN_SINGLE


FUNCTIONS = {"sin": sin, "cos": cos, "tan": tan}
