"""Means and spreads that large offsets and extreme magnitudes do not spoil."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def mean_and_scale(values: NDArray[np.float64]) -> tuple[float, float]:
    """The mean and the standard deviation (divisor n) of numbers, n ≥ 1; a constant has scale 1.

    >>> mean_and_scale(np.array([1e9 + 1, 1e9 + 3]))
    (1000000002.0, 1.0)
    >>> mean_and_scale(np.array([0.1, 0.1, 0.1]))
    (0.1, 1.0)
    """
    exponent = _exponent(values)
    units = np.ldexp(values, -exponent)  # exact, and no sum or square of these leaves the range of float64
    shifted = units - units[0]  # exact under a large offset, and exactly zero for a constant
    offset = shifted.mean()
    scale = np.ldexp(root_mean_square(shifted - offset), exponent)
    return float(np.ldexp(units[0] + offset, exponent)), float(scale) or 1.0


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
