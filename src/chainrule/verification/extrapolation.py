"""Richardson extrapolation of difference quotients to a zero step, with an error bound that is measured.

A quotient D(h) = D(0) + c·hᵖ + … taken at steps h, h/r, h/r² … is extrapolated by the usual table
T[k, j] = T[k+1, j-1] + (T[k+1, j-1] - T[k, j-1]) / (rᵖʲ - 1). What two neighbours of one column disagree
by is the error of the coarser one. Which cell to believe is decided from the finest step outwards (Lepski's
rule): a coarser cell is taken for its smaller error only where it agrees with what the finer ones said.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RATIO = 3.7
"""r: no whole number, or a function that moves in equal steps could look the same at every h."""
SAFETY = 10.0
"""How many times the measured disagreement a bound is."""
WITNESSES = 3
"""How many disagreements a cell needs; fewer can be small by chance."""
MAX_COLUMNS = 5


@dataclass(frozen=True, slots=True)
class Limit:
    """The limit of a quotient as its step goes to zero: one value and one error bound an output.

    ``step`` is the widest step that each value rests on, where steps are what it rests on.
    """

    value: Floats
    bound: Floats
    step: Floats | float = math.nan

    @property
    def known(self) -> NDArray[np.bool_]:
        """Where there is a limit at all, however badly known."""
        return np.isfinite(self.bound)

    def at(self, i: int) -> Limit:
        """The limit of one output."""
        steps = np.broadcast_to(self.step, self.value.shape)
        return Limit(self.value[i], self.bound[i], steps[i])

    def or_else(self, other: Limit) -> Limit:
        """This limit where there is one, else the other."""
        return other.replaced(self.known, self)

    def replaced(self, where: NDArray[np.bool_], other: Limit) -> Limit:
        """The other limit where that is wanted, else this one."""
        return Limit(
            np.where(where, other.value, self.value),
            np.where(where, other.bound, self.bound),
            np.where(where, other.step, self.step),
        )


def extrapolate(quotients: Floats, steps: Floats, grains: Floats, power: int, epsilon: float) -> Limit:
    """The limit of difference quotients at falling steps.

    Args:
        quotients: (K, m), one row a step; NaN where the function has no finite value.
        steps: (K,), falling by :data:`RATIO`.
        grains: (K, m), the rounding error of the values of f that each quotient was made of.
        power: p, the power of h by which the error falls: 2 for central quotients, 1 for one-sided ones.
        epsilon: the relative rounding error of f.
    """
    nothing = np.full(quotients.shape[1], np.nan)
    best = Limit(nothing, np.full_like(nothing, np.inf), nothing)
    columns = _table(quotients, power)
    errors = [_errors(column, steps, grains, j, epsilon) for j, column in enumerate(columns)]
    for k in range(len(steps) - WITNESSES - 1, -1, -1):
        for column, error in zip(columns, errors, strict=True):
            if k < len(error):
                cell = Limit(column[k], error[k], float(steps[k]))
                better = _is_better(cell, best)
                if better.any():
                    best = best.replaced(better, cell)
    return best


def _table(quotients: Floats, power: int) -> list[Floats]:
    columns = [quotients]
    for j in range(1, min(MAX_COLUMNS, len(quotients) - WITNESSES)):
        last = columns[-1]
        columns.append(last[1:] + (last[1:] - last[:-1]) / (RATIO ** (power * j) - 1))
    return columns


def _errors(column: Floats, steps: Floats, grains: Floats, j: int, epsilon: float) -> Floats:
    """The error of the cells of column j that have enough witnesses.

    Rounding errors grow like 1/h, so a disagreement seen at a finer step h' counts h'/h of itself at h.
    """
    disagreement = np.abs(np.diff(column, axis=0)) * steps[: len(column) - 1, None]
    seen = np.maximum.accumulate(disagreement[::-1], axis=0)[::-1] / steps[: len(column) - 1, None]
    cells = len(column) - WITNESSES
    rounding = SAFETY * _running_max(grains, j)[:cells] / steps[j : j + cells, None]
    error = SAFETY * seen[:cells] + rounding + 16 * epsilon * np.abs(column[:cells])
    return np.where(np.isnan(error), np.inf, error)


def _running_max(grains: Floats, j: int) -> Floats:
    """The largest of the j + 1 rows that a cell of column j is made of."""
    largest: Floats = np.max([grains[i : len(grains) - j + i] for i in range(j + 1)], axis=0)
    return largest


def _is_better(cell: Limit, best: Limit) -> NDArray[np.bool_]:
    agrees = ~best.known | (np.abs(cell.value - best.value) <= cell.bound + best.bound)
    return np.asarray(agrees & (cell.bound < best.bound))
