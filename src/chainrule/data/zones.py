"""Time zones by name: what a local time is ahead of UTC."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

EPOCH = datetime(1970, 1, 1)
#: By hours ahead of UTC: those of RFC 2822, section 4.3, and Europe's; other abbreviations are of several
#: zones.
ZONES = {
    -8: "PST",
    -7: "PDT MST",
    -6: "MDT CST",
    -5: "CDT EST",
    -4: "EDT",
    0: "Z UT UTC GMT WET",
    1: "CET WEST",
    2: "CEST EET",
    3: "EEST MSK",
    9: "JST",
}
ABBREVIATIONS: Mapping[str, int] = MappingProxyType(
    {name: hours for hours, names in ZONES.items() for name in names.split()}
)


def zone_offset(zone: str, local: float) -> float | None:
    """Seconds that a zone is ahead of UTC; ``None`` where it is not known.

    Args:
        zone: ``+02:00``, ``CET`` or ``Europe/Berlin``, say; "" for UTC.
        local: when, in seconds since 1970 began by that zone's clocks. An hour that they show twice is the
            first.

    >>> zone_offset("+0530", 0.0), zone_offset("Europe/Berlin", 200 * 86_400.0), zone_offset("Nowhere", 0.0)
    (19800.0, 3600.0, None)
    """
    if not zone:
        return 0.0
    if zone[0] in "+-":
        digits = zone[1:].replace(":", "").ljust(4, "0")
        seconds = 3600.0 * int(digits[:2]) + 60.0 * int(digits[2:])
        return -seconds if zone[0] == "-" else seconds
    hours = ABBREVIATIONS.get(zone)
    if hours is not None:
        return 3600.0 * hours
    place = _place(zone)
    ahead = None if place is None else (EPOCH + timedelta(seconds=local)).replace(tzinfo=place).utcoffset()
    return None if ahead is None else ahead.total_seconds()


@lru_cache(maxsize=64)
def _place(name: str) -> ZoneInfo | None:
    """The zone of a place, by the system's own list of them."""
    try:
        return ZoneInfo(name) if "/" in name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
