"""What a fit needs of rows that come block after block, complete or not."""

from __future__ import annotations

from typing import Self

import numpy as np

from ..arguments import Array
from ..errors import ShapeError
from .arguments import Look, row_blocks
from .incomplete import Incomplete
from .moments import BLOCK_SIZE, Moments, RunningMoments


class Gathered:
    """Rows in as little memory as an exact fit allows: complete ones as moments, the others as they are.

    A Gaussian sees complete rows through their number, mean and scatter only. Rows with missing values are
    kept, so they have to fit in memory.
    """

    def __init__(self) -> None:
        self._complete = RunningMoments()
        self._gaps: list[Array] = []
        self._width: int | None = None

    @property
    def width(self) -> int | None:
        """How many columns there are; ``None`` before the first block."""
        return self._width

    @property
    def has_gaps(self) -> bool:
        """Whether a value is missing."""
        return bool(self._gaps)

    def add(self, X: Array) -> Self:
        """Add rows, shape (n, m), NaN where a value is missing.

        Raises:
            ShapeError: they have another number of columns than those before.
            DataError: a number is infinite, or its square overflows.
        """
        self._require_width(X.shape[1])
        look = Look(X)
        for block in row_blocks(X, BLOCK_SIZE):
            if not self._gaps and self._complete.takes(block):
                continue
            if not look.finds_complete(block):
                gaps = np.isnan(block).any(axis=1)
                self._gaps.append(block[gaps])
                block = block[~gaps]
            self._complete.add(block)
        return self

    def merge(self, other: Gathered) -> Self:
        """Add all rows of others, which stay as they are."""
        if other._width is not None:
            self._require_width(other._width)
        self._complete.merge(other._complete)
        self._gaps += other._gaps
        return self

    def moments(self) -> Moments:
        """The moments of the complete rows.

        Raises:
            DataError: there are none, or they differ by so little that their variance is zero in float64.
        """
        return self._complete.moments()

    def incomplete(self, *, one_scale: bool) -> Incomplete:
        """All rows for EM; in place of many complete ones stand a few weighted ones of the same moments.

        Args:
            one_scale: whether all columns are to have the same scale.

        Raises:
            DataError: a column has no value.
        """
        if not self._complete.count:
            return Incomplete.of(np.concatenate(self._gaps), one_scale=one_scale)
        moments = self._complete.moments()
        points, weights = weighted_points(moments)
        gaps = [rows - moments.origin for rows in self._gaps]
        seen = Incomplete.of(
            np.concatenate([points, *gaps]),
            np.concatenate([weights, *(np.ones(len(rows)) for rows in gaps)]),
            one_scale=one_scale,
        )
        return seen.shifted(moments.origin)

    def _require_width(self, width: int) -> None:
        if self._width is None:
            self._width = width
        elif width != self._width:
            raise ShapeError(f"a block has {width} columns", expected=f"{self._width}, as those before it")


def weighted_points(moments: Moments) -> tuple[Array, Array]:
    """Rows seen from the moments' origin, and their weights, which together have these moments.

    Of n rows with mean b and covariance Σ λⱼ vⱼvⱼᵀ these are the 2m points ``b ± √(m λⱼ) vⱼ``, each of
    weight n/2m; of no more than m rows, they are the rows themselves.

    Source: Julier and Uhlmann, "Unscented filtering and nonlinear estimation" (2004), the sigma points.
    """
    if moments.scatter is None:
        return moments.root + moments.offset, np.ones(moments.count)
    m = moments.origin.size
    values, vectors = np.linalg.eigh(moments.covariance)
    spread = (vectors * np.sqrt(m * np.maximum(values, 0.0))).T
    spread[:, np.diag(moments.scatter) == 0.0] = 0.0  # a constant column is exactly constant
    return moments.offset + np.concatenate([spread, -spread]), np.full(2 * m, moments.count / (2 * m))
