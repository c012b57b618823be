"""Logarithms as straight-line code, like :mod:`.exponentials`: by the power of two in a number, and a series
in what is left of it."""

from __future__ import annotations

import math
from collections.abc import Callable

from ..llvm_ir import Builder, Value
from . import processor
from .floats import Emitter, bits_of


def log(builder: Builder, x: Value) -> Value:
    """e ln 2 + log m with x = 2ᵉ m, √½ ≤ m < √2; with f = m − 1, log m is 2 artanh(f/(2 + f)), a series."""
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
    above = builder.sub(bits, e.integer(bits_of(math.sqrt(0.5), f)))
    exponent = builder.binary("ashr", above, e.integer(f.fraction))
    mantissa = builder.convert(
        "bitcast", builder.sub(bits, builder.binary("shl", exponent, e.integer(f.fraction))), x.type
    )
    rounder = e.number(f.rounder)
    whole = e.subtract(
        builder.convert("bitcast", builder.add(exponent, e.integer(bits_of(f.rounder, f))), x.type), rounder
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
    "log": log,
    "log2": log2,
    "log1p": log1p,
}
