"""Numbers as they stand in formulas: simple fractions, multiples of π and logarithms, else their digits."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

CONSTANTS: dict[str, tuple[float, ...]] = {
    "π": (math.pi,),
    "log 2π": (math.log(2 * math.pi),),
    "√(2π)": (math.sqrt(2 * math.pi), math.sqrt(math.pi * 2)),
    "√2": (math.sqrt(2), math.sqrt(0.5) * 2, 2 / math.sqrt(2)),
    "√π": (math.sqrt(math.pi),),
    "log 2": (math.log(2),),
}
LARGEST_DENOMINATOR = 10_000
MOST_ENTRIES = 12  # of a constant array that is written out


def exact(value: float) -> tuple[Fraction, str] | None:
    """A number as a simple fraction times a constant ("" for 1), equal to the last bit; else None."""
    if not math.isfinite(value) or abs(value) > 1e12:
        return None
    fraction = Fraction(value).limit_denominator(LARGEST_DENOMINATOR)
    if float(fraction) == value:
        return fraction, ""
    for name, constants in CONSTANTS.items():
        for constant in constants:
            ratio = Fraction(value / constant).limit_denominator(100)
            if ratio and float(ratio) * constant == value:
                return ratio, name
    return None


def literal_text(value: np.ndarray) -> str:
    """A constant array: its entries where they are few."""
    if value.size <= MOST_ENTRIES:
        return " ".join(np.array2string(value, separator=", ", max_line_width=10**6).split())
    return f"constant {'×'.join(map(str, value.shape))}"


def digits(value: float) -> str:
    """The shortest digits that read back as the same number."""
    return repr(float(value)).removesuffix(".0")
