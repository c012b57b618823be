"""exp, log, tanh and the sigmoid as straight-line code, which LLVM turns into vector instructions.

Each reduces its argument to a small interval (Cody and Waite), sums a Taylor series by Horner's scheme with
fused multiply-adds, and scales back by a power of two made from bits. No value is branched on, only selected.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass

from .assembly import DOUBLE, INT, LONG, Builder, Type, Value


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
        bound = self.number(limit)
        return self.builder.select(self.builder.compare("fcmp olt", a, bound), a, bound)

    def larger(self, a: Value, limit: float) -> Value:
        bound = self.number(limit)
        return self.builder.select(self.builder.compare("fcmp ogt", a, bound), a, bound)

    def nan_as_it_is(self, x: Value, result: Value) -> Value:
        return self.builder.select(self.builder.compare("fcmp uno", x, x), x, result)

    def rounded(self, x: Value) -> Value:
        """x as a whole number, still in floating point."""
        rounder = self.number(self.format.rounder)
        return self.subtract(self.add(x, rounder), rounder)

    def exact_sum(self, a: Value, b: Value) -> tuple[Value, Value]:
        """a + b as rounded, and what the rounding lost (Knuth)."""
        total = self.add(a, b)
        part = self.subtract(total, a)
        lost = self.add(self.subtract(a, self.subtract(total, part)), self.subtract(b, part))
        return total, lost

    def quotient(self, above: Value, above_low: Value, below: Value, below_low: Value) -> Value:
        """(above + above_low)/(below + below_low), each the sum of a number and a small correction."""
        inverse = self.builder.fdiv(self.number(1.0), below)
        q = self.multiply(above, inverse)
        minus_q = self.builder.fneg(q)
        left = self.fma(minus_q, below_low, self.add(self.fma(minus_q, below, above), above_low))
        return self.fma(left, inverse, q)

    def power_of_two(self, whole: Value) -> Value:
        """2 to the power of a whole number within the format's normal range, from bits."""
        f = self.format
        bits = self.builder.convert("bitcast", self.add(whole, self.number(f.rounder)), f.integer)
        exponent = self.builder.add(bits, self.integer(f.bias - _bits(f.rounder, f)))
        return self.builder.convert(
            "bitcast", self.builder.binary("shl", exponent, self.integer(f.fraction)), self.kind
        )

    def series(self, x: Value, coefficients: list[float]) -> Value:
        """c₀ + x(c₁ + x(c₂ + …))."""
        total = self.number(coefficients[-1])
        for coefficient in reversed(coefficients[:-1]):
            total = self.fma(total, x, self.number(coefficient))
        return total


def _bits(value: float, f: Format) -> int:
    codes = ("<d", "<q") if f is IN_DOUBLE else ("<f", "<i")
    return int(struct.unpack(codes[1], struct.pack(codes[0], value))[0])


def _reduced(e: Emitter, x: Value) -> tuple[Value, Value, Value]:
    """k, and eʳ − 1 in two parts, with x = k ln 2 + r, |r| ≤ ln 2 / 2."""
    f = e.format
    k = e.rounded(e.multiply(x, e.number(1 / math.log(2))))
    minus_k = e.builder.fneg(k)
    high = e.fma(minus_k, e.number(f.ln2_high), x)
    r = e.fma(minus_k, e.number(f.ln2_low), high)
    lost = e.fma(minus_k, e.number(f.ln2_low), e.subtract(high, r))
    tail = e.series(r, [1 / math.factorial(i) for i in range(2, f.exp_terms + 1)])
    total, low = e.exact_sum(r, e.fma(e.multiply(r, r), tail, lost))
    return k, total, low


def _exp_in_two_parts(e: Emitter, x: Value) -> tuple[Value, Value]:
    """eˣ as a sum of two numbers, for x within the format's range."""
    k, rest, low = _reduced(e, x)
    total, rounding = e.exact_sum(e.number(1.0), rest)
    half = e.rounded(e.multiply(k, e.number(0.5)))
    first, second = e.power_of_two(half), e.power_of_two(e.subtract(k, half))

    def scaled(part: Value) -> Value:
        return e.multiply(e.multiply(part, first), second)

    return scaled(total), scaled(e.add(rounding, low))


