"""Powers xʸ of numbers that are not known: e^(y log x), the logarithm in twice the precision.

An error of the logarithm is multiplied by y log x, up to 745, so it has ten bits more than the result.
"""

from __future__ import annotations

import math
from fractions import Fraction

from ..llvm_ir import Builder, Value
from .exponentials import exp
from .floats import Emitter
from .logarithms import fraction_and_exponent

THIRDS = Fraction(2, 3)


def power(builder: Builder, x: Value, y: Value) -> Value:
    """xʸ, as IEEE 754 has it where x or y is 0, infinite, negative or NaN."""
    e = Emitter(builder, x.type)
    zero, one, infinity = e.number(0.0), e.number(1.0), e.number(math.inf)
    size = e.absolute(x)
    of_size_one = builder.compare("fcmp oeq", size, one)
    endless = builder.compare("fcmp oeq", e.absolute(y), infinity)
    result = builder.select(builder.binary("and", of_size_one, endless), one, _of_positive(e, size, y))
    fractional = builder.compare("fcmp une", _whole_part(e, y), y)
    half = e.multiply(y, e.number(0.5))
    perhaps_odd = builder.compare("fcmp une", _whole_part(e, half), half)
    result = builder.select(perhaps_odd, e.with_sign_of(result, x), result)
    negative = builder.compare("fcmp olt", x, zero)
    finite = builder.compare("fcmp olt", size, infinity)
    undefined = builder.binary("and", fractional, builder.binary("and", negative, finite))
    result = builder.select(undefined, e.number(math.nan), result)
    result = builder.select(fractional, e.absolute(result), result)
    result = e.nan_as_it_is(x, result)
    certain = builder.binary("or", builder.compare("fcmp oeq", y, zero), builder.compare("fcmp oeq", x, one))
    return builder.select(certain, one, result)


def _whole_part(e: Emitter, y: Value) -> Value:
    return e.builder.intrinsic("trunc", e.kind, y)


def _of_positive(e: Emitter, x: Value, y: Value) -> Value:
    """xʸ for x ≥ 0: e^(z + low), where z + low is y log x."""
    builder = e.builder
    high, low = logarithm(e, x)
    special = builder.binary(
        "or",
        builder.compare("fcmp oeq", x, e.number(0.0)),
        builder.compare("fcmp oeq", x, e.number(math.inf)),
    )
    infinite = builder.select(
        builder.compare("fcmp oeq", x, e.number(0.0)), e.number(-math.inf), e.number(math.inf)
    )
    high = builder.select(special, infinite, high)
    z, lost = e.exact_product(y, high)
    rest = e.fma(y, low, lost)
    near = builder.compare("fcmp olt", e.absolute(z), e.number(-e.format.least_exponent))
    return exp(builder, z, builder.select(near, rest, e.number(0.0)))


def logarithm(e: Emitter, x: Value) -> tuple[Value, Value]:
    """log x as a number and what its rounding lost, x positive: as in :func:`.logarithms.log`, of 2 artanh s
    the terms 2 s + s³ (2/3 + …) and s itself in two parts."""
    f, whole = fraction_and_exponent(e, x)
    minus = e.builder.fneg
    below, below_low = e.exact_sum_of_larger(e.number(2.0), f)
    inverse = e.builder.fdiv(e.number(1.0), below)
    s = e.multiply(f, inverse)
    s_low = e.multiply(e.fma(minus(s), below_low, e.fma(minus(s), below, f)), inverse)
    square, square_low = e.exact_product(s, s)
    square_low = e.fma(e.add(s, s), s_low, square_low)
    tail = [2.0 / (2 * i + 1) for i in range(2, e.format.log_terms + 1)]
    thirds = e.number(float(THIRDS))
    factor, factor_low = e.exact_sum_of_larger(thirds, e.multiply(square, e.series(square, tail)))
    factor_low = e.add(factor_low, e.number(float(THIRDS - Fraction(thirds.number))))
    scaled, scaled_low = e.exact_product(square, factor)
    scaled_low = e.fma(square, factor_low, e.fma(square_low, factor, scaled_low))
    cubed, cubed_low = e.exact_product(s, scaled)
    cubed_low = e.fma(s, scaled_low, e.fma(s_low, scaled, cubed_low))
    log, log_low = e.exact_sum_of_larger(e.add(s, s), cubed)
    log_low = e.add(log_low, e.add(e.add(s_low, s_low), cubed_low))
    total, lost = e.exact_sum_of_larger(e.multiply(whole, e.number(e.format.ln2_high)), log)
    lost = e.add(lost, e.fma(whole, e.number(e.format.ln2_low), log_low))
    return e.exact_sum_of_larger(total, lost)
