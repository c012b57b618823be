"""The shapes of what a product computes at a time."""

from __future__ import annotations


def panel_width(columns: int, lanes: int, vectors: int) -> int:
    """How many columns a panel has: as many vectors as registers allow, and no more than there are columns.

    >>> panel_width(100, lanes=8, vectors=2), panel_width(3, lanes=8, vectors=2)
    (16, 8)
    """
    return min(vectors, -(-columns // lanes)) * lanes


def active_lanes(columns: int, lanes: int) -> list[int]:
    """Vectors for so many columns: how many lanes of each count.

    >>> active_lanes(13, lanes=8)
    [8, 5]
    """
    full, rest = divmod(columns, lanes)
    return [lanes] * full + [rest] * bool(rest)