def exp(builder: Builder, x: Value) -> Value:
    """eˣ, to overflow and through the subnormal numbers."""
    e = Emitter(builder, x.type)
    bounded = e.larger(e.smaller(x, e.format.greatest_exponent), e.format.least_exponent)
    k, rest, _ = _reduced(e, bounded)
    half = e.rounded(e.multiply(k, e.number(0.5)))
    scaled = e.multiply(e.add(e.number(1.0), rest), e.power_of_two(half))
    return e.nan_as_it_is(x, e.multiply(scaled, e.power_of_two(e.subtract(k, half))))


def tanh(builder: Builder, x: Value) -> Value:
    """(e²ˣ − 1)/(e²ˣ + 1), from the size of x so that nothing cancels."""
    e = Emitter(builder, x.type)
    doubled = e.smaller(e.multiply(e.absolute(x), e.number(2.0)), 50.0)
    k, rest, low = _reduced(e, doubled)
    power = e.power_of_two(k)
    grown, rounding = e.exact_sum(e.subtract(power, e.number(1.0)), e.multiply(power, rest))
    remainder = e.fma(power, low, rounding)
    below, lost = e.exact_sum(e.number(2.0), grown)
    result = e.quotient(grown, remainder, below, e.add(lost, remainder))
    return e.nan_as_it_is(x, e.with_sign_of(result, x))


def expit(builder: Builder, x: Value) -> Value:
    """1/(1 + e⁻ˣ); for negative x as eˣ/(1 + eˣ), which keeps its relative precision."""
    e = Emitter(builder, x.type)
    size = e.larger(builder.fneg(e.absolute(x)), e.format.least_exponent)
    shrunk, low = _exp_in_two_parts(e, size)
    below, lost = e.exact_sum(e.number(1.0), shrunk)
    negative = builder.compare("fcmp olt", x, e.number(0.0))
    above = builder.select(negative, shrunk, e.number(1.0))
    above_low = builder.select(negative, low, e.number(0.0))
    return e.nan_as_it_is(x, e.quotient(above, above_low, below, e.add(lost, low)))


def log(builder: Builder, x: Value) -> Value:
    """e ln 2 + log m with x = 2ᵉ m, √½ ≤ m < √2: log m from f = m − 1 and the series of 2 artanh(f/(2 +
    f))."""
    e = Emitter(builder, x.type)
    f = e.format
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
    result = _log_of(e, e.subtract(mantissa, e.number(1.0)), whole)
    result = builder.select(builder.compare("fcmp oeq", x, e.number(0.0)), e.number(-math.inf), result)
    result = builder.select(builder.compare("fcmp olt", x, e.number(0.0)), e.number(math.nan), result)
    result = builder.select(builder.compare("fcmp oeq", x, e.number(math.inf)), x, result)
    return e.nan_as_it_is(x, result)


def log1p(builder: Builder, x: Value) -> Value:
    """log(1 + x): the logarithm of the rounded sum, and what the rounding lost, divided by it."""
    e = Emitter(builder, x.type)
    total, lost = e.exact_sum(e.number(1.0), x)
    ordinary = builder.compare("fcmp olt", e.absolute(total), e.number(math.inf))
    usable = builder.binary("and", ordinary, builder.compare("fcmp ogt", total, e.number(0.0)))
    below = builder.select(usable, total, e.number(1.0))
    correction = builder.select(usable, builder.fdiv(lost, below), e.number(0.0))
    result = e.add(log(builder, total), correction)
    return builder.select(builder.compare("fcmp oeq", x, e.number(0.0)), x, result)


def _log_of(e: Emitter, f: Value, whole: Value) -> Value:
    """whole·ln 2 + log(1 + f)."""
    s = e.builder.fdiv(f, e.add(e.number(2.0), f))
    z = e.multiply(s, s)
    coefficients = [2.0 / (2 * i + 1) for i in range(1, e.format.log_terms + 1)]
    rest = e.multiply(z, e.series(z, coefficients))
    half_square = e.multiply(e.multiply(f, f), e.number(0.5))
    low = e.fma(s, e.add(half_square, rest), e.multiply(whole, e.number(e.format.ln2_low)))
    return e.fma(whole, e.number(e.format.ln2_high), e.subtract(f, e.subtract(half_square, low)))


FUNCTIONS: dict[str, Callable[[Builder, Value], Value]] = {
    "exp": exp,
    "log": log,
    "log1p": log1p,
    "tanh": tanh,
    "expit": expit,
}
