"""Quarters and ISO weeks as their first moment: seconds since 1970 began, in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime

#: Names of the formats, in the notation of pandas' and C's ``strftime``, which no ``strptime`` reads.
QUARTER, WEEK = "%Y-Q%q", "%G-W%V"
QUARTERS = re.compile(
    r"(?P<year>[1-9]\d{3})[-/ ]?Q(?P<quarter>[1-4])|Q(?P<first>[1-4])[-/ ]?(?P<last>[1-9]\d{3})",
    re.ASCII | re.IGNORECASE,
)
WEEKS = re.compile(r"(?P<year>[1-9]\d{3})-?W(?P<week>\d{2})(?:-?(?P<day>[1-7]))?", re.ASCII | re.IGNORECASE)


def quarter_start(word: str) -> float | None:
    """When a quarter begins; ``None`` where the word is none.

    >>> quarter_start("1970Q2") / 86_400, quarter_start("Q2 1970") / 86_400, quarter_start("1970-Q5")
    (90.0, 90.0, None)
    """
    found = QUARTERS.fullmatch(word)
    if found is None:
        return None
    year, quarter = int(found["year"] or found["last"]), int(found["quarter"] or found["first"])
    return datetime(year, 3 * quarter - 2, 1, tzinfo=UTC).timestamp()


def week_start(word: str) -> float | None:
    """When a week of ISO 8601 begins, or the day of it that is given; ``None`` where the word is none.

    Week 1 is the one with the year's first Thursday.

    >>> week_start("1970-W02") / 86_400, week_start("1970W023") / 86_400, week_start("2024-W53")
    (4.0, 6.0, None)
    """
    found = WEEKS.fullmatch(word)
    if found is None:
        return None
    try:
        day = datetime.fromisocalendar(int(found["year"]), int(found["week"]), int(found["day"] or 1))
    except ValueError:  # the year has no such week
        return None
    return day.replace(tzinfo=UTC).timestamp()
