"""The standard normal distribution: ½ (1 + erf(x/√2)) is Φ(x), and its density is φ(x)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .arithmetic import apply, coefficient, negative, product, repeats_scalar
from .formula import Formula, is_number, number
from .numbers import nearly


def cumulative(x: Any) -> Any:
    """Φ(x), the probability of less than x."""
    from scipy.special import ndtr

    return ndtr(x)


def density(x: Any) -> Any:
    """φ(x) = exp(−½ x²) / √(2π)."""
    return np.exp(-0.5 * np.square(x)) / math.sqrt(2 * math.pi)


def with_distribution(part: Formula) -> Formula:
    """1 + erf(x/√2) as 2 Φ(x), and 1 − erf(x/√2) as 2 Φ(−x); any other formula as it is."""
    if part.kind != "add" or len(part.parts) != 2:
        return part
    for one, term in (part.parts, part.parts[::-1]):
        front, error = coefficient(term)
        one = one.parts[0] if repeats_scalar(one) else one
        if is_number(one, 1) and error.kind == "apply" and error.data[0] == "erf" and abs(front) == 1:
            x = _multiple(error.parts[0], math.sqrt(2))
            if x is not None:
                x = x if front > 0 else negative(x)
                return product(number(2), apply("Φ", (x,), part.shape, cumulative))
    return part


def with_density(part: Formula) -> Formula:
    """k exp(−½ x²) / √(2π) with a simple k as k φ(x); any other formula as it is."""
    front, rest = coefficient(part)
    simple = nearly(front * math.sqrt(2 * math.pi))
    factors = rest.parts if rest.kind == "product" else (rest,)
    for i, factor in enumerate(factors):
        x = _root_of_exponent(factor)
        if x is not None and simple is not None and part.kind == "product":
            found = apply("φ", (x,), factor.shape, density)
            return product(number(simple), *factors[:i], found, *factors[i + 1 :])
    return part


def _root_of_exponent(factor: Formula) -> Formula | None:
    """x of exp(−½ x²)."""
    if factor.kind != "apply" or factor.data[0] != "exp":
        return None
    front, square = coefficient(factor.parts[0])
    whole = front == -0.5 and square.kind == "power" and is_number(square.parts[1], 2)
    return square.parts[0] if whole else None


def _multiple(x: Formula, by: float) -> Formula | None:
    """A multiple of a formula, where the number in front of it becomes a simple one."""
    front, rest = coefficient(x)
    simple = nearly(front * by)
    return None if simple is None else product(number(simple), rest)
