"""Values of f on both sides of a point: the limits of their quotients, and how smooth f looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .extrapolation import WITNESSES, Floats, Limit, extrapolate
from .steps import Scale

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Texture:
    """Where f is not the smooth function that its quotients' limit takes it for, one entry an output.

    Attributes:
        flat: f does not change at all near the point.
        granular: f does not change over small steps, and over wider ones by more than its rounding error.
        rough: f changes over the finest steps about as much as over the widest.
    """

    flat: Bools
    granular: Bools
    rough: Bools


@dataclass(frozen=True, slots=True)
class Samples:
    """f(x) as (m,), and f(x + h·v), f(x - h·v) as (K, m) for K falling steps h."""

    steps: Floats
    here: Floats
    ahead: Floats
    behind: Floats
    scale: Scale

    @classmethod
    def empty(cls, here: Floats, scale: Scale) -> Samples:
        """No steps taken yet."""
        return cls(np.empty(0), here, np.empty((0, here.size)), np.empty((0, here.size)), scale)

    def extended(self, line: Callable[[float], Floats], steps: Floats) -> Samples:
        """With f evaluated at finer steps too."""
        return Samples(
            np.concatenate([self.steps, steps]),
            self.here,
            np.vstack([self.ahead, *(line(h) for h in steps)]),
            np.vstack([self.behind, *(line(-h) for h in steps)]),
            self.scale,
        )

    def middle(self) -> Limit:
        """The limit of (f(x + h) - f(x - h)) / 2h."""
        return self._limit(self.ahead, self.behind, span=2.0, power=2)

    def right(self) -> Limit:
        """The limit of (f(x + h) - f(x)) / h."""
        return self._limit(self.ahead, self._level, span=1.0, power=1)

    def left(self) -> Limit:
        """The limit of (f(x) - f(x - h)) / h."""
        return self._limit(self._level, self.behind, span=1.0, power=1)

    def texture(self) -> Texture:
        change = self._change(self.ahead, self.behind)
        flat_until = self._flat_until(change)
        flat = flat_until >= self._resolved
        magnitude = np.max(
            np.abs([self.ahead, self.behind]), axis=(0, 1), initial=0.0, where=np.isfinite(change)
        )
        granular = (flat_until > 0) & ~flat & (_smallest(change) > 100 * self.scale.epsilon * magnitude)
        finite = np.where(np.isfinite(change), change, 0.0)
        rough = np.max(finite[-WITNESSES:], axis=0) > 0.1 * np.max(finite, axis=0)
        return Texture(flat, granular, rough & ~flat & ~granular)

    def slope(self, step: Floats) -> Floats:
        """The size of f's slope over one of the steps for each output."""
        rungs = np.argmin(np.abs(self.steps[:, None] - np.nan_to_num(step)), axis=0)
        change = self._change(self.ahead, self.behind) / self.steps[:, None]
        return np.asarray(np.nan_to_num(change[rungs, np.arange(len(rungs))], posinf=0.0))

    def _limit(self, minuend: Floats, subtrahend: Floats, span: float, power: int) -> Limit:
        h = self.steps[:, None]
        change = self._change(minuend, subtrahend)
        flat_until = self._flat_until(change)
        grains = self.scale.epsilon * np.maximum(np.abs(minuend), np.abs(subtrahend)) + self.scale.underflow
        grains = np.where(flat_until > 0, np.maximum(grains, _smallest(change)), grains)
        grains = np.where(h <= flat_until, np.inf, grains)
        found = extrapolate(
            (minuend - subtrahend) / (span * h), self.steps, grains, power, self.scale.epsilon
        )
        flat = flat_until >= self._resolved
        unseen = 4 * (self.scale.epsilon * np.abs(self.here) + self.scale.underflow) / flat_until
        still = Limit(np.zeros_like(unseen), unseen, np.broadcast_to(flat_until, unseen.shape))
        return found.replaced(flat, still)

    @property
    def _level(self) -> Floats:
        return np.broadcast_to(self.here, self.ahead.shape)

    @property
    def _resolved(self) -> float:
        return min(self.scale.resolved, float(self.steps[WITNESSES]))

    def _change(self, minuend: Floats, subtrahend: Floats) -> Floats:
        return np.maximum(np.abs(minuend - self.here), np.abs(self.here - subtrahend))

    def _flat_until(self, change: Floats) -> Floats:
        """The widest step that changes nothing, and nor does any finer one; 0 where the finest does."""
        still = np.logical_and.accumulate(change[::-1] == 0, axis=0)[::-1]
        return np.asarray(np.max(np.where(still, self.steps[:, None], 0.0), axis=0))


def _smallest(rows: Floats) -> Floats:
    """The smallest positive finite number in each column; 0 where there is none."""
    smallest = np.min(np.where(np.isfinite(rows) & (rows > 0), rows, np.inf), axis=0)
    return np.where(np.isfinite(smallest), smallest, 0.0)
