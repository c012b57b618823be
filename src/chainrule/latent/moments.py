"""The mean and covariance of rows, safe from large offsets and short floats."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..arguments import Array
from ..errors import DataError

# A block of this many numbers, as float64, stays in the processor's cache.
BLOCK_SIZE = 1 << 17

# Below this, the squares that a variance sums leave the range of float64.
SMALLEST_SPREAD = 1e-140


@dataclass(frozen=True, slots=True, eq=False)
class Centre:
    """The mean of rows as ``origin + offset``: a data row, and the mean of the rows seen from it.

    Rows minus a row of their own are exact to the last digit whatever the data's offset, and exactly zero in
    a constant column; their mean is small, so subtracting it cancels nothing. No product is taken before.
    """

    origin: Array
    offset: Array

    @property
    def mean(self) -> Array:
        return np.asarray(self.origin + self.offset)

    def subtract_from(self, X: Array) -> Array:
        """The rows minus their mean, float64, shape (n, m)."""
        centred = X - self.origin
        centred -= self.offset
        return np.asarray(centred)


def centre(X: Array) -> Centre:
    """The centre of rows of shape (n, m), n ≥ 1, in one pass.

    Raises:
        DataError: the rows differ by so little that their variance is zero in float64.
    """
    origin = X[0].astype(np.float64)
    total = np.zeros_like(origin)
    spread = 0.0
    for block in _blocks(X):
        seen = block - origin
        total += seen.sum(axis=0)
        spread = max(spread, float(seen.max()), -float(seen.min()))
    if 0.0 < spread < SMALLEST_SPREAD:
        raise DataError(
            f"the rows differ by at most {spread}",
            expected=f"differences above {SMALLEST_SPREAD}",
            instead="rescale the columns",
        )
    return Centre(origin, total / len(X))


def covariance(X: Array, around: Centre) -> Array:
    """The covariance ``S = 1/n Σ (x - mean)(x - mean)ᵀ`` of rows X, float64, shape (m, m)."""
    scatter = np.zeros((X.shape[1], X.shape[1]))
    for block in _blocks(X):
        centred = around.subtract_from(block)
        scatter += centred.T @ centred
    return scatter / len(X)


def _blocks(X: Array) -> Iterator[Array]:
    rows = max(1, BLOCK_SIZE // X.shape[1])
    for start in range(0, len(X), rows):
        yield X[start : start + rows]
