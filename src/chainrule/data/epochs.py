"""Numbers that count the seconds or milliseconds since 1970 began, in UTC."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from .numbers import parse_number
from .passes import Passes

#: How many make a second, by the format's name in the notation of C's and D3's ``strftime``.
EPOCHS: Mapping[str, float] = MappingProxyType({"%s": 1.0, "%Q": 1000.0})
#: What they count.
UNITS = MappingProxyType({"%s": "seconds", "%Q": "milliseconds"})
#: Seconds from 1970 to the year 1, and as many after it, are dates.
FARTHEST = 62_135_596_800.0
#: The years 2000 to 2040, in which numbers are worth a remark.
LIKELY = (946_684_800.0, 2_208_988_800.0)


def epoch_seconds(numbers: NDArray[np.float64], format: str) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The seconds, NaN for a missing number, and a mask of the numbers that are no dates.

    >>> epoch_seconds(np.array([1500.0, np.nan, np.inf]), "%Q")
    (array([1.5, nan, inf]), array([False, False,  True]))
    """
    seconds = numbers / EPOCHS[format]
    return seconds, np.abs(seconds) > FARTHEST


def epoch_parser(format: str) -> Callable[[str], float | None]:
    """From a word to its seconds, NaN for "no value", ``None`` where it is no such date."""

    def parse(word: str) -> float | None:
        number = parse_number(word)
        if number is None:
            return None
        seconds = number / EPOCHS[format]
        return None if abs(seconds) > FARTHEST else seconds

    return parse


def epoch_format(numbers: NDArray[np.float64]) -> str:
    """The format of whole numbers that are likely to be moments; "" where they are not.

    >>> epoch_format(np.array([1.5e9, np.nan])), epoch_format(np.array([1.5e12]))
    ('%s', '%Q')
    """
    formats = {_format(block) for block in Passes(numbers, known=True) if len(block)}
    return formats.pop() if len(formats) == 1 else ""


def _format(known: NDArray[np.float64]) -> str:
    least, greatest = known.min(), known.max()
    for name, per_second in EPOCHS.items():
        if LIKELY[0] * per_second <= least and greatest < LIKELY[1] * per_second:
            return name if (known == np.floor(known)).all() else ""
    return ""
