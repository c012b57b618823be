"""Numbers as a reader needs them: no digit that the bound does not vouch for, and none too few."""

from __future__ import annotations

import math

FEWEST, MOST = 3, 17
"""Significant digits."""


def digits(size: float, bound: float) -> int:
    """How many significant digits of numbers of this size reach down to the bound.

    >>> digits(0.955, 7e-13), digits(2.0, 0.3), digits(1.0, float("inf"))
    (14, 3, 6)
    """
    if not (0 < bound < math.inf and 0 < size < math.inf):
        return MOST if bound == 0 else 6
    return min(max(math.ceil(math.log10(size) - math.log10(bound)) + 1, FEWEST), MOST)


def number(value: float, significant: int) -> str:
    """A number with so many significant digits.

    >>> number(0.123456789, 4), number(-0.0, 4), number(1.5e-300, 3)
    ('0.1235', '0', '1.5e-300')
    """
    return f"{value + 0.0:.{significant}g}"


def short(value: float) -> str:
    """A number of which the size is all that matters, such as a bound.

    >>> short(2.34e-12), short(0.0), short(float("nan"))
    ('2.3e-12', '0', 'nan')
    """
    return "0" if value == 0 else f"{value:.1e}"


def compared(analytic: float, numeric: float, bound: float) -> tuple[str, str]:
    """The derivative given, and "numeric ± bound", with as many digits as the bound allows.

    >>> compared(2.002, 2.00000012, 3e-9)
    ('2.002', '2.00000012 ± 3.0e-09')
    """
    size = max((abs(value) for value in (analytic, numeric) if math.isfinite(value)), default=0.0)
    significant = digits(size, bound)
    return number(analytic, significant), f"{number(numeric, significant)} ± {short(bound)}"


def ratio(analytic: float, numeric: float, bound: float) -> str:
    """analytic / numeric; a dash where ``numeric`` may be zero.

    >>> ratio(3.0, 1.5, 1e-9), ratio(1.5, 1.5, 1e-9), ratio(1.00000002, 1.0, 1e-9), ratio(1.0, 0.0, 1e-9)
    ('2', '1', '1 + 2.0e-08', '–')
    """
    if not (math.isfinite(analytic) and abs(numeric) > bound):
        return "–"
    excess = (analytic - numeric) / numeric
    if abs(excess) * abs(numeric) <= bound:
        return "1"
    if abs(excess) < 1e-4:
        return f"1 {'+' if excess > 0 else '−'} {abs(excess):.1e}"
    return f"{1 + excess:.6g}"
