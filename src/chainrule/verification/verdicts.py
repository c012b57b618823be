"""What the evidence says of one number of a gradient: PASS, FAIL, or UNDECIDED with its reason."""

from __future__ import annotations

import enum
from dataclasses import dataclass

import numpy as np

from .differentiation import Derivative


class Verdict(enum.Enum):
    """PASS: confirmed to within a bound. FAIL: refuted. UNDECIDED: the values of f do not tell."""

    PASS = "PASS"
    FAIL = "FAIL"
    UNDECIDED = "UNDECIDED"

    def __str__(self) -> str:
        return self.value


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
class Evidence:
    """What values of f say of one derivative: an estimate, its bound, and what is odd about it."""

    numeric: float
    bound: float
    left: tuple[float, float]
    right: tuple[float, float]
    kinked: bool
    flat: bool
    granular: bool
    rough: bool
    slope: float


def evidence(derivative: Derivative) -> list[Evidence]:
    """The evidence for each output of a function."""
    left, right, texture = derivative.left, derivative.right, derivative.texture
    return [
        Evidence(
            float(derivative.value[i]),
            float(derivative.bound[i]),
            (float(left.value[i]), float(left.bound[i])),
            (float(right.value[i]), float(right.bound[i])),
            bool(derivative.kinked[i]),
            bool(texture.flat[i]),
            bool(texture.granular[i]),
            bool(texture.rough[i]),
            float(derivative.slope[i]),
        )
        for i in range(len(derivative.value))
    ]


def judge(analytic: float, seen: Evidence, *, scale: float, epsilon: float) -> tuple[Verdict, str]:
    """The verdict on one derivative, and its reason where that is not PASS.

    Args:
        analytic: the derivative as given.
        seen: what values of f say of it.
        scale: the size of the derivatives beside it; an error of ε^¼ of it must be visible for a PASS.
        epsilon: the relative rounding error of f.
    """
    if not np.isfinite(seen.bound):
        return Verdict.UNDECIDED, "f is not finite around the point, or its differences have no limit"
    if seen.rough:
        return (
            Verdict.UNDECIDED,
            "f changes as much over the finest step as over the widest: a jump, or noise",
        )
    if seen.kinked:
        return _at_a_kink(analytic, seen)
    if seen.granular and analytic == 0:
        return (
            Verdict.UNDECIDED,
            "f does not change over small steps, then jumps: a step function, or rounding",
        )
    size = max(abs(seen.numeric), seen.slope, scale)
    blind = seen.bound > epsilon**0.25 * size and not seen.flat
    difference = abs(analytic - seen.numeric)
    if seen.flat and seen.bound < difference < epsilon:
        return (
            Verdict.UNDECIDED,
            "f does not change at all here, and the derivative given is no more than rounding",
        )
    if difference > seen.bound and (not blind or seen.bound < abs(seen.numeric) / 2):
        return Verdict.FAIL, _how_far(analytic, seen.numeric, difference, seen.bound)
    if blind:
        return Verdict.UNDECIDED, f"too noisy: an error of up to {seen.bound:.1e} would not be seen"
    if not np.isfinite(analytic):
        return Verdict.FAIL, f"the derivative given is {analytic} where f has a finite one"
    return Verdict.PASS, ""


def _at_a_kink(analytic: float, seen: Evidence) -> tuple[Verdict, str]:
    sides = sorted([seen.left, seen.right])
    lowest, highest = sides[0][0] - sides[0][1], sides[1][0] + sides[1][1]
    interval = (
        f"f has a kink: its derivative is {seen.left[0]:.6g} on the left, {seen.right[0]:.6g} on the right"
    )
    if lowest <= analytic <= highest:
        return Verdict.UNDECIDED, f"{interval}; {analytic:.6g} is as good as any between them"
    return Verdict.FAIL, f"{interval}; {analytic:.6g} is not between them"


def _how_far(analytic: float, numeric: float, difference: float, bound: float) -> str:
    times = f"{difference / bound:.2g} times the bound" if bound > 0 else "and f leaves no room for that"
    ratio = f"; analytic / numeric = {analytic / numeric:.6g}" if numeric else ""
    return f"off by {difference:.3g}, {times}{ratio}"
