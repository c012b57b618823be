"""Exponentials, tanh and the sigmoid of one number of 32 bits, computed in 64.

Whoever computes only one number waits for each step. In 64 bits nothing that rounding loses has to be carried
along, no number on the way overflows, and there are half as many steps one after the other.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from ..llvm_ir import DOUBLE, FLOAT, Builder, Value
from . import exponentials
from .floats import IN_SINGLE, Emitter

MOST = 200.0  # of an exponent; its power is infinite or 0 in 32 bits


@dataclass(frozen=True, slots=True)
class Power:
    """eˣ = s + s·a, s a power of two."""

    scale: Value
    above: Value


def power(e: Emitter, x: Value) -> Power:
    """x = k ln 2 + r, as many terms of a series in r as 32 bits need."""
    bounded = e.larger(e.smaller(x, MOST), -MOST)
    rounder = e.number(e.format.rounder)
    shifted = e.builder.multiply_add(bounded, e.number(1 / math.log(2)), rounder)  # k stands in its last bits
    r = e.builder.multiply_add(e.subtract(rounder, shifted), e.number(math.log(2)), bounded)
    tail = e.series(r, [1 / math.factorial(i) for i in range(2, IN_SINGLE.exp_terms + 1)])
    return Power(e.power_of_two(e.exponent(shifted)), e.builder.multiply_add(e.multiply(r, r), tail, r))


def exp(e: Emitter, x: Value) -> Value:
    """eˣ."""
    found = power(e, x)
    return e.builder.multiply_add(found.scale, found.above, found.scale)


def expm1(e: Emitter, x: Value) -> Value:
    """eˣ − 1, with the sign of x."""
    return e.with_sign_of(_less_one(e, power(e, x)), x)


def tanh(e: Emitter, x: Value) -> Value:
    """(e²ˣ − 1)/(e²ˣ + 1), with the sign of x."""
    found = power(e, e.multiply(x, e.number(2.0)))
    return e.with_sign_of(e.builder.fdiv(_less_one(e, found), _and_one(e, found)), x)


def expit(e: Emitter, x: Value) -> Value:
    """1/(e⁻ˣ + 1)."""
    return e.builder.fdiv(e.number(1.0), _and_one(e, power(e, e.builder.fneg(x))))


def _and_one(e: Emitter, found: Power) -> Value:
    return e.builder.multiply_add(found.scale, found.above, e.add(found.scale, e.number(1.0)))


def _less_one(e: Emitter, found: Power) -> Value:
    return e.builder.multiply_add(found.scale, found.above, e.subtract(found.scale, e.number(1.0)))


def _or_in_double(name: str, formula: Callable[[Emitter, Value], Value]) -> Callable[[Builder, Value], Value]:
    """A function that computes one number of 32 bits by a formula in 64, and others as ever."""

    def emit(builder: Builder, x: Value) -> Value:
        if x.type != FLOAT:
            return exponentials.FUNCTIONS[name](builder, x)
        wide = formula(Emitter(builder, DOUBLE), builder.convert("fpext", x, DOUBLE))
        return builder.convert("fptrunc", wide, FLOAT)

    return emit


FORMULAS = {"exp": exp, "expm1": expm1, "tanh": tanh, "expit": expit}
FUNCTIONS: dict[str, Callable[[Builder, Value], Value]] = {
    name: _or_in_double(name, formula) for name, formula in FORMULAS.items()
}
