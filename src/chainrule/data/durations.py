"""Lengths of time as words, such as 36:15:00: seconds."""

from __future__ import annotations

import re

#: The name of the format; hours may be more than a day has.
DURATION = "h:mm:ss"
WRITTEN = re.compile(
    r"(?:(?P<days>[+-]?\d+) days?,?\s*\+?)?(?P<sign>-?)(?P<hours>\d+):(?P<minutes>[0-5]\d)"
    r"(?::(?P<seconds>[0-5]\d(?:[.,]\d+)?))?",
    re.ASCII,
)


def duration_seconds(word: str) -> float | None:
    """The seconds of a length of time; ``None`` where the word is none.

    >>> duration_seconds("36:15"), duration_seconds("0:00:01.5"), duration_seconds("1 day, 2:00:00")
    (130500.0, 1.5, 93600.0)
    >>> duration_seconds("-1 days +23:00:00"), duration_seconds("1:60")
    (-3600.0, None)
    """
    found = WRITTEN.fullmatch(word)
    if found is None:
        return None
    seconds = float((found["seconds"] or "0").replace(",", "."))
    within = 3600.0 * float(found["hours"]) + 60.0 * float(found["minutes"]) + seconds
    return 86_400.0 * float(found["days"] or 0) + (-within if found["sign"] else within)
