"""Formulas on registers of one floating-point format, rounded as IEEE 754 has it, and what rounding loses."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from fractions import Fraction

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
        """The format of 64 or of 32 bits."""
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
        """The constant, in every lane."""
        return self.kind(value)

    def in_two_parts(self, number: Fraction) -> tuple[Value, Value]:
        """A number as it is rounded, and what that rounding lost."""
        high = self.number(float(number))
        return high, self.number(float(number - Fraction(high.number)))

    def integer(self, value: int) -> Value:
        """The constant, of an integer type as wide as the format, in every lane."""
        return self.format.integer.wide(self.kind.lanes)(value)

    def add(self, a: Value, b: Value) -> Value:
        """a + b, rounded once."""
        return self.builder.fadd(a, b)

    def subtract(self, a: Value, b: Value) -> Value:
        """a − b, rounded once."""
        return self.builder.fsub(a, b)

    def multiply(self, a: Value, b: Value) -> Value:
        """a·b, rounded once."""
        return self.builder.fmul(a, b)

    def fma(self, a: Value, b: Value, c: Value) -> Value:
        """a·b + c, rounded once."""
        return self.builder.fma(a, b, c)

    def absolute(self, x: Value) -> Value:
        """x without its sign, of NaN as well."""
        return self.builder.intrinsic("fabs", self.kind, x)

    def with_sign_of(self, x: Value, sign: Value) -> Value:
        """x with the sign of another number."""
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
        """The result, or x where that is NaN."""
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

    def exact_product(self, a: Value, b: Value) -> tuple[Value, Value]:
        """a·b as rounded, and what the rounding lost."""
        product = self.multiply(a, b)
        return product, self.fma(a, b, self.builder.fneg(product))

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
        return self.builder.add(self.bits(shifted), self.integer(f.bias - bits_of(f.rounder, f)))

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
        pairs = [terms[i : i + 2] for i in range(0, len(terms), 2)]
        sums = [self.fma(pair[1], x, pair[0]) if len(pair) == 2 else pair[0] for pair in pairs]
        return self._in_pairs(self.multiply(x, x), sums) if len(sums) > 1 else sums[0]


def bits_of(value: float, f: Format) -> int:
    """A number as the integer whose bits it has."""
    codes = ("<d", "<q") if f is IN_DOUBLE else ("<f", "<i")
    return int(struct.unpack(codes[1], struct.pack(codes[0], value))[0])
