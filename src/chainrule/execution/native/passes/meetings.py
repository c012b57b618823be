"""Values that must lie in memory in the same order, because they meet element by element."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping
from typing import TypeVar

Value = TypeVar("Value", bound=Hashable)


def reached(start: Value, meetings: Iterable[Collection[Value]]) -> list[Value]:
    """All values that meet the start, or others that do; each meeting is the values that meet in it.

    >>> reached("W", [("W", "gradient"), ("x", "b"), ("average", "gradient")])
    ['W', 'gradient', 'average']
    """
    met: dict[Value, list[Collection[Value]]] = {}
    for meeting in meetings:
        for value in meeting:
            met.setdefault(value, []).append(meeting)
    found, pending = {start: None}, [start]
    for value in pending:
        further = [other for meeting in met.get(value, ()) for other in meeting if other not in found]
        pending += dict.fromkeys(further)
        found |= dict.fromkeys(further)
    return list(found)


def with_their_next(values: Collection[Value], following: Mapping[Value, Value]) -> bool:
    """Whether each carried value is among these together with its next one, which is written over it."""
    return all((last in values) == (after in values) for last, after in following.items())
