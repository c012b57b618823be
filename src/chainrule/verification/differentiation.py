"""Numerical differentiation of f along a line: t ↦ f(x + t·v), from values of f alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .extrapolation import RATIO, WITNESSES, Floats, Limit, extrapolate

Line = Callable[[float], Floats]
"""t ↦ f(x + t·v), flattened to (m,)."""

Bools = NDArray[np.bool_]

FIRST_RUNGS = 7
"""Steps taken at first; most smooth functions need no more."""


@dataclass(frozen=True, slots=True)
class Scale:
    """What sets the steps along a line.

    Attributes:
        size: the widest change of x that makes sense, max(1, |x|).
        nearest: the distance to the nearest likely singularity, |x|; steps go well below it.
        epsilon: the relative rounding error of f and of x, 2.2e-16 for float64.
        step: the widest step to take, instead of one that is chosen.
    """

    size: float
    nearest: float
    epsilon: float
    step: float | None = None


@dataclass(frozen=True, slots=True)
class Derivative:
    """What values of f say of its derivative along a line, one entry an output.

    Attributes:
        value: the estimate.
        bound: how far the true derivative may lie from it.
        left, right: the one-sided derivatives and their bounds.
        flat: where f does not change at all near the point.
        rough: where f changes over the finest steps about as much as over the widest.
        slope: the size of f's slope over the widest step, the natural scale of a derivative here.
    """

    value: Floats
    bound: Floats
    left: Limit
    right: Limit
    flat: Bools
    rough: Bools
    slope: Floats

    @property
    def kinked(self) -> Bools:
        """Where the one-sided derivatives differ by more than their bounds."""
        both = self.left.known & self.right.known
        gap = np.abs(self.right.value - self.left.value)
        return both & (gap > self.left.bound + self.right.bound) & ~self.flat

    def settled(self) -> bool:
        """Whether finer steps could not tell more that matters."""
        scale = np.maximum(np.abs(self.value), 1e-3 * self.slope)
        return bool(np.all(self.flat | (~self.rough & ~self.kinked & (self.bound <= 1e-7 * scale))))


def central(line: Line, here: Floats, scale: Scale) -> Derivative:
    """The derivative at 0 by central differences, (f(x + h) - f(x - h)) / 2h, extrapolated to h = 0.

    Where f is finite on one side only, the derivative is that side's. Steps are powers of two, so that
    x + h and x - h are exact.

    Args:
        line: t ↦ f(x + t·v).
        here: f(x).
        scale: what steps make sense.
    """
    steps = _ladder(scale)
    first = _differentiate(line, here, steps[:FIRST_RUNGS], scale)
    if len(steps) <= FIRST_RUNGS or first.settled():
        return first
    return _differentiate(line, here, steps, scale)


def forward(line: Line, here: Floats, scale: Scale) -> Derivative:
    """The derivative at 0 by one forward difference, as the lecture's slide "Gradient check" has it.

    ∂f/∂x ≈ (f(x + Δx) - f(x)) / Δx for a small Δx, √ε·scale unless a step is given. The error of it is
    about half of what it differs by from the backward difference; the bound is the whole of that, and the
    rounding error of the quotient.
    """
    h = _power_of_two(scale.step or np.sqrt(scale.epsilon) * scale.size)
    ahead, behind = line(h), line(-h)
    with np.errstate(all="ignore"):
        right, left = (ahead - here) / h, (here - behind) / h
        rounding = 4 * scale.epsilon * np.max(np.abs([here, ahead, behind]), axis=0) / h
        bound = np.abs(right - left) + rounding + 16 * scale.epsilon * np.abs(right)
    flat = (ahead == here) & (behind == here) & np.isfinite(here)
    bound = np.where(flat, 0.0, np.where(np.isnan(bound), np.inf, bound))
    side = Limit(right, bound)  # one step cannot tell a kink from curvature; the bound covers both
    return Derivative(right, bound, side, side, flat, np.zeros_like(flat), np.abs(right))


def _ladder(scale: Scale) -> Floats:
    widest = _power_of_two(scale.step or scale.size / 8)
    finest = widest * scale.epsilon**0.75
    if 0 < scale.nearest < scale.size:
        finest = min(finest, scale.nearest * scale.epsilon**0.4)
    rungs = int(np.ceil(np.log(widest / finest) / np.log(RATIO)))
    return widest / np.power(RATIO, np.arange(rungs, dtype=np.float64))


def _power_of_two(size: float) -> float:
    return float(2.0 ** np.floor(np.log2(size)))


def _differentiate(line: Line, here: Floats, steps: Floats, scale: Scale) -> Derivative:
    ahead = np.array([line(h) for h in steps])
    behind = np.array([line(-h) for h in steps])
    h, resolved = steps[:, None], scale.size * scale.epsilon**0.4

    def limit(minuend: Floats, subtrahend: Floats, span: Floats, power: int) -> tuple[Limit, Bools]:
        change = np.maximum(np.abs(minuend - here), np.abs(here - subtrahend))
        still = np.logical_and.accumulate(change[::-1] == 0, axis=0)[::-1]
        grain = scale.epsilon * np.maximum(np.abs(minuend), np.abs(subtrahend))
        grain = np.where(np.any(still, axis=0), np.maximum(grain, _smallest_positive(change)), grain)
        grain = np.where(still, np.inf, grain)
        found = extrapolate((minuend - subtrahend) / span, steps, grain, power, scale.epsilon)
        flat_until = np.max(np.where(still, h, 0.0), axis=0)
        flat = flat_until >= resolved
        bound = np.where(flat, 4 * scale.epsilon * np.abs(here) / flat_until, found.bound)
        return Limit(np.where(flat, 0.0, found.value), bound), flat

    with np.errstate(all="ignore"):
        middle, flat = limit(ahead, behind, 2 * h, power=2)
        right, _ = limit(ahead, here[None], h, power=1)
        left, _ = limit(here[None], behind, h, power=1)
        change = np.maximum(np.abs(ahead - here), np.abs(here - behind))
    side = _known(left, right)
    value = np.where(middle.known, middle.value, side.value)
    bound = np.where(middle.known, middle.bound, side.bound)
    slope = _smallest_positive((change / h)[:WITNESSES])
    return Derivative(value, bound, left, right, flat, _rough(change), slope)


def _rough(change: Floats) -> Bools:
    finite = np.where(np.isfinite(change), change, 0.0)
    finest, widest = np.max(finite[-WITNESSES:], axis=0), np.max(finite, axis=0)
    return np.asarray(finest > 0.1 * widest)


def _known(first: Limit, second: Limit) -> Limit:
    """The first limit where there is one, else the second."""
    return Limit(
        np.where(first.known, first.value, second.value), np.where(first.known, first.bound, second.bound)
    )


def _smallest_positive(rows: Floats) -> Floats:
    """The smallest positive finite number in each column; 0 where there is none."""
    smallest = np.min(np.where(np.isfinite(rows) & (rows > 0), rows, np.inf), axis=0)
    return np.where(np.isfinite(smallest), smallest, 0.0)
