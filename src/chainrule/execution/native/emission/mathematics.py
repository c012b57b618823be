"""Exponentials, logarithms, tanh and the sigmoid as straight-line code, which LLVM makes vector instructions
of.

Each reduces its argument to a small interval (Cody and Waite), sums a Taylor series with fused multiply-adds
(Estrin's scheme, whose additions wait less for each other than Horner's), and scales back by a power of two
made from bits. No value is branched on, only selected.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass

from ..llvm_ir import DOUBLE, INT, LONG, Builder, Type, Value
from ..target import NARROWEST
from . import processor


@dataclass(frozen=True, slots=True)
class Format:
    """A floating-point format: its integer type, how many bits follow the leading one, and what suits it."""

    integer: Type
    fraction: int
    bias: int
    exp_terms: int
    log_terms: int
    ln2_high: float
    ln2_low: float
    least_exponent: float
    greatest_exponent: float

    @property
    def rounder(self) -> float:
        """A number so large that adding it rounds to an integer."""
        return 1.5 * 2.0**self.fraction


# ln 2 in two parts, the first with so few bits that its product with an exponent is exact.
IN_DOUBLE = Format(
    LONG, 52, 1023, 13, 11, 6.93147180369123816490e-01, 1.90821492927058770002e-10, -746.0, 710.0
)
IN_SINGLE = Format(INT, 23, 127, 7, 5, 0.693359375, -2.12194440054690583e-4, -104.0, 89.0)


@dataclass(frozen=True, slots=True)
class Emitter:
    """Formulas on registers of one floating-point format."""

    builder: Builder
    kind: Type

    @property
    def format(self) -> Format:
        return IN_DOUBLE if self.is_double else IN_SINGLE

    @property
    def is_double(self) -> bool:
        """Whether the format is that of 64 bits."""
        return self.kind.name == DOUBLE.name

    @property
    def has_powers(self) -> bool:
        """Whether the processor has instructions for powers of two in such registers."""
        size = self.kind.lanes * (8 if self.is_double else 4)
        return self.builder.module.has_powers and size >= NARROWEST

    def number(self, value: float) -> Value:
        return self.kind(value)

    def integer(self, value: int) -> Value:
        return self.format.integer.wide(self.kind.lanes)(value)

    def add(self, a: Value, b: Value) -> Value:
        return self.builder.fadd(a, b)

    def subtract(self, a: Value, b: Value) -> Value:
        return self.builder.fsub(a, b)

    def multiply(self, a: Value, b: Value) -> Value:
        return self.builder.fmul(a, b)

    def fma(self, a: Value, b: Value, c: Value) -> Value:
        """a·b + c, rounded once."""
        return self.builder.fma(a, b, c)

    def absolute(self, x: Value) -> Value:
        return self.builder.intrinsic("fabs", self.kind, x)

    def with_sign_of(self, x: Value, sign: Value) -> Value:
        return self.builder.intrinsic("copysign", self.kind, x, sign)

    def smaller(self, a: Value, limit: float) -> Value:
        """a, or the limit where that is smaller; NaN stays NaN."""
        bound = self.number(limit)
        return self.builder.select(self.builder.compare("fcmp olt", bound, a), bound, a)

    def larger(self, a: Value, limit: float) -> Value:
        """a, or the limit where that is larger; NaN stays NaN."""
        bound = self.number(limit)
        return self.builder.select(self.builder.compare("fcmp ogt", bound, a), bound, a)

    def nan_as_it_is(self, x: Value, result: Value) -> Value:
        return self.builder.select(self.builder.compare("fcmp uno", x, x), x, result)

    def exact_sum(self, a: Value, b: Value) -> tuple[Value, Value]:
        """a + b as rounded, and what the rounding lost (Knuth)."""
        total = self.add(a, b)
        part = self.subtract(total, a)
        lost = self.add(self.subtract(a, self.subtract(total, part)), self.subtract(b, part))
        return total, lost

    def exact_sum_of_larger(self, a: Value, b: Value) -> tuple[Value, Value]:
        """The same where |a| ≥ |b| or a is 0 (Dekker)."""
        total = self.add(a, b)
        return total, self.subtract(b, self.subtract(total, a))

    def quotient(self, above: Value, above_low: Value, below: Value, below_low: Value) -> Value:
        """(above + above_low)/(below + below_low), each the sum of a number and a small correction."""
        inverse = self.builder.fdiv(self.number(1.0), below)
        q = self.multiply(above, inverse)
        minus_q = self.builder.fneg(q)
        left = self.fma(minus_q, below_low, self.add(self.fma(minus_q, below, above), above_low))
        return self.fma(left, inverse, q)

    def bits(self, x: Value) -> Value:
        """x as the integer whose bits it has."""
        return self.builder.convert("bitcast", x, self.format.integer)

    def power_of_two(self, exponent: Value) -> Value:
        """2 to the power of an integer that the format's bias is part of, within its normal range."""
        shifted = self.builder.binary("shl", exponent, self.integer(self.format.fraction))
        return self.builder.convert("bitcast", shifted, self.kind)

    def power_of(self, reduced: Reduced) -> Value:
        """2ᵏ, within the normal range."""
        if self.has_powers:
            return self.scaled(self.number(1.0), reduced.whole)
        return self.power_of_two(reduced.exponent)

    def scaled(self, x: Value, whole: Value) -> Value:
        """x·2ᵏ, rounded once, where the processor has powers; k is a floating-point number."""
        return processor.scaled(self.builder, x, whole)

    def reciprocal(self, x: Value) -> Value:
        """1/x within 2 ulp, where the processor has powers, by Newton's steps; of 0 and infinity NaN."""
        found = processor.near_reciprocal(self.builder, x)
        for _ in range(2 if self.is_double else 1):
            found = self.fma(found, self.fma(self.builder.fneg(x), found, self.number(1.0)), found)
        return found

    def exponent(self, shifted: Value) -> Value:
        """The whole number that stands in the last bits of one to which the rounder was added, and the
        format's bias."""
        f = self.format
        return self.builder.add(self.bits(shifted), self.integer(f.bias - _bits(f.rounder, f)))

    def inverse_of_power(self, power: Value) -> Value:
        """1 over a power of two, both within the normal range."""
        ones = self.integer(2 * self.format.bias << self.format.fraction)
        return self.builder.convert("bitcast", self.builder.sub(ones, self.bits(power)), self.kind)

    def series(self, x: Value, coefficients: list[float]) -> Value:
        """c₀ + x(c₁ + x c₂ + x²(c₃ + x c₄) + …): only the last addition rounds much."""
        first, *rest = (self.number(coefficient) for coefficient in coefficients)
        return self.fma(self._in_pairs(x, rest), x, first)

    def _in_pairs(self, x: Value, terms: list[Value]) -> Value:
        """c₀ + x c₁ + x²(c₂ + x c₃) + …: pairs, which do not wait for each other, in a series in x²."""
        if len(terms) == 1:
            return terms[0]
        pairs = [terms[i : i + 2] for i in range(0, len(terms), 2)]
        sums = [self.fma(pair[1], x, pair[0]) if len(pair) == 2 else pair[0] for pair in pairs]
        return self._in_pairs(self.multiply(x, x), sums) if len(sums) > 1 else sums[0]


