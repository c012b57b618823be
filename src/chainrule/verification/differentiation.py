"""Numerical differentiation of f along a line: t ↦ f(x + t·v), from values of f alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from .extrapolation import SAFETY, Floats, Limit
from .flanks import Flanks, flanks
from .sampling import Bools, Samples, Texture
from .steps import Scale

Line = Callable[[float], Floats]
"""t ↦ f(x + t·v), flattened to (m,)."""

STAGES = (7, 10, 14)
"""Steps taken before looking whether more are needed; most smooth functions need the first few alone."""


@dataclass(frozen=True, slots=True)
class Derivative:
    """What values of f say of its derivative along a line, one entry an output.

    Attributes:
        estimate: value, bound and widest step of the derivative at the point.
        left, right: the one-sided derivatives.
        central: whether the estimate is of central quotients, not of one side's.
        texture: where f is not the smooth function that the estimate takes it for.
        slope: the size of f's slope over the step of the estimate, the natural scale of a derivative here.
        samples: the values of f that all this comes from.
        flanks: f over steps that are wider than what lies next to the point, where that was looked at.
    """

    estimate: Limit
    left: Limit
    right: Limit
    central: Bools
    texture: Texture
    slope: Floats
    samples: Samples
    flanks: Flanks | None = None

    @property
    def value(self) -> Floats:
        return self.estimate.value

    @property
    def bound(self) -> Floats:
        return self.estimate.bound

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

    def uneven(self) -> bool:
        """Whether quotients over the width of the flanks differ from the estimate, as beside a kink."""
        steps, scale = self.samples.steps, self.samples.scale
        near = int(np.argmin(np.abs(np.log(steps / (2 * scale.reach)))))
        with np.errstate(all="ignore"):
            quotient = (self.samples.ahead[near] - self.samples.behind[near]) / (2 * steps[near])
            off = np.abs(quotient - self.value)
        odd = ~(off <= self.bound + 1e-7 * self.slope) | self.kinked
        return bool(np.any(odd | (self.texture.rough & ~self.texture.flat)))


def central(line: Line, here: Floats, scale: Scale) -> Derivative:
    """The derivative at 0 by central differences, (f(x + h) - f(x - h)) / 2h, extrapolated to h = 0.

    Where f is finite on one side only, the derivative is that side's.

    Args:
        line: t ↦ f(x + t·v).
        here: f(x).
        scale: what steps make sense.
    """
    steps = scale.ladder()
    samples = Samples.empty(here, scale)
    for count in (*STAGES, len(steps)):
        samples = samples.extended(line, steps[len(samples.steps) : count])
        found = _differentiate(samples)
        if len(samples.steps) == len(steps) or (found.settled() and _holds_within(found, line, steps)):
            break
    return replace(found, flanks=flanks(line, scale)) if found.uneven() else found


def _holds_within(found: Derivative, line: Line, steps: Floats) -> bool:
    """Whether a quotient at a far finer step agrees: f has no structure that the first steps missed."""
    scale = found.samples.scale
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
    samples = Samples.empty(here, scale).extended(line, np.array([h]))
    ahead, behind = samples.ahead[0], samples.behind[0]
    with np.errstate(all="ignore"):
        right, left = (ahead - here) / h, (here - behind) / h
        rounding = 4 * scale.epsilon * np.max(np.abs([here, ahead, behind]), axis=0) / h
        bound = np.abs(right - left) + rounding + 16 * scale.epsilon * np.abs(right)
    bound = np.where(np.isnan(bound), np.inf, bound)  # it covers a kink as well as curvature
    side = Limit(right, bound, np.full_like(right, h))
    flat = (ahead == here) & (behind == here) & np.isfinite(here)
    nowhere = np.zeros_like(flat)
    return Derivative(side, side, side, nowhere, Texture(flat, nowhere, nowhere), np.abs(right), samples)


def _differentiate(samples: Samples) -> Derivative:
    with np.errstate(all="ignore"):
        middle, left, right = samples.middle(), samples.left(), samples.right()
        estimate = middle.or_else(left.or_else(right))
        slope = samples.slope(np.broadcast_to(estimate.step, estimate.value.shape))
        return Derivative(estimate, left, right, middle.known, samples.texture(), slope, samples)
