"""Words as moments in time: seconds since 1970 began, in UTC."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ..errors import ArgumentError
from .epochs import EPOCHS, epoch_parser
from .months import in_english
from .numbers import MISSING_VALUES
from .passes import Passes
from .periods import QUARTER, WEEK, quarter_start, week_start
from .zones import EPOCH, zone_offset

DAY = 86_400.0
#: A time of day behind a date, and the zone behind that.
TIME = re.compile(
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?P<fraction>[.,]\d+)?)?"
    r"(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?"
    r"(?:\s*(?P<zone>[+-]\d{2}(?::?\d{2})?|[A-Z][A-Za-z]*(?:/[A-Za-z0-9_+-]+)*))?(?:\[[A-Za-z0-9_/+-]+\])?",
    re.ASCII,
)
LONGEST = 72
#: The format of words that are a time of day alone.
TIME_OF_DAY = "%H:%M"


@dataclass(frozen=True, slots=True)
class DateFormat:
    """How the dates of a column are written.

    Args:
        name: in the notation of :meth:`datetime.strptime`; a time of day may follow a format that has none.
            ``%Y-Q%q`` is a quarter, such as 2024Q1, 2024-Q1 or Q1 2024, ``%G-W%V`` an ISO week, and ``%s``
            and ``%Q`` are seconds and milliseconds since 1970 began.
        parse: from a word to its seconds, NaN for "no value", ``None`` where it is no such date.

    >>> DATE_FORMATS["%Y-%m-%d"].parse("1970-01-02T01:00:00+01:00")
    86400.0
    >>> DATE_FORMATS["%d.%m.%Y"].parse("2.1.1970 12:30") / 3600
    36.5
    """

    name: str
    parse: Callable[[str], float | None]


def date_format(name: str) -> DateFormat:
    """The format of that name, one of the known ones or any other that ``strptime`` understands.

    Raises:
        ArgumentError: it does not understand it.
    """
    if name in DATE_FORMATS:
        return DATE_FORMATS[name]
    if name in EPOCHS:  # which no word is tried for: every number would fit
        return DateFormat(name, epoch_parser(name))
    try:
        datetime.strptime(datetime(2024, 5, 17).strftime(name), name)
    except ValueError:
        example = QUARTER if "%q" in name else "%d/%m/%Y %H:%M"
        raise ArgumentError(
            f"date format {name!r}", expected="one in the notation of strptime", instead=example
        ) from None
    return _format(name)


def _format(name: str) -> DateFormat:
    """A format whose words are a date, and after a space, a comma or a T perhaps a time of day."""
    whole = name != TIME_OF_DAY and ("%H" in name or "%I" in name)  # the time of day is part of it

    short = "%b" in name
    named = short or "%B" in name

    @lru_cache(maxsize=1 << 16)
    def date(text: str) -> float | None:
        if name == TIME_OF_DAY:
            return None if text else 0.0
        try:
            moment = datetime.strptime(in_english(text, short) if named else text, name)
        except ValueError:
            return None
        zone = moment.utcoffset() or timedelta()
        return (moment.replace(tzinfo=None) - EPOCH - zone).total_seconds()

    def parse(word: str) -> float | None:
        if len(word) > LONGEST:
            return None
        if whole or ":" not in word:
            return date(word)
        at = max(word.index(":") - 2, 0)
        at += not word[at].isdecimal()  # a single digit for the hour
        day, time = date(word[:at].rstrip(" ,Tt")), _time(word[at:])
        if day is None or time is None:
            return None
        seconds, zone = time
        ahead = zone_offset(zone, day + seconds)
        return None if ahead is None else day + seconds - ahead

    return _or_missing(name, parse)


def _or_missing(name: str, parse: Callable[[str], float | None]) -> DateFormat:
    """A format whose words may also mean "no value"."""
    return DateFormat(name, lambda word: float("nan") if word.lower() in MISSING_VALUES else parse(word))


@lru_cache(maxsize=1 << 18)
def _time(text: str) -> tuple[float, str] | None:
    """Seconds since midnight of a time of day such as 14:30:05.25+02:00, and its zone, "" without one."""
    found = TIME.fullmatch(text)
    if found is None:
        return None
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
    if found["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found["half"] in "Pp" else 0)
    if hour > 23 or minute > 59 or second > 60:
        return None
    fraction = float("0" + found["fraction"].replace(",", ".")) if found["fraction"] else 0.0
    return 3600.0 * hour + 60.0 * minute + second + fraction, found["zone"] or ""


def compact_date_format(numbers: NDArray[np.float64]) -> str:
    """The format of dates that look like whole numbers, such as 20240131 or 202401; "" where they are none.

    >>> compact_date_format(np.array([20240131.0, np.nan])), compact_date_format(np.array([20241301.0]))
    ('%Y%m%d', '')
    """
    formats = {_compact_format(block[np.isfinite(block)]) for block in Passes(numbers)} - {None}
    return formats.pop() or "" if len(formats) == 1 else ""


def _compact_format(known: NDArray[np.float64]) -> str | None:
    """That of these numbers, "" where they are no dates; ``None`` of no numbers."""
    if not len(known):
        return None
    if known.min() < 1900_01 or known.max() > 2100_12_31:
        return ""
    name, months = ("%Y%m", known) if known.max() <= 2100_12 else ("%Y%m%d", known // 100)
    days = np.ones(1) if name == "%Y%m" else known % 100
    fits = months.min() >= 1900_01 and (months % 100 >= 1).all() and (months % 100 <= 12).all()
    return name if fits and (known % 1 == 0).all() and days.min() >= 1 and days.max() <= 31 else ""


def show_date(seconds: float, format: str = "") -> str:
    """A moment as ISO 8601 writes it, the time of day only where it is not midnight, or where it is all.

    >>> show_date(86400.0), show_date(3661.5), show_date(3660.0, TIME_OF_DAY)
    ('1970-01-02', '1970-01-01T01:01:01.500000', '01:01:00')
    """
    moment = EPOCH + timedelta(seconds=seconds)
    if format == TIME_OF_DAY:
        return moment.time().isoformat()
    return moment.date().isoformat() if moment.time() == datetime.min.time() else moment.isoformat()


#: Every known format by name, in the order in which they are tried: of 1/2/2024 the month is the first.
DATE_FORMATS: Mapping[str, DateFormat] = MappingProxyType(
    {
        each.name: each
        for each in (
            *map(
                _format,
                (
                    "%Y-%m-%d",
                    "%Y/%m/%d",
                    "%Y.%m.%d",
                    "%d.%m.%Y",
                    "%m/%d/%Y",
                    "%d/%m/%Y",
                    "%d-%m-%Y",
                    "%m-%d-%Y",
                    "%d.%m.%y",
                    "%m/%d/%y",
                    "%d/%m/%y",
                    "%d %b %Y",
                    "%d-%b-%Y",
                    "%d-%b-%y",
                    "%d/%b/%Y",
                    "%d %B %Y",
                    "%d. %B %Y",
                    "%d. %b %Y",
                    "%b %d, %Y",
                    "%B %d, %Y",
                    "%a, %d %b %Y",
                    "%b %Y",
                    "%B %Y",
                    "%Y-%m",
                    TIME_OF_DAY,
                ),
            ),
            _or_missing(QUARTER, quarter_start),
            _or_missing(WEEK, week_start),
        )
    }
)
