"""What the evidence says of one number of a gradient: PASS, FAIL, or UNDECIDED with its reason."""

from __future__ import annotations

import enum

import numpy as np

from .evidence import Bend, Evidence, Nature


class Verdict(enum.Enum):
    """PASS: confirmed to within a bound. FAIL: refuted. UNDECIDED: the values of f do not tell."""

    PASS = "PASS"
    FAIL = "FAIL"
    UNDECIDED = "UNDECIDED"

    def __str__(self) -> str:
        return self.value


WITHHELD = {
    Nature.UNDEFINED: "f is not finite around the point, or its differences have no limit",
    Nature.NOISE: "f changes as much over the finest step as over the widest: it is noise at this scale",
    Nature.JUMP: "f jumps here, so it has no derivative",
}


def judge(analytic: float, seen: Evidence, *, scale: float, epsilon: float) -> tuple[Verdict, str]:
    """The verdict on one derivative, and its reason where that is not PASS; of a PASS, a remark or "".

    Args:
        analytic: the derivative as given.
        seen: what values of f say of it.
        scale: the size of the derivatives beside it; an error of ε^¼ of it must be visible for a PASS.
        epsilon: the relative rounding error of f.
    """
    if seen.nature in WITHHELD and not seen.beside:
        return Verdict.UNDECIDED, WITHHELD[seen.nature]
    if seen.bend is not None and not seen.beside:
        return _at_a_kink(analytic, seen.bend)
    if seen.nature is Nature.STAIRCASE and analytic == 0:
        return (
            Verdict.UNDECIDED,
            "f does not change over small steps, then jumps: a step function, or rounding",
        )
    verdict, reason = _compared(analytic, seen, scale, epsilon)
    remark = _beside(seen)
    return verdict, "; ".join(part for part in (reason, remark) if part)


def _compared(analytic: float, seen: Evidence, scale: float, epsilon: float) -> tuple[Verdict, str]:
    flat = seen.nature is Nature.FLAT
    size = max(abs(seen.numeric), seen.slope, scale)
    blind = seen.bound > epsilon**0.25 * size and not flat
    difference = abs(analytic - seen.numeric)
    if flat and seen.bound < difference < epsilon:
        return (
            Verdict.UNDECIDED,
            "f does not change at all here, and the derivative given is no more than rounding",
        )
    if seen.bound < difference < min(2 * seen.bound, epsilon**0.75 * size):
        return (
            Verdict.UNDECIDED,
            "the difference is just above the bound, and no more than rounding beside the other derivatives",
        )
    if difference > seen.bound and (not blind or seen.bound < abs(seen.numeric) / 2):
        return Verdict.FAIL, _how_far(analytic, seen, difference)
    if blind:
        return Verdict.UNDECIDED, f"too noisy: an error of up to {seen.bound:.1e} would not be seen"
    if not np.isfinite(analytic):
        return Verdict.FAIL, f"the derivative given is {analytic} where f has a finite one"
    return Verdict.PASS, ""


def _at_a_kink(analytic: float, bend: Bend) -> tuple[Verdict, str]:
    interval = (
        f"f has a kink: its derivative is {bend.left[0]:.6g} on the left, {bend.right[0]:.6g} on the right"
    )
    if bend.contains(analytic):
        return Verdict.UNDECIDED, f"{interval}; {analytic:.6g} is as good as any between them"
    return Verdict.FAIL, f"{interval}; {analytic:.6g} is not between them"


def _beside(seen: Evidence) -> str:
    if not seen.beside:
        return ""
    if seen.bend is None:
        return "f jumps very near"
    side = "right" if seen.bend.distance > 0 else "left"
    there = seen.bend.right[0] if seen.bend.distance > 0 else seen.bend.left[0]
    distance = abs(seen.bend.distance)
    return f"a kink lies {distance:.2g} to the {side}, and beyond it the derivative is {there:.6g}"


def _how_far(analytic: float, seen: Evidence, difference: float) -> str:
    times = (
        f"{difference / seen.bound:.2g} times the bound"
        if seen.bound > 0
        else "and f leaves no room for that"
    )
    ratio = f"; analytic / numeric = {analytic / seen.numeric:.6g}" if seen.numeric else ""
    return f"off by {difference:.3g}, {times}{ratio}"
