"""Numbers as people write them: grouped digits, a true minus, powers of ten."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import partial

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
#: A space at which no line ends.
NO_BREAK = "\u00a0"
_LEAST, _GREATEST = 1e-4, 1e7


def significant(value: float, digits: int = 4) -> str:
    """A number with so many significant digits, and all those before its decimal point.

    >>> [significant(x) for x in (0.012345, -3.0, 12345.6, 1.5e-9, 0.0)]
    ['0.01235', '−3.000', '12,346', '1.500×10⁻⁹', '0']
    >>> significant(float("nan")), significant(float("-inf"))
    ('undefined', '−∞')
    """
    if math.isnan(value):
        return "undefined"
    sign, size = "−" if value < 0 else "", abs(value)
    if math.isinf(size):
        return f"{sign}∞"
    if size == 0:
        return "0"
    mantissa, _, power = f"{size:.{digits - 1}e}".partition("e")
    exponent = int(power)
    if _LEAST <= size < _GREATEST:
        return f"{sign}{size:,.{max(0, digits - 1 - exponent)}f}"
    return f"{sign}{mantissa}×10{str(exponent).translate(_SUPERSCRIPTS)}"


def alike(values: Iterable[float], digits: int = 3) -> Callable[[float], str]:
    """How to write numbers below each other: with as many decimals as the least of them needs.

    >>> write = alike([0.0294, 1.0975])
    >>> write(0.0294), write(1.0975), write(-0.00052)
    ('0.0294', '1.0975', '−0.0005')
    >>> write(-0.00002)
    '0.0000'
    >>> alike([3e-9])(3e-9)
    '3.00×10⁻⁹'
    """
    sizes = [abs(value) for value in values if value and math.isfinite(value)]
    if not sizes or not min(sizes) >= _LEAST or max(sizes) >= _GREATEST:
        return partial(significant, digits=digits)
    decimals = max(0, digits - 1 - math.floor(math.log10(min(sizes))))
    return partial(_fixed, decimals=decimals)


def _fixed(value: float, decimals: int) -> str:
    if not math.isfinite(value):
        return significant(value)
    return f"{round(value, decimals) + 0.0:,.{decimals}f}".replace("-", "−")  # no minus before a zero


def percent(fraction: float) -> str:
    """A fraction in per cent, with one decimal, which no line's end parts from its sign.

    >>> [percent(each).replace(NO_BREAK, "~") for each in (0.9629, -0.5, 1)]
    ['96.3~%', '−50.0~%', '100.0~%']
    """
    return f"{100 * fraction:.1f}{NO_BREAK}%".replace("-", "−")


def short(value: float, power: bool = False) -> str:
    """A number as short as it can be, for axes.

    Args:
        value: the number.
        power: whether to write powers of ten in any case.

    >>> short(0.25), short(-1000.0), short(2e-7), short(0.1, power=True)
    ('0.25', '−1,000', '2×10⁻⁷', '10⁻¹')
    """
    if value == 0:
        return "0"
    sign, size = "−" if value < 0 else "", abs(value)
    if _LEAST <= size < _GREATEST and not power:
        whole, _, rest = f"{size:,.10f}".partition(".")
        return sign + f"{whole}.{rest}".rstrip("0").rstrip(".")
    mantissa, _, exponent = f"{size:.6e}".partition("e")
    factor = mantissa.rstrip("0").rstrip(".")
    return f"{sign}{'' if factor == '1' else factor + '×'}10{str(int(exponent)).translate(_SUPERSCRIPTS)}"
