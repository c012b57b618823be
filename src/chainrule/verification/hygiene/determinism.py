"""A function that gives different values for the same arguments: what makes them differ?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..extrapolation import Floats
from ..point import Function, Point
from ..report import Finding
from .surroundings import changed, fingerprints

ROUNDING = 1e-13
"""Relative differences up to this are what another order of additions makes."""


def nondeterminism(
    title: str, point: Point, function: Function, values: tuple[Floats, Floats], again: Callable[[], Any]
) -> Finding:
    """The finding that a function differs from call to call, with its cause where that can be found.

    Args:
        title: what to call the function.
        point: its arguments.
        function: it.
        values: two values of it for those arguments.
        again: calls it once more, after what made the values differ.
    """
    given = f"{title} gives different values for the same arguments ({apart(*values)})"
    pairs = zip(point.paths, point.leaves, strict=True)
    objects = {path: leaf for path, leaf in pairs if not isinstance(leaf, np.ndarray)}
    before = fingerprints(function, objects)
    again()
    drawn, kept = changed(before, fingerprints(function, objects))
    if drawn:
        advice = "draw them before and pass them in, or make the generator anew inside, from one seed"
        return Finding(
            "random", f"{given}: it draws random numbers from {_listed(drawn)}; {advice}", fatal=True
        )
    if kept:
        return Finding("hidden state", f"{given}: it keeps {_listed(kept)} from call to call", fatal=True)
    if _is_rounding(*values):
        advice = "they differ by rounding alone, as sums by several threads do; run it with one thread"
        return Finding("hidden state", f"{given}: {advice}", fatal=True)
    return Finding(
        "hidden state",
        f"{given}: it depends on something else than them that was not found, such as the time or a file",
        fatal=True,
    )


def apart(one: Floats, other: Floats) -> str:
    """How two values differ, for a reader."""
    if one.shape != other.shape:
        return f"{one.size} numbers, then {other.size}"
    with np.errstate(all="ignore"):
        differing = ~((one == other) | (np.isnan(one) & np.isnan(other)))
        worst = int(np.argmax(np.where(differing, np.nan_to_num(np.abs(one - other), nan=np.inf), -1.0)))
    return f"{one[worst]:.9g}, then {other[worst]:.9g}"


def equal(one: Floats, other: Floats) -> bool:
    return np.array_equal(one, other, equal_nan=True)


def _is_rounding(one: Floats, other: Floats) -> bool:
    if one.shape != other.shape:
        return False
    with np.errstate(all="ignore"):
        gap, size = np.abs(one - other), np.maximum(np.abs(one), np.abs(other))
        return bool(np.all((gap <= ROUNDING * size.max(initial=0.0)) | (np.isnan(one) & np.isnan(other))))


def _listed(names: list[str]) -> str:
    return ", ".join(
        name if name.startswith(("NumPy's", "Python's", "PyTorch's")) else f"`{name}`" for name in names
    )