def _bits(value: float, f: Format) -> int:
    codes = ("<d", "<q") if f is IN_DOUBLE else ("<f", "<i")
    return int(struct.unpack(codes[1], struct.pack(codes[0], value))[0])


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
    """``further`` is a small number that x was rounded by."""
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
    r = e.multiply(rest, ln2)
    return _scaled(e, _series_of(e, shifted, r, e.fma(rest, ln2, builder.fneg(r))))


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
    scale = e.power_of(reduced)
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


def log(builder: Builder, x: Value) -> Value:
    """e ln 2 + log m with x = 2ᵉ m, √½ ≤ m < √2: log m from f = m − 1 and the series of 2 artanh(f/(2 +
    f))."""
    e = Emitter(builder, x.type)
    f, whole = fraction_and_exponent(e, x)
    return where_defined(e, x, _log_of(e, f, whole))


def log2(builder: Builder, x: Value) -> Value:
    """e + log m / ln 2, likewise."""
    e = Emitter(builder, x.type)
    f, whole = fraction_and_exponent(e, x)
    return where_defined(e, x, e.fma(_log_of(e, f, e.number(0.0)), e.number(1 / math.log(2)), whole))


def fraction_and_exponent(e: Emitter, x: Value) -> tuple[Value, Value]:
    """m − 1 and e, both floating-point numbers, of x = 2ᵉ m, √½ ≤ m < √2."""
    builder, f = e.builder, e.format
    if e.has_powers:
        m, exponent = processor.fraction(builder, x), processor.whole_logarithm(builder, x)
        one, above = e.number(1.0), builder.compare("fcmp ogt", m, e.number(math.sqrt(2)))
        m = builder.select(above, e.multiply(m, e.number(0.5)), m)
        return e.subtract(m, one), builder.select(above, e.add(exponent, one), exponent)
    smallest = 2.0 ** (1 - f.bias)
    tiny = builder.compare("fcmp olt", x, e.number(smallest))
    scaled = builder.select(tiny, e.multiply(x, e.number(2.0 ** (f.fraction + 2))), x)
    bits = builder.convert("bitcast", scaled, f.integer)
    above = builder.sub(bits, e.integer(_bits(math.sqrt(0.5), f)))
    exponent = builder.binary("ashr", above, e.integer(f.fraction))
    mantissa = builder.convert(
        "bitcast", builder.sub(bits, builder.binary("shl", exponent, e.integer(f.fraction))), x.type
    )
    rounder = e.number(f.rounder)
    whole = e.subtract(
        builder.convert("bitcast", builder.add(exponent, e.integer(_bits(f.rounder, f))), x.type), rounder
    )
    whole = builder.select(tiny, e.subtract(whole, e.number(f.fraction + 2.0)), whole)
    return e.subtract(mantissa, e.number(1.0)), whole


