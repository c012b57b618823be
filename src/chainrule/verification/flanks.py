"""f on both sides of a point, over steps too wide to see what lies next to it: kinks and jumps show there.

On each side a polynomial is fitted to values of f at distances from :attr:`Scale.reach` to 30 times that.
Where f is smooth, both polynomials continue each other. A kink within reach makes their slopes differ at the
point, and it lies where the two cross; a jump makes their values differ.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .extrapolation import SAFETY, Floats, Limit
from .steps import Scale

DEGREE = 4
POINTS = 8
CLOSELY = 100.0
"""A kink is looked at from this much nearer than the point is."""
WIDTH = 30.0
"""The widest distance in units of the narrowest."""


@dataclass(frozen=True, slots=True)
class Flanks:
    """Slopes and values at the point as each side by itself continues to it, one an output."""

    left_slope: Limit
    right_slope: Limit
    left_level: Limit
    right_level: Limit
    reach: float
    sharp: NDArray[np.bool_]
    """Where the bend was not found to be a smooth one when it was looked at closely."""
    resolved: NDArray[np.bool_]
    """Where it could be looked at closely, so that the point is known to lie beside it."""

    @property
    def gap(self) -> Floats:
        """The jump of the slope."""
        return self.right_slope.value - self.left_slope.value

    @property
    def kinked(self) -> NDArray[np.bool_]:
        """Where the slopes differ by more than their bounds, and what lies within reach explains it."""
        seen = np.abs(self.gap) > self.left_slope.bound + self.right_slope.bound
        return seen & (np.abs(self.distance) <= 1.5 * self.reach) & ~self.torn & self.sharp

    @property
    def torn(self) -> NDArray[np.bool_]:
        """Where the values differ by more than a kink within reach can explain."""
        unexplained = np.abs(self._rise) - 1.5 * self.reach * np.abs(self.gap)
        return np.asarray(unexplained > self.left_level.bound + self.right_level.bound)

    @property
    def distance(self) -> Floats:
        """How far along the line the two sides cross."""
        with np.errstate(all="ignore"):
            return np.asarray(-self._rise / self.gap)

    @property
    def _rise(self) -> Floats:
        return self.right_level.value - self.left_level.value


def flanks(line: Callable[[float], Floats], scale: Scale) -> Flanks:
    """Both sides of a point, from 2 × 8 values of f."""
    distances = scale.exact(scale.reach * WIDTH ** (np.arange(POINTS) / (POINTS - 1)))
    with np.errstate(all="ignore"):
        right = _side(np.array([line(h) for h in distances]), distances, scale)
        left = _side(np.array([line(-h) for h in distances]), -distances, scale)
    everywhere = np.ones_like(left[0].known)
    return _looked_at(
        line, Flanks(left[1], right[1], left[0], right[0], scale.reach, everywhere, ~everywhere), scale
    )


def _looked_at(line: Callable[[float], Floats], found: Flanks, scale: Scale) -> Flanks:
    """Does f have its whole bend within a hundredth of the distance at which it lies?

    A bend too near to be looked at more closely than from the point itself is left as it is.
    """
    sharp, resolved = found.sharp.copy(), found.resolved.copy()
    for i in np.flatnonzero(found.kinked):
        d, gap = float(found.distance[i]), float(found.gap[i])
        error = found.left_level.bound[i] + found.right_level.bound[i]
        width = max(abs(d) / CLOSELY, 4 * float(error / abs(gap)), scale.grid)
        if width < abs(d) / 4:
            bend = line(d + width)[i] - 2 * line(d)[i] + line(d - width)[i]
            sharp[i] = resolved[i] = abs(bend) > abs(gap) * width / 2
    return replace(found, sharp=sharp, resolved=resolved)


def _side(values: Floats, distances: Floats, scale: Scale) -> tuple[Limit, Limit]:
    """Value and slope at 0 of a polynomial through values of f, and how far they may be off.

    The bound is what the polynomial of one degree less says otherwise, and what errors as large as the
    residuals, or as rounding, can do to the coefficients.
    """
    unit = distances / np.max(np.abs(distances))
    level, slope = _coefficients(values, unit, DEGREE)
    less_level, less_slope = _coefficients(values, unit, DEGREE - 1)
    powers = np.abs(unit)[:, None] ** np.arange(DEGREE + 1)
    inverse = np.linalg.pinv(powers)
    off = np.max(np.abs(values - powers @ (inverse @ values)), axis=0)
    off = np.maximum(off, scale.epsilon * np.max(np.abs(values), axis=0)) + scale.underflow
    spread = SAFETY * np.sum(np.abs(inverse[:2]), axis=1)
    width = np.max(np.abs(distances))
    sign = np.sign(distances[0])
    return (
        _limit(level, np.abs(level - less_level) + spread[0] * off),
        _limit(sign * slope / width, (np.abs(slope - less_slope) + spread[1] * off) / width),
    )


def _coefficients(values: Floats, unit: Floats, degree: int) -> tuple[Floats, Floats]:
    solved = np.linalg.pinv(np.abs(unit)[:, None] ** np.arange(degree + 1)) @ values
    return solved[0], solved[1]


def _limit(value: Floats, bound: Floats) -> Limit:
    known = np.isfinite(value) & np.isfinite(bound)
    return Limit(np.where(known, value, np.nan), np.where(known, bound, np.inf))
