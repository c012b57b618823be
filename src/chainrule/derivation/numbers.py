"""Numbers as they stand in formulas: simple fractions, multiples of π and logarithms, else their digits."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache

import numpy as np

CONSTANTS: dict[str, float] = {
    "π": math.pi,
    "log 2π": math.log(2 * math.pi),
    "√(2π)": math.sqrt(2 * math.pi),
    "1/√(2π)": 1 / math.sqrt(2 * math.pi),
    "√(2/π)": math.sqrt(2 / math.pi),
    "√π": math.sqrt(math.pi),
    "1/√π": 1 / math.sqrt(math.pi),
    "1/π": 1 / math.pi,
    "π²": math.pi**2,
    "(2π)²": (2 * math.pi) ** 2,
    "(2π)³": (2 * math.pi) ** 3,
    "√((2π)³)": (2 * math.pi) ** 1.5,
    "log(2)": math.log(2),
    "log(10)": math.log(10),
    **{f"√{n}": math.sqrt(n) for n in (2, 3, 5, 6, 7, 10)},
}
LARGEST_DENOMINATOR = 10_000
LARGEST_OF_MULTIPLES = 100
SMALL_DENOMINATOR = 12  # of a fraction where rounding has made another of it, as ⅓ − 1 is
MOST_DIGITS = 8  # of a decimal number that is taken to be meant as it is written
FEW_DIGITS = 4  # of one that is taken to be meant where rounding has made another of it, as 1 − 0.9 is
ROUNDING = 4 * float(np.finfo(np.float64).eps)  # of a constant and its multiple, relative
LEAST_ZEROS = 6  # behind a digit, that are written as a power of ten
LEAST_TRIANGLE = 2  # rows of a mask, above which its triangle is told and not its entries
TRIANGLES = {"tril": "i ≥ j", "triu": "i ≤ j"}
MOST_ENTRIES = 12  # of a constant array that is written out


@lru_cache(maxsize=4096)
def exact(value: float) -> tuple[Fraction, str] | None:
    """A number as a fraction, to the last bit; up to rounding as a constant's multiple or a short decimal.

    >>> exact(0.25), exact(2 / 3 ** 0.5), exact(1 - 0.9), exact(0.1234567890123)
    ((Fraction(1, 4), ''), (Fraction(2, 3), '√3'), (Fraction(1, 10), ''), None)
    """
    if not math.isfinite(value) or abs(value) > 1e12:
        return None
    fraction = _fraction(value, LARGEST_DENOMINATOR, 0.0)
    if fraction is not None:
        return fraction, ""
    multiples = [
        (fraction, name)
        for name, constant in CONSTANTS.items()
        if (fraction := _fraction(value / constant, LARGEST_OF_MULTIPLES, ROUNDING))
    ]
    if multiples:  # √(2/π) is no 2/√(2π)
        return min(multiples, key=lambda multiple: abs(multiple[0]) != 1)
    simple = (Fraction(f"{value:.{FEW_DIGITS}g}"), Fraction(value).limit_denominator(SMALL_DENOMINATOR))
    near = [found for found in simple if abs(float(found) - value) <= ROUNDING * abs(value)]
    return (near[0], "") if near else None


def times(values: Iterable[float]) -> float:
    """The product of numbers, that of fractions without rounding: 0.2 · 0.4 is 0.08."""
    fraction, rounded = Fraction(1), 1.0
    for value in values:
        found = exact(value)
        if found is None or found[1]:
            rounded *= value
        else:
            fraction *= found[0]
    return float(fraction) if rounded == 1 else rounded * float(fraction)


def nearly(value: float) -> float | None:
    """The simple fraction that a number is up to rounding; else None."""
    found = _fraction(value, LARGEST_OF_MULTIPLES, ROUNDING)
    return None if found is None else float(found)


def _fraction(value: float, largest: int, tolerance: float) -> Fraction | None:
    """A simple fraction or a short decimal number that is the value, up to a relative tolerance."""
    for found in (Fraction(value).limit_denominator(largest), Fraction(f"{value:.{MOST_DIGITS}g}")):
        if abs(float(found) - value) <= tolerance * abs(value):
            return found
    return None


def decimal(fraction: Fraction) -> str | None:
    """A fraction as a decimal number where that is no longer: 0.3 for 3/10, 0.001, but not 1.5 for 3/2."""
    text = digits(float(fraction))
    whole = (fraction.denominator < 10 and "e" not in text) or Fraction(text) != fraction
    return None if whole or len(text) > len(str(fraction)) else text


def as_fraction(value: float) -> tuple[float, float]:
    """What a number in front of a fraction bar puts above and below it: 3, 2 for 3/2; 0.7, 1 for 0.7.

    >>> as_fraction(1 / math.sqrt(2 * math.pi)) == (1.0, math.sqrt(2 * math.pi))
    True
    """
    found = exact(value)
    if found is not None and found[1].startswith("1/"):
        return float(found[0].numerator), found[0].denominator * CONSTANTS[found[1].removeprefix("1/")]
    if found is None or found[1] or found[0].denominator > 12 or decimal(found[0]):
        return value, 1.0
    return float(found[0].numerator), float(found[0].denominator)


def literal_text(value: np.ndarray) -> str:
    """A constant array: its entries where they are few."""
    if value.dtype.kind in "iu" and value.size > 5 and np.array_equal(value, np.arange(value.size)):
        return f"[0, 1, …, {value.size - 1}]"
    if value.dtype == bool and triangle(value):
        return TRIANGLES[triangle(value)]
    if value.size <= MOST_ENTRIES:
        return _entries(value)
    return f"constant {'×'.join(map(str, value.shape))}"


def triangle(mask: np.ndarray) -> str:
    """Which function of NumPy a square mask of ones and zeros is, if it is a triangle's; else nothing."""
    if mask.ndim == 2 and mask.shape[0] == mask.shape[1] > LEAST_TRIANGLE:
        for name, function in (("tril", np.tril), ("triu", np.triu)):
            if np.array_equal(mask, function(np.ones(mask.shape))):
                return name
    return ""


def strict_triangle(mask: np.ndarray) -> str:
    """The same of a mask with zeros on its diagonal."""
    whole = mask.ndim == 2 and mask.shape[0] == mask.shape[1]
    return triangle(mask + np.eye(len(mask))) if whole and not np.any(np.diag(mask)) else ""


def _entries(value: np.ndarray) -> str:
    if value.dtype.kind == "f":
        value = without_rounding(value)
    if value.ndim:
        return f"[{', '.join(map(_entries, value))}]"
    return digits(float(value)) if value.dtype.kind == "f" else str(int(value))


def without_rounding(value: np.ndarray) -> np.ndarray:
    """Numbers that rounding has made of 0, beside others, and of short decimals: cos ½π as 0."""
    size = np.max(np.abs(value), initial=0.0)
    near = [float(f"{x:.{FEW_DIGITS}g}") if abs(x) > ROUNDING * size else 0.0 for x in value.flat]
    short = np.array(near).reshape(value.shape)
    return np.where(np.abs(short - value) <= ROUNDING * size, short, value)


def digits(value: float) -> str:
    """The shortest digits that read back as the same number; a digit and many zeros with an exponent.

    >>> digits(0.5), digits(1200000.0), digits(-1e9)
    ('0.5', '1200000', '-1e9')
    """
    text = repr(float(value)).removesuffix(".0").replace("inf", "∞")
    first = text.rstrip("0")
    zeros = len(text) - len(first)
    return f"{first}e{zeros}" if zeros >= LEAST_ZEROS and len(first.lstrip("-")) == 1 else text
