"""With how many digits does a function compute: its result's, or those of a float32 on the way?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ... import tree
from ...errors import SourceLine
from ...lines import user_line
from ..extrapolation import Floats
from ..point import Point, Tensor
from ..report import Finding

EPSILON32 = float(np.finfo(np.float32).eps)
EPSILON64 = float(np.finfo(np.float64).eps)

Moved = Mapping[int, Any]
"""Leaves of a point by their place, to be used instead of its own."""


@dataclass(slots=True)
class Casts:
    """The lines at which arrays lost digits, while :func:`watch` looked."""

    lines: dict[str, SourceLine | None] = field(default_factory=dict)


class Watched(np.ndarray[Any, Any]):
    """An array that notes where an array of fewer digits is made from it."""

    casts: Casts | None = None

    def __array_finalize__(self, source: Any) -> None:
        self.casts = getattr(source, "casts", None)
        if self.casts is None or self.dtype.kind != "f" or source.dtype.kind != "f":
            return
        if self.dtype.itemsize < source.dtype.itemsize:
            line = user_line()
            self.casts.lines.setdefault(f"{self.dtype} at {line}", line)


def watch(moved: Moved, casts: Casts) -> Moved:
    """The same arrays, watched."""
    found: dict[int, Any] = {}
    for leaf, array in moved.items():
        watched = array.view(Watched)
        watched.casts = casts
        found[leaf] = watched
    return found


def elsewhere(tensors: Sequence[Tensor], rng: np.random.Generator) -> dict[int, NDArray[Any]]:
    """Each tensor moved by up to a thousandth, to where its digits are random: no float64 is a float32 there.

    Signs stay, so that most functions are defined there too.
    """
    return {t.leaf: _moved(t.value, rng.random(t.value.shape)) for t in tensors}


def rounded(moved: Mapping[int, NDArray[Any]]) -> dict[int, NDArray[Any]]:
    """Each tensor as float32 would hold it."""
    with np.errstate(all="ignore"):
        return {leaf: value.astype(np.float32).astype(value.dtype) for leaf, value in moved.items()}


def declared(output: Any) -> float:
    """The relative rounding error of the dtypes that a function returns, at least that of float64."""
    dtypes = [np.asarray(leaf).dtype for leaf in tree.flatten(output)[0]]
    return max([EPSILON64, *(float(np.finfo(dtype).eps) for dtype in dtypes if dtype.kind == "f")])


def are_float32(values: Sequence[Floats]) -> bool:
    """Whether values at several places are float32's exactly, and no whole numbers or one constant."""
    together = np.concatenate(values)
    if all(np.array_equal(each, values[0]) for each in values):
        return False
    with np.errstate(all="ignore"):
        narrow = together.astype(np.float32).astype(np.float64)
    return bool(
        np.all(np.isfinite(together) & (narrow == together)) and np.any(together != np.round(together))
    )


def ignores_digits(point: Point, here: Floats, there: Floats, moved: Mapping[int, NDArray[Any]]) -> bool:
    """Whether f sees only a float32 of its arguments: it does not change where they are rounded to one.

    Args:
        point: f.
        here, there: f at the point, and where the arguments were moved to.
        moved: those arguments.
    """
    slope = np.abs(there - here).max(initial=0.0) * 1e3
    visible = slope * EPSILON32 / 8 > 100 * EPSILON64 * np.abs(there).max(initial=0.0)
    if not (np.all(np.isfinite(there)) and visible):
        return False
    if not np.array_equal(point.values(rounded(moved)), there):
        return False
    wider = {leaf: value * (1 + 16 * EPSILON32) for leaf, value in moved.items()}
    return not np.array_equal(point.values(wider), there)  # else it is a staircase


def low_precision(values: Sequence[Floats], output: Any, casts: Casts, blunt: bool) -> Iterator[Finding]:
    """The finding that f computes with fewer digits than its arguments have.

    Args:
        values: f at places with random digits.
        output: what f returned.
        casts: the lines at which digits were seen to go.
        blunt: whether f ignores the digits of its arguments that float32 has no room for.
    """
    dtypes = {str(np.asarray(leaf).dtype) for leaf in tree.flatten(output)[0]} & {"float16", "float32"}
    judged = "it is judged by the rounding of float32, 1.2e-07 of its value"
    if dtypes:
        yield Finding("dtype", f"f returns {', '.join(sorted(dtypes))} for float64 arguments: {judged}")
    elif casts.lines:
        yield Finding("low precision", f"f casts float64 to {' and to '.join(casts.lines)}; {judged}")
    elif are_float32(values):
        yield Finding(
            "low precision", f"f returns float64 numbers that are all float32's, rounded inside: {judged}"
        )
    elif blunt:
        yield Finding("low precision", f"f rounds its float64 arguments to float32: {judged}")


def _moved(value: NDArray[Any], part: NDArray[np.float64]) -> NDArray[Any]:
    with np.errstate(all="ignore"):
        step = 1e-3 * part * np.where(value == 0, 1.0, value)
        return np.asarray(value + step).astype(value.dtype)