def where_defined(e: Emitter, x: Value, result: Value) -> Value:
    """A logarithm of positive numbers, and what it is of others."""
    builder = e.builder
    result = builder.select(builder.compare("fcmp oeq", x, e.number(0.0)), e.number(-math.inf), result)
    if not e.has_powers:  # else the fraction is NaN already
        result = builder.select(builder.compare("fcmp olt", x, e.number(0.0)), e.number(math.nan), result)
    return builder.select(builder.compare("fcmp olt", x, e.number(math.inf)), result, x)


def log1p(builder: Builder, x: Value, further: Value | None = None) -> Value:
    """log(1 + x): the logarithm of the rounded sum, and what the rounding lost, divided by it.

    ``further`` is a small number that x was rounded by.
    """
    e = Emitter(builder, x.type)
    total, lost = e.exact_sum(e.number(1.0), x)
    lost = lost if further is None else e.add(lost, further)
    if e.has_powers:
        correction = e.multiply(lost, e.reciprocal(total))
        correction = builder.select(
            builder.compare("fcmp ord", correction, correction), correction, e.number(0.0)
        )
        result = e.add(log(builder, total), correction)
        return builder.select(builder.compare("fcmp oeq", x, e.number(0.0)), x, result)
    ordinary = builder.compare("fcmp olt", e.absolute(total), e.number(math.inf))
    usable = builder.binary("and", ordinary, builder.compare("fcmp ogt", total, e.number(0.0)))
    below = builder.select(usable, total, e.number(1.0))
    correction = builder.select(usable, builder.fdiv(lost, below), e.number(0.0))
    result = e.add(log(builder, total), correction)
    return builder.select(builder.compare("fcmp oeq", x, e.number(0.0)), x, result)


def _log_of(e: Emitter, f: Value, whole: Value) -> Value:
    """whole·ln 2 + log(1 + f)."""
    half_square, s, rest = _terms_of_log(e, f)
    low = e.fma(s, e.add(half_square, rest), e.multiply(whole, e.number(e.format.ln2_low)))
    return e.fma(whole, e.number(e.format.ln2_high), e.subtract(f, e.subtract(half_square, low)))


def logarithm_in_parts(e: Emitter, f: Value) -> tuple[Value, Value]:
    """log(1 + f) as f − f²/2, rounded, and the rest."""
    half_square, s, rest = _terms_of_log(e, f)
    high = e.subtract(f, half_square)
    lost = e.subtract(e.subtract(f, high), half_square)
    return high, e.fma(s, e.add(half_square, rest), lost)


def _terms_of_log(e: Emitter, f: Value) -> tuple[Value, Value, Value]:
    """f²/2, s = f/(2 + f) and r with log(1 + f) = f − f²/2 + s (f²/2 + r)."""
    s = e.builder.fdiv(f, e.add(e.number(2.0), f))
    z = e.multiply(s, s)
    coefficients = [2.0 / (2 * i + 1) for i in range(1, e.format.log_terms + 1)]
    return e.multiply(e.multiply(f, f), e.number(0.5)), s, e.multiply(z, e.series(z, coefficients))


FUNCTIONS: dict[str, Callable[[Builder, Value], Value]] = {
    "exp": exp,
    "exp2": exp2,
    "expm1": expm1,
    "log": log,
    "log2": log2,
    "log1p": log1p,
    "tanh": tanh,
    "expit": expit,
}
