"""Exponentials, tanh and the sigmoid as straight-line code, for one number or for a vector register of them.

Each reduces its argument to a small interval (Cody and Waite), sums a Taylor series with fused multiply-adds
(Estrin's scheme, whose additions wait less for each other than Horner's), and scales back by a power of two
made from bits. No value is branched on, only selected.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from ..llvm_ir import Builder, Value
from .floats import Emitter


@dataclass(frozen=True, slots=True)
class Reduced:
    """A number x as k ln 2 + r, k whole and |r| ≤ ln 2 / 2.

    Attributes:
        exponent: k and the format's bias, an integer.
        whole: k as a floating-point number.
        above: eʳ − 1, rounded.
        low: what that rounding lost.
    """

    exponent: Value
    whole: Value
    above: Value
    low: Value


def reduced_argument(e: Emitter, x: Value, further: Value | None = None) -> Reduced:
    """x as k ln 2 + r; ``further`` is a small number that x was rounded by."""
    f, rounder = e.format, e.number(e.format.rounder)
    shifted = e.builder.multiply_add(x, e.number(1 / math.log(2)), rounder)  # k stands in its last bits
    k = e.subtract(shifted, rounder)
    minus_k = e.builder.fneg(k)
    high = e.fma(minus_k, e.number(f.ln2_high), x)
    r = e.fma(minus_k, e.number(f.ln2_low), high)
    lost = e.fma(minus_k, e.number(f.ln2_low), e.subtract(high, r))
    if further is not None:
        r, rounded = e.exact_sum(r, further)
        lost = e.add(lost, rounded)
    return _series_of(e, shifted, r, lost)


def _series_of(e: Emitter, shifted: Value, r: Value, lost: Value) -> Reduced:
    """The reduced number k ln 2 + r + lost; ``shifted`` is k and the format's rounder."""
    f = e.format
    tail = e.series(r, [1 / math.factorial(i) for i in range(2, f.exp_terms + 1)])
    above, low = e.exact_sum_of_larger(r, e.fma(e.multiply(r, r), tail, lost))
    return Reduced(e.exponent(shifted), e.subtract(shifted, e.number(f.rounder)), above, low)


def _power_of(e: Emitter, reduced: Reduced) -> Value:
    """2ᵏ, within the normal range."""
    if e.has_powers:
        return e.scaled(e.number(1.0), reduced.whole)
    return e.power_of_two(reduced.exponent)


def scales_of(e: Emitter, exponent: Value) -> tuple[Value, Value]:
    """Two powers of two whose product has that exponent, each within the normal range where it is not."""
    both = e.builder.add(exponent, e.integer(e.format.bias))
    half = e.builder.binary("lshr", both, e.integer(1))
    return e.power_of_two(half), e.power_of_two(e.builder.sub(both, half))


def exp(builder: Builder, x: Value, further: Value | None = None) -> Value:
    """eˣ, to overflow and through the subnormal numbers.

    ``further`` is a small number that x was rounded by.
    """
    e = Emitter(builder, x.type)
    bounded = e.larger(e.smaller(x, e.format.greatest_exponent), e.format.least_exponent)
    return _scaled(e, reduced_argument(e, bounded, further))


def exp2(builder: Builder, x: Value) -> Value:
    """2ˣ = 2ᵏ e^((x − k) ln 2), k whole."""
    e = Emitter(builder, x.type)
    most, least = (x / math.log(2) for x in (e.format.greatest_exponent, e.format.least_exponent))
    rounder, ln2 = e.number(e.format.rounder), e.number(math.log(2))
    bounded = e.larger(e.smaller(x, most), least)
    shifted = e.add(bounded, rounder)
    rest = e.subtract(bounded, e.subtract(shifted, rounder))
    return _scaled(e, _series_of(e, shifted, *e.exact_product(rest, ln2)))


def _scaled(e: Emitter, reduced: Reduced) -> Value:
    """2ᵏ eʳ."""
    if e.has_powers:
        return e.scaled(e.add(e.number(1.0), reduced.above), reduced.whole)
    first, second = scales_of(e, reduced.exponent)
    return e.multiply(e.multiply(e.add(e.number(1.0), reduced.above), first), second)


def expm1(builder: Builder, x: Value) -> Value:
    """eˣ − 1 = 2ᵏ ((eʳ − 1) + 1 − 2⁻ᵏ) or, in steps, (2ᵃ (eʳ − 1) + 2ᵃ − 2⁻ᵇ) 2ᵇ, where k = a + b."""
    e = Emitter(builder, x.type)
    bounded = e.larger(e.smaller(x, e.format.greatest_exponent), -50.0)
    reduced = reduced_argument(e, bounded)
    if e.has_powers:
        one, minus_k = e.number(1.0), builder.fneg(reduced.whole)
        apart = e.subtract(one, e.scaled(one, minus_k))
        result = e.scaled(e.add(e.add(apart, reduced.above), reduced.low), reduced.whole)
    else:
        first, second = scales_of(e, reduced.exponent)
        apart = e.subtract(first, e.inverse_of_power(second))
        total = e.add(e.fma(first, reduced.above, apart), e.multiply(first, reduced.low))
        result = e.multiply(total, second)
    return builder.select(builder.compare("fcmp oeq", x, e.number(0.0)), x, result)


def tanh(builder: Builder, x: Value) -> Value:
    """t/(2 + t), t = eʸ − 1 = 2ᵏ (eʳ − 1) + 2ᵏ − 1, of y = −2|x| = k ln 2 + r, but for the sign."""
    e = Emitter(builder, x.type)
    reduced = reduced_argument(e, e.larger(e.multiply(e.absolute(x), e.number(-2.0)), -50.0))
    scale = _power_of(e, reduced)
    apart, lost = e.exact_sum_of_larger(e.number(-1.0), scale)
    t = e.fma(scale, reduced.above, apart)
    t_low = e.add(e.fma(scale, reduced.above, e.subtract(apart, t)), e.fma(scale, reduced.low, lost))
    below, lost = e.exact_sum_of_larger(e.number(2.0), t)
    return e.with_sign_of(e.quotient(t, t_low, below, e.add(lost, t_low)), x)


def expit(builder: Builder, x: Value) -> Value:
    """1/(1 + e⁻ˣ); for negative x as eˣ/(1 + eˣ), which keeps its relative precision."""
    e = Emitter(builder, x.type)
    one = e.number(1.0)
    reduced = reduced_argument(e, e.larger(builder.fneg(e.absolute(x)), e.format.least_exponent))
    power, lost = e.exact_sum_of_larger(one, reduced.above)  # e^(−|x|) but for its scale
    low = e.add(lost, reduced.low)
    if e.has_powers:
        scale = e.scaled(one, reduced.whole)
    else:
        first, second = scales_of(e, reduced.exponent)
        scale = e.multiply(first, second)
    under, under_lost = e.exact_sum_of_larger(one, e.multiply(power, scale))
    negative = builder.compare("fcmp olt", x, e.number(0.0))

    def if_negative(value: Value, otherwise: float) -> Value:
        return builder.select(negative, value, e.number(otherwise))

    result = e.quotient(if_negative(power, 1.0), if_negative(low, 0.0), under, e.fma(low, scale, under_lost))
    if e.has_powers:
        return e.scaled(result, if_negative(reduced.whole, 0.0))
    return e.multiply(e.multiply(result, if_negative(first, 1.0)), if_negative(second, 1.0))


FUNCTIONS: dict[str, Callable[[Builder, Value], Value]] = {
    "exp": exp,
    "exp2": exp2,
    "expm1": expm1,
    "tanh": tanh,
    "expit": expit,
}
