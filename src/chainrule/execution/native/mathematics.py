"""exp, log, tanh and the sigmoid as straight-line code, which LLVM turns into vector instructions.

Each reduces its argument to a small interval (Cody and Waite), sums a Taylor series by Horner's scheme with
fused multiply-adds, and scales back by a power of two made from bits. No value is branched on, only selected.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from llvmlite import ir


@dataclass(frozen=True, slots=True)
class Format:
    """A floating-point format: its integer type, how many bits follow the leading one, and what suits it."""

    integer: ir.IntType
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
DOUBLE = Format(
    ir.IntType(64), 52, 1023, 13, 11, 6.93147180369123816490e-01, 1.90821492927058770002e-10, -746.0, 710.0
)
SINGLE = Format(ir.IntType(32), 23, 127, 7, 5, 0.693359375, -2.12194440054690583e-4, -104.0, 89.0)


@dataclass(frozen=True, slots=True)
class Emitter:
    """Formulas on registers of one floating-point format."""

    builder: ir.IRBuilder
    kind: ir.Type

    @property
    def format(self) -> Format:
        return DOUBLE if isinstance(self.kind, ir.DoubleType) else SINGLE

    def number(self, value: float) -> ir.Constant:
        return ir.Constant(self.kind, value)

    def integer(self, value: int) -> ir.Constant:
        return ir.Constant(self.format.integer, value)

    def add(self, a: Any, b: Any) -> Any:
        return self.builder.fadd(a, b)

    def subtract(self, a: Any, b: Any) -> Any:
        return self.builder.fsub(a, b)

    def multiply(self, a: Any, b: Any) -> Any:
        return self.builder.fmul(a, b)

    def fma(self, a: Any, b: Any, c: Any) -> Any:
        """a·b + c, rounded once."""
        return self.builder.fma(a, b, c)

    def absolute(self, x: Any) -> Any:
        return self.builder.call(self.builder.module.declare_intrinsic("llvm.fabs", [self.kind]), [x])

    def with_sign_of(self, x: Any, sign: Any) -> Any:
        signature = ir.FunctionType(self.kind, [self.kind, self.kind])
        function = self.builder.module.declare_intrinsic("llvm.copysign", [self.kind], signature)
        return self.builder.call(function, [x, sign])

    def smaller(self, a: Any, limit: float) -> Any:
        bound = self.number(limit)
        return self.builder.select(self.builder.fcmp_ordered("<", a, bound), a, bound)

    def larger(self, a: Any, limit: float) -> Any:
        bound = self.number(limit)
        return self.builder.select(self.builder.fcmp_ordered(">", a, bound), a, bound)

    def nan_as_it_is(self, x: Any, result: Any) -> Any:
        return self.builder.select(self.builder.fcmp_unordered("uno", x, x), x, result)

    def rounded(self, x: Any) -> Any:
        """x as a whole number, still in floating point."""
        rounder = self.number(self.format.rounder)
        return self.subtract(self.add(x, rounder), rounder)

    def exact_sum(self, a: Any, b: Any) -> tuple[Any, Any]:
        """a + b as rounded, and what the rounding lost (Knuth)."""
        total = self.add(a, b)
        part = self.subtract(total, a)
        lost = self.add(self.subtract(a, self.subtract(total, part)), self.subtract(b, part))
        return total, lost

    def quotient(self, above: Any, above_low: Any, below: Any, below_low: Any) -> Any:
        """(above + above_low)/(below + below_low), each the sum of a number and a small correction."""
        inverse = self.builder.fdiv(self.number(1.0), below)
        q = self.multiply(above, inverse)
        minus_q = self.builder.fneg(q)
        left = self.fma(minus_q, below_low, self.add(self.fma(minus_q, below, above), above_low))
        return self.fma(left, inverse, q)

    def power_of_two(self, whole: Any) -> Any:
        """2 to the power of a whole number within the format's normal range, from bits."""
        f = self.format
        bits = self.builder.bitcast(self.add(whole, self.number(f.rounder)), f.integer)
        exponent = self.builder.add(bits, self.integer(f.bias - _bits(f.rounder, f)))
        return self.builder.bitcast(self.builder.shl(exponent, self.integer(f.fraction)), self.kind)

    def series(self, x: Any, coefficients: list[float]) -> Any:
        """c₀ + x(c₁ + x(c₂ + …))."""
        total = self.number(coefficients[-1])
        for coefficient in reversed(coefficients[:-1]):
            total = self.fma(total, x, self.number(coefficient))
        return total


def _bits(value: float, f: Format) -> int:
    import struct

    codes = ("<d", "<q") if f is DOUBLE else ("<f", "<i")
    return int(struct.unpack(codes[1], struct.pack(codes[0], value))[0])


def _reduced(e: Emitter, x: Any) -> tuple[Any, Any, Any]:
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


