"""Powers of a known number: by its logarithm, or from tables where a single exponent is a whole number.

A factor that decays, such as Adam's 0.999ᵗ, is raised to the number of a step, once in each. Written with the
exponent's digits to the base 128, n = i + 128 j + 16384 k, the power is a product of three known numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

from ..llvm_ir import DOUBLE, LONG, Builder, Type, Value, choice, function
from .exponentials import exp
from .floats import Emitter

DIGITS, BITS = 3, 7  # of a whole exponent, and the bits of each
BELOW = 1 << DIGITS * BITS
PRECISE = 160  # bits of the numbers from which tables are rounded


def is_known(base: Value) -> bool:
    """Whether there is a formula for the powers of a number."""
    return 0 < base.number < math.inf and base.number != 1


def power_of(builder: Builder, base: float, x: Value) -> Value:
    """aˣ of a number a that is known."""
    if x.type.lanes or base > 1:
        return _by_logarithm(builder, base, x)
    within = builder.binary(
        "and", builder.compare("fcmp oge", x, x.type(0.0)), builder.compare("fcmp olt", x, x.type(BELOW))
    )
    n = builder.convert("fptosi", builder.select(within, x, x.type(0.5)), LONG)
    whole = builder.compare("fcmp oeq", builder.convert("sitofp", n, x.type), x)
    return _from_tables_if(builder, whole, base, n, lambda: x, x.type)


def power_of_whole(builder: Builder, base: float, n: Value, kind: Type) -> Value:
    """aⁿ of a known number 0 < a < 1 and a single whole number n, as one of a type of floats."""
    within = builder.compare("icmp ult", n, n.type(BELOW))  # numbers below 0 are the greatest
    return _from_tables_if(builder, within, base, n, lambda: builder.convert("sitofp", n, kind), kind)


def _from_tables_if(
    builder: Builder, condition: Value, base: float, n: Value, exponent: Callable[[], Value], kind: Type
) -> Value:
    def by_tables() -> Value:
        return _from_tables(builder, base, n, kind)

    def by_logarithm() -> Value:
        return _by_logarithm(builder, base, exponent())

    return choice(builder, condition, by_tables, by_logarithm, nearly_always=True)


def _by_logarithm(builder: Builder, base: float, x: Value) -> Value:
    """aˣ = e^(x ln a); of single numbers by a function, which all of a module's powers share."""
    logarithm = np.log(np.longdouble(base))
    high = x.type(float(logarithm))
    low = x.type(float(logarithm - x.type.wide(0)(float(logarithm)).number))
    if x.type.lanes:
        return _with_logarithm(builder, x, high, low)
    name = f"power_by_logarithm_{x.type.suffix}"
    if name not in builder.module.functions:  # a single power, of which the tables have nearly all
        kinds, attributes = [x.type] * 3, "nounwind noinline"
        with function(builder.module, name, kinds, x.type, attributes, linkage="internal") as (inner, given):
            inner.give(_with_logarithm(inner, *given))
    return builder.call(name, x.type, x, high, low)


def _with_logarithm(builder: Builder, x: Value, high: Value, low: Value) -> Value:
    """e^(y + what the rounding of y = x ln a lost), ln a in two parts."""
    e = Emitter(builder, x.type)
    y, rounded = e.exact_product(x, high)
    lost = e.fma(x, low, rounded)
    near = builder.compare("fcmp olt", e.absolute(y), e.number(-e.format.least_exponent))
    return exp(builder, y, builder.select(near, lost, e.number(0.0)))


def _from_tables(builder: Builder, base: float, n: Value, kind: Type) -> Value:
    """aⁿ, 0 < a < 1: a product of numbers that are each known in two parts, rounded once but for its last
    bits."""
    high, low = _entry(builder, base, 0, n)
    for digit in range(1, DIGITS):
        last = digit == DIGITS - 1
        factor, factor_low = _entry(builder, base, digit, n)
        product = builder.fmul(high, factor)
        lost = builder.fma(low, factor, builder.fmul(high, factor_low))
        if last:
            product = builder.fma(high, factor, lost)
        else:
            lost = builder.fadd(builder.fma(high, factor, builder.fneg(product)), lost)
        high, low = product, lost
    return builder.convert("fptrunc", high, kind) if kind.name != DOUBLE.name else high


def _entry(builder: Builder, base: float, digit: int, n: Value) -> tuple[Value, Value]:
    """The factor that a digit of the exponent stands for, as a number and what its rounding lost."""
    name = f"powers of {base!r} by digit {digit}"
    numbers = [number for factor in _factors(base, digit) for number in factor]
    table = builder.module.table(name, np.array(numbers))
    place = builder.binary("lshr", n, LONG(digit * BITS)) if digit else n
    place = builder.binary("and", place, LONG((1 << BITS) - 1)) if digit < DIGITS - 1 else place
    at = builder.element(table, builder.times(place, 2), DOUBLE)
    return builder.load(at, DOUBLE), builder.load(builder.element(at, LONG(1), DOUBLE), DOUBLE)


@lru_cache(maxsize=16)  # steps of other batch sizes, which are compiled next, have the same
def _factors(base: float, digit: int) -> Sequence[tuple[float, float]]:
    """The powers of a number for all values of a digit of the exponent."""
    numerator, denominator = base.as_integer_ratio()
    step = (numerator, 1 - denominator.bit_length())
    for _ in range(digit * BITS):
        step = _product(step, step)
    power, factors = (1, 0), []
    for _ in range(1 << BITS):
        whole, exponent = power
        high = float(whole)
        factors.append((math.ldexp(high, exponent), math.ldexp(float(whole - int(high)), exponent)))
        power = _product(power, step)
    return factors


def _product(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    """The product of two numbers m 2ᵉ, which stand as m and e: as many bits of m as are precise."""
    whole = a[0] * b[0]
    more = max(whole.bit_length() - PRECISE, 0)
    return whole >> more, a[1] + b[1] + more
