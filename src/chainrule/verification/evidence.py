"""What values of f say of one derivative: a number, its bound, and what f looks like there."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from .differentiation import Derivative
from .extrapolation import Limit


class Nature(enum.Enum):
    """What f looks like along a line through the point."""

    SMOOTH = "smooth"
    KINK = "a kink"
    JUMP = "a jump"
    FLAT = "flat"
    STAIRCASE = "a staircase"
    NOISE = "noise"
    EDGE = "the edge of its domain"
    UNDEFINED = "not finite"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class Bend:
    """The one-sided derivatives at a kink, each with its bound, and how far along the line it lies.

    ``reach`` is how far from a kink the steps see nothing of it.
    """

    left: tuple[float, float]
    right: tuple[float, float]
    distance: float
    reach: float

    def contains(self, slope: float) -> bool:
        """Whether a slope lies between the one-sided ones, to within their bounds."""
        low, high = sorted([self.left, self.right])
        return low[0] - low[1] <= slope <= high[0] + high[1]

    @property
    def smooth(self) -> float:
        """t of the nearest point x + t·v from which steps see nothing of the kink."""
        return self.distance + (-2 if self.distance > 0 else 2) * self.reach


@dataclass(frozen=True, slots=True)
class Evidence:
    """What values of f say of one derivative.

    Attributes:
        numeric, bound: the estimate, and how far the derivative may lie from it.
        nature: what f looks like.
        slope: the size of f's slope over the step of the estimate.
        bend: the kink, where there is one.
        beside: whether the kink or jump lies far enough from the point for the estimate to be unharmed.
        rule: "central", or the side, "left" or "right", on which alone f is finite, or "complex step".
        step: the widest step that the estimate rests on.
    """

    numeric: float
    bound: float
    nature: Nature
    slope: float
    bend: Bend | None = None
    beside: bool = False
    rule: str = "central"
    step: float = float("nan")


def evidence(derivative: Derivative) -> list[Evidence]:
    """The evidence for each output of a function."""
    return [_of_output(derivative, i) for i in range(len(derivative.value))]


def _of_output(derivative: Derivative, i: int) -> Evidence:
    bend = _bend(derivative, i)
    near = bend is None and _torn(derivative, i)
    estimate = _estimate(derivative, i, bend)
    return Evidence(
        float(estimate.value),
        float(estimate.bound),
        _nature(derivative, i, bend, near),
        float(derivative.slope[i]),
        bend,
        _is_beside(derivative, i, bend, near),
        _rule(derivative, i),
        float(estimate.step),
    )


def _estimate(derivative: Derivative, i: int, bend: Bend | None) -> Limit:
    """The derivative at the point; beside a kink that of the point's own side, if it is known better."""
    estimate, flanks = derivative.estimate.at(i), derivative.flanks
    if bend is None or flanks is None or not flanks.resolved[i]:
        return estimate
    side = (flanks.left_slope if bend.distance > 0 else flanks.right_slope).at(i)
    misled = derivative.kinked[i] or derivative.texture.granular[i]
    return side if misled or side.bound < estimate.bound else estimate


def _is_beside(derivative: Derivative, i: int, bend: Bend | None, near: bool) -> bool:
    """Whether a kink or jump lies far enough from the point for the estimate to be unharmed."""
    unharmed = not derivative.kinked[i] and not derivative.texture.rough[i]
    if bend is None:
        return near and unharmed
    resolved = derivative.flanks is not None and bool(derivative.flanks.resolved[i])
    gap = abs(bend.right[0] - bend.left[0])
    return resolved or (unharmed and float(derivative.bound[i]) < gap / 4)


def _nature(derivative: Derivative, i: int, bend: Bend | None, torn: bool) -> Nature:
    texture = derivative.texture
    undefined = float(derivative.bound[i]) == float("inf")
    told = (
        (bool(texture.flat[i]), Nature.FLAT),
        (undefined and not torn, Nature.UNDEFINED),
        (torn, Nature.JUMP),
        (bool(texture.rough[i]), Nature.NOISE),
        (bend is not None, Nature.KINK),
        (bool(texture.granular[i]), Nature.STAIRCASE),
        (not derivative.central[i], Nature.EDGE),
    )
    return next((nature for holds, nature in told if holds), Nature.SMOOTH)


def _rule(derivative: Derivative, i: int) -> str:
    if derivative.central[i]:
        return "central"
    return "left" if derivative.left.known[i] else "right"


def _torn(derivative: Derivative, i: int) -> bool:
    if derivative.flanks is None or derivative.texture.flat[i] or derivative.texture.granular[i]:
        return False
    return bool(derivative.flanks.torn[i])


def _bend(derivative: Derivative, i: int) -> Bend | None:
    """The kink at the point or within reach of it.

    A sharp but smooth bend looks the same from outside; at the point its slope is that of neither side.
    """
    if derivative.texture.rough[i]:
        return None
    left, right = derivative.left.at(i), derivative.right.at(i)
    flanks = derivative.flanks
    if flanks is not None and flanks.kinked[i]:
        outer = flanks.left_slope.at(i), flanks.right_slope.at(i)
        apart = bool(derivative.kinked[i] or flanks.resolved[i])
        if apart or _on_one_side(derivative.estimate.at(i), *outer):
            sharper = outer if outer[0].bound + outer[1].bound < left.bound + right.bound else (left, right)
            sides = outer if flanks.resolved[i] or not derivative.kinked[i] else sharper
            return Bend(_pair(sides[0]), _pair(sides[1]), float(flanks.distance[i]), flanks.reach)
    if derivative.kinked[i]:
        return Bend(_pair(left), _pair(right), 0.0, derivative.samples.scale.reach)
    return None


def _on_one_side(slope: Limit, left: Limit, right: Limit) -> bool:
    if not slope.bound < abs(right.value - left.value) / 4:
        return True  # too near to tell
    return any(abs(slope.value - side.value) <= slope.bound + side.bound for side in (left, right))


def _pair(limit: Limit) -> tuple[float, float]:
    return float(limit.value), float(limit.bound)