def _exp_in_two_parts(e: Emitter, x: Any) -> tuple[Any, Any]:
    """eˣ as a sum of two numbers, for x within the format's range."""
    k, rest, low = _reduced(e, x)
    total, rounding = e.exact_sum(e.number(1.0), rest)
    half = e.rounded(e.multiply(k, e.number(0.5)))
    first, second = e.power_of_two(half), e.power_of_two(e.subtract(k, half))

    def scaled(part: Any) -> Any:
        return e.multiply(e.multiply(part, first), second)

    return scaled(total), scaled(e.add(rounding, low))


def exp(builder: ir.IRBuilder, x: Any) -> Any:
    """eˣ, to overflow and through the subnormal numbers."""
    e = Emitter(builder, x.type)
    bounded = e.larger(e.smaller(x, e.format.greatest_exponent), e.format.least_exponent)
    k, rest, _ = _reduced(e, bounded)
    half = e.rounded(e.multiply(k, e.number(0.5)))
    scaled = e.multiply(e.add(e.number(1.0), rest), e.power_of_two(half))
    return e.nan_as_it_is(x, e.multiply(scaled, e.power_of_two(e.subtract(k, half))))


def tanh(builder: ir.IRBuilder, x: Any) -> Any:
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


def expit(builder: ir.IRBuilder, x: Any) -> Any:
    """1/(1 + e⁻ˣ); for negative x as eˣ/(1 + eˣ), which keeps its relative precision."""
    e = Emitter(builder, x.type)
    size = e.larger(builder.fneg(e.absolute(x)), e.format.least_exponent)
    shrunk, low = _exp_in_two_parts(e, size)
    below, lost = e.exact_sum(e.number(1.0), shrunk)
    negative = builder.fcmp_ordered("<", x, e.number(0.0))
    above = builder.select(negative, shrunk, e.number(1.0))
    above_low = builder.select(negative, low, e.number(0.0))
    return e.nan_as_it_is(x, e.quotient(above, above_low, below, e.add(lost, low)))


def log(builder: ir.IRBuilder, x: Any) -> Any:
    """e ln 2 + log m with x = 2ᵉ m, √½ ≤ m < √2: log m from f = m − 1 and the series of 2 artanh(f/(2 +
    f))."""
    e = Emitter(builder, x.type)
    f = e.format
    smallest = 2.0 ** (1 - f.bias)
    tiny = builder.fcmp_ordered("<", x, e.number(smallest))
    scaled = builder.select(tiny, e.multiply(x, e.number(2.0 ** (f.fraction + 2))), x)
    bits = builder.bitcast(scaled, f.integer)
    above = builder.sub(bits, e.integer(_bits(math.sqrt(0.5), f)))
    exponent = builder.ashr(above, e.integer(f.fraction))
    mantissa = builder.bitcast(builder.sub(bits, builder.shl(exponent, e.integer(f.fraction))), x.type)
    rounder = e.number(f.rounder)
    whole = e.subtract(
        builder.bitcast(builder.add(exponent, e.integer(_bits(f.rounder, f))), x.type), rounder
    )
    whole = builder.select(tiny, e.subtract(whole, e.number(f.fraction + 2.0)), whole)
    result = _log_of(e, e.subtract(mantissa, e.number(1.0)), whole)
    result = builder.select(builder.fcmp_ordered("==", x, e.number(0.0)), e.number(-math.inf), result)
    result = builder.select(builder.fcmp_ordered("<", x, e.number(0.0)), e.number(math.nan), result)
    result = builder.select(builder.fcmp_ordered("==", x, e.number(math.inf)), x, result)
    return e.nan_as_it_is(x, result)


def log1p(builder: ir.IRBuilder, x: Any) -> Any:
    """log(1 + x): the logarithm of the rounded sum, and what the rounding lost, divided by it."""
    e = Emitter(builder, x.type)
    total, lost = e.exact_sum(e.number(1.0), x)
    ordinary = builder.fcmp_ordered("<", e.absolute(total), e.number(math.inf))
    usable = builder.and_(ordinary, builder.fcmp_ordered(">", total, e.number(0.0)))
    below = builder.select(usable, total, e.number(1.0))
    correction = builder.select(usable, builder.fdiv(lost, below), e.number(0.0))
    result = e.add(log(builder, total), correction)
    return builder.select(builder.fcmp_ordered("==", x, e.number(0.0)), x, result)


def _log_of(e: Emitter, f: Any, whole: Any) -> Any:
    """whole·ln 2 + log(1 + f)."""
    s = e.builder.fdiv(f, e.add(e.number(2.0), f))
    z = e.multiply(s, s)
    coefficients = [2.0 / (2 * i + 1) for i in range(1, e.format.log_terms + 1)]
    rest = e.multiply(z, e.series(z, coefficients))
    half_square = e.multiply(e.multiply(f, f), e.number(0.5))
    low = e.fma(s, e.add(half_square, rest), e.multiply(whole, e.number(e.format.ln2_low)))
    return e.fma(whole, e.number(e.format.ln2_high), e.subtract(f, e.subtract(half_square, low)))


FUNCTIONS: dict[str, Callable[[ir.IRBuilder, Any], Any]] = {
    "exp": exp,
    "log": log,
    "log1p": log1p,
    "tanh": tanh,
    "expit": expit,
}
