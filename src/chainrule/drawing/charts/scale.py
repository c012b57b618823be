"""From numbers to places in a picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .figures import short, significant

#: Ticks that an axis has, about.
TICKS = 5
#: Half of what lies farther apart could not be computed.
_FARTHEST = 1e307
#: What lies closer together than this, relative to its size or at all, is drawn as one number.
_NARROWEST, _SMALLEST = 1e-12, 1e-290


@dataclass(frozen=True, slots=True)
class Scale:
    """A map from numbers between ``low`` and ``high`` to pixels between ``start`` and ``end``.

    Args:
        low, high: of the numbers; ``low < high``, both positive where it is logarithmic.
        start, end: of the pixels; ``start > end`` where it goes up.
        log: whether equal ratios, not equal differences, have equal lengths.
        ticks: the numbers that are marked.
        names: what is written at each of them.
    """

    low: float
    high: float
    start: float
    end: float
    log: bool
    ticks: tuple[float, ...]
    names: tuple[str, ...]

    def __call__(self, values: ArrayLike) -> NDArray[Any]:
        """The pixels of numbers, an array of the same shape.

        >>> linear(0, 10, 100, 200)([0, 5, 10]).tolist()
        [100.0, 150.0, 200.0]
        """
        numbers = np.asarray(values, dtype=np.float64)
        ends = np.array([self.low, self.high])
        if self.log:
            numbers, ends = np.log(numbers), np.log(ends)
        half = ends / 2  # the range of all float64 numbers is more than a float64 number
        share = (numbers / 2 - half[0]) / (half[1] - half[0])
        return np.asarray(self.start + share * (self.end - self.start))


def linear(low: float, high: float, start: float, end: float, ticks: int = TICKS) -> Scale:
    """A scale with ticks at round numbers; where low = high, with room on both sides.

    >>> linear(0, 1, 0, 100).names
    ('0', '0.2', '0.4', '0.6', '0.8', '1.0')
    """
    low, high = (min(max(end, -_FARTHEST), _FARTHEST) for end in (low, high))
    if not high - low > max(_NARROWEST * max(abs(low), abs(high)), _SMALLEST):
        room = abs(low) / 2 if abs(low) > _SMALLEST else 0.5
        low, high = low - room, high + room
    step = _round_step(high / ticks - low / ticks)
    marks = [k * step for k in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]
    largest = max(abs(low), abs(high))
    return Scale(low, high, start, end, False, tuple(marks), tuple(_name(m, step, largest) for m in marks))


def _name(mark: float, step: float, largest: float) -> str:
    """A tick's number with the digits that tell it from its neighbours."""
    digits = 1 + max(0, math.floor(math.log10(largest) + 1e-9) - math.floor(math.log10(step) + 1e-9))
    if 1e-4 <= largest < 1e7 or (digits > 4 and 1 <= largest < 1e15):
        decimals = max(0, -math.floor(math.log10(step) + 1e-9))
        return f"{mark:,.{decimals}f}".replace("-", "−") if mark else "0"
    return significant(mark, max(1, digits - 1 + int(abs(mark) >= largest / 10)))


def logarithmic(low: float, high: float, start: float, end: float) -> Scale:
    """A scale of positive numbers with ticks at powers of ten, and between them where there are few.

    >>> logarithmic(0.02, 3, 0, 100).names
    ('0.02', '0.05', '0.1', '0.2', '0.5', '1', '2')
    """
    if not high > low * (1 + _NARROWEST):
        low, high = low / 2, high * 2
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    decades = last - first
    factors: Sequence[int] = (1, 2, 5) if decades <= 3 else (1,)
    every = max(1, math.ceil(decades / 8))
    marks = [f * 10.0**k for k in range(first, last + 1, every) for f in factors]
    inside = tuple(mark for mark in marks if low * (1 - 1e-9) <= mark <= high * (1 + 1e-9))
    if len(inside) < 2 and not high - low > _SMALLEST:  # too close to 0 for even steps
        return logarithmic(low / 10, high * 10, start, end)
    if len(inside) < 2:
        even = linear(low, high, start, end)
        return replace(even, log=True)
    return Scale(low, high, start, end, True, inside, tuple(short(mark, low < 1e-4) for mark in inside))


def _round_step(step: float) -> float:
    """The least of 1, 2, 5 times a power of ten that is not much smaller."""
    power = 10.0 ** math.floor(math.log10(step)) if step > 1e-307 else 1e-307
    return float(next(factor * power for factor in (1, 2, 5, 10) if factor * power >= 0.7 * step))
