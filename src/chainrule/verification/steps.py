"""Which steps to take along a line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import ArgumentError
from .extrapolation import RATIO, WITNESSES, Floats

INCOMMENSURATE = 0.6180339887498949
"""Keeps the steps from being whole periods of f, which would hide what it does within one."""


@dataclass(frozen=True, slots=True)
class Scale:
    """What sets the steps along a line.

    Attributes:
        size: the widest change of x that makes sense, max(1, |x|).
        nearest: the distance to the nearest likely singularity, |x|; steps go well below it.
        epsilon: the relative rounding error of f and of x, 2.2e-16 for float64.
        grid: what steps must be a multiple of for x + h and x - h to be exact; 0 where that cannot be.
        step: the widest step to take, instead of one that is chosen.
        shift: what the widest step is multiplied by, for a second look.
    """

    size: float
    nearest: float
    epsilon: float
    grid: float = 0.0
    step: float | None = None
    shift: float = 1.0

    @property
    def resolved(self) -> float:
        """A function that stays the same over a step this wide is flat, and not merely rounded."""
        return float(self.size * self.epsilon**0.4)

    @property
    def reach(self) -> float:
        """How near a kink must lie to matter: ten of the usual steps of a central difference, ε^⅓·size."""
        return float(self.size * min(10 * self.epsilon ** (1 / 3), 2e-3))

    @property
    def underflow(self) -> float:
        """Below this, values of the precision that ε belongs to lose their digits."""
        widths = (np.float64, np.float32, np.float16)
        return next(float(np.finfo(width).tiny) for width in widths if np.finfo(width).eps >= self.epsilon)

    def ladder(self) -> Floats:
        """Steps that fall by :data:`RATIO`, from an eighth of the size to where rounding drowns f."""
        widest = self.shift * (self.step or self.size / 8 * INCOMMENSURATE)
        finest = widest * self.epsilon**0.75
        if 0 < self.nearest < self.size:
            below = self.nearest * min(self.epsilon**0.4, RATIO**-8)
            finest = min(finest, max(below, self.size * self.epsilon**2))
        rungs = int(np.ceil(np.log(widest / max(finest, 16 * self.grid)) / np.log(RATIO)))
        if rungs < WITNESSES + 2 and self.step:
            raise self._too_small(widest)
        falling = np.arange(max(rungs, WITNESSES + 2), dtype=np.float64)  # float16 has no room for that many
        return np.maximum(self.exact(widest / np.power(RATIO, falling)), self.grid)

    def single(self) -> float:
        """One step for a forward difference: √ε·size, where rounding and curvature err about equally."""
        wanted = self.step or self.epsilon**0.5 * self.size
        step = float(self.exact(np.array(wanted)))
        if step == 0:
            raise self._too_small(wanted)
        return step

    def exact(self, steps: Floats) -> Floats:
        """The nearest steps for which x + h and x - h are exact."""
        grid = np.maximum(self.grid, steps * 2.0**-60)  # far below the last digit of a step there is no grid
        return np.asarray(np.round(steps / grid) * grid)

    def _too_small(self, step: float) -> ArgumentError:
        return ArgumentError(
            f"step={step:g} is lost in the rounding of x, whose spacing is {self.grid / 2:.1e}",
            instead="a wider step, or none, so that one is chosen for each entry",
        )
