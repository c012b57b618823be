"""Numerical differentiation of f along a line: t ↦ f(x + t·v), from values of f alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .extrapolation import SAFETY, Floats, Limit
from .sampling import Bools, Samples, Texture
from .steps import Scale

Line = Callable[[float], Floats]
"""t ↦ f(x + t·v), flattened to (m,)."""

FIRST_RUNGS = 7
"""Steps taken at first; most smooth functions need no more."""


@dataclass(frozen=True, slots=True)
class Derivative:
    """What values of f say of its derivative along a line, one entry an output.

    Attributes:
        value: the estimate.
        bound: how far the true derivative may lie from it.
        left, right: the one-sided derivatives and their bounds.
        texture: where f is not the smooth function that the estimate takes it for.
        slope: the size of f's slope over the wider steps, the natural scale of a derivative here.
    """

    value: Floats
    bound: Floats
    left: Limit
    right: Limit
    texture: Texture
    slope: Floats

    @property
    def kinked(self) -> Bools:
        """Where the one-sided derivatives differ by more than their bounds."""
        both = self.left.known & self.right.known
        gap = np.abs(self.right.value - self.left.value)
        return both & (gap > self.left.bound + self.right.bound) & ~self.texture.flat

    def settled(self) -> bool:
        """Whether finer steps could not tell more that matters."""
        sharp = self.bound <= 1e-7 * np.maximum(np.abs(self.value), 1e-3 * self.slope)
        return bool(np.all(self.texture.flat | (sharp & ~self.texture.rough & ~self.kinked)))


def central(line: Line, here: Floats, scale: Scale) -> Derivative:
    """The derivative at 0 by central differences, (f(x + h) - f(x - h)) / 2h, extrapolated to h = 0.

    Where f is finite on one side only, the derivative is that side's.

    Args:
        line: t ↦ f(x + t·v).
        here: f(x).
        scale: what steps make sense.
    """
    steps = scale.ladder()
    first = _differentiate(line, here, steps[:FIRST_RUNGS], scale)
    if len(steps) <= FIRST_RUNGS or (first.settled() and _holds_within(first, line, steps, scale)):
        return first
    return _differentiate(line, here, steps, scale)


def _holds_within(found: Derivative, line: Line, steps: Floats, scale: Scale) -> bool:
    """Whether a quotient at a far finer step agrees: f has no structure that the first steps missed."""
    h = float(steps[np.argmin(np.abs(np.log(steps / (scale.size * scale.epsilon**0.5))))])
    ahead, behind = line(h), line(-h)
    with np.errstate(all="ignore"):
        apart = np.abs((ahead - behind) / (2 * h) - found.value)
        rounding = SAFETY * scale.epsilon * np.maximum(np.abs(ahead), np.abs(behind)) / h
    return bool(np.all(apart <= found.bound + rounding + SAFETY * scale.underflow / h))


def forward(line: Line, here: Floats, scale: Scale) -> Derivative:
    """The derivative at 0 by one forward difference, as the lecture's slide "Gradient check" has it.

    ∂f/∂x ≈ (f(x + Δx) - f(x)) / Δx for a small Δx, √ε·scale unless a step is given. The error of it is
    about half of what it differs by from the backward difference; the bound is the whole of that, and the
    rounding error of the quotient.
    """
    h = scale.single()
    ahead, behind = line(h), line(-h)
    with np.errstate(all="ignore"):
        right, left = (ahead - here) / h, (here - behind) / h
        rounding = 4 * scale.epsilon * np.max(np.abs([here, ahead, behind]), axis=0) / h
        bound = np.abs(right - left) + rounding + 16 * scale.epsilon * np.abs(right)
    side = Limit(right, np.where(np.isnan(bound), np.inf, bound))  # covers a kink as well as curvature
    flat = (ahead == here) & (behind == here) & np.isfinite(here)
    texture = Texture(flat, granular=np.zeros_like(flat), rough=np.zeros_like(flat))
    return Derivative(side.value, side.bound, side, side, texture, np.abs(right))


def _differentiate(line: Line, here: Floats, steps: Floats, scale: Scale) -> Derivative:
    ahead = np.array([line(h) for h in steps])
    behind = np.array([line(-h) for h in steps])
    samples = Samples(steps, here, ahead, behind, scale)
    with np.errstate(all="ignore"):
        middle, left, right = samples.middle(), samples.left(), samples.right()
        estimate = middle.or_else(left.or_else(right))
        return Derivative(estimate.value, estimate.bound, left, right, samples.texture(), samples.slope())
