"""Means and spreads that large offsets and extreme magnitudes do not spoil."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .passes import Passes


def mean_and_scale(values: NDArray[np.float64] | Passes) -> tuple[float, float]:
    """The mean and the standard deviation (divisor n) of numbers, n ≥ 1; a constant has scale 1.

    They are looked at block by block.

    >>> mean_and_scale(np.array([1e9 + 1, 1e9 + 3]))
    (1000000002.0, 1.0)
    >>> mean_and_scale(np.array([0.1, 0.1, 0.1]))
    (0.1, 1.0)
    """
    blocks = values if isinstance(values, Passes) else Passes(values)
    filled = [(len(block), block[0], block.min(), block.max()) for block in blocks if len(block)]
    counts, firsts, least, greatest = map(np.array, zip(*filled, strict=True))
    n, ends = counts.sum(), np.array([least.min(), greatest.max()])
    exponent = _exponent(ends)
    first = np.ldexp(firsts[0], -exponent)  # exact, and no sum or square of these leaves float64's range

    def shifted(block: NDArray[np.float64]) -> NDArray[np.float64]:
        """Exact under a large offset, and exactly zero for a constant."""
        return np.asarray(np.ldexp(block, -exponent) - first)

    offset = sum(shifted(block).sum() for block in blocks) / n
    small = _exponent(shifted(ends) - offset)  # of what is farthest from the mean
    squares = sum(np.square(np.ldexp(shifted(block) - offset, -small)).sum() for block in blocks)
    scale = np.ldexp(np.sqrt(squares / n), small + exponent)
    return float(np.ldexp(first + offset, exponent)), float(scale) or 1.0


def median_and_range(values: NDArray[np.float64]) -> tuple[float, float]:
    """The median of numbers and the distance between their quartiles, n ≥ 1.

    Where more than half are equal that distance is 0, and the standard deviation stands in for it.

    >>> median_and_range(np.array([1.0, 2.0, 3.0, 4.0, 1000.0]))
    (3.0, 2.0)
    """
    low, median, high = np.quantile(values, (0.25, 0.5, 0.75))
    distance = float(high - low)
    return float(median), distance if 0.0 < distance < np.inf else mean_and_scale(values)[1]


def root_mean_square(values: NDArray[Any]) -> float:
    """``√(1/n Σ xᵢ²)``, n ≥ 1, without squares that overflow or vanish.

    >>> root_mean_square(np.array([3e300, 3e300])) == 3e300
    True
    """
    exponent = _exponent(values)
    units = np.ldexp(values, -exponent)
    return float(np.ldexp(np.sqrt(np.mean(units * units)), exponent))


def _exponent(values: NDArray[Any]) -> int:
    """The power of 2 just above the largest magnitude."""
    return int(np.frexp(np.abs(values).max())[1])
