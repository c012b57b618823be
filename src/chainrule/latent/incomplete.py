"""Rows with missing values, in units in which EM is at ease."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from ..arguments import Array
from .columns import ColumnError


@dataclass(frozen=True, slots=True, eq=False)
class Incomplete:
    """Rows of which some values are missing, shifted and scaled: ``x = shift + scale · value``.

    Rows that miss the same values stand together.

    Attributes:
        values: shape (n, m), 0 where missing; each column's observed values have mean 0.
        mask: 1.0 where observed, else 0.0, shape (n, m).
        shift: shape (m,).
        scale: shape (m,); 1 for a column that is constant.
        patterns: the different rows of the mask, shape (p, m).
        pattern: which of them each row has, ascending, shape (n,).
        weights: how many rows each stands for, shape (n,).
    """

    values: Array
    mask: Array
    shift: Array
    scale: Array
    patterns: Array
    pattern: Array
    weights: Array

    @classmethod
    def of(cls, X: Array, weights: Array | None = None, *, one_scale: bool) -> Self:
        """Rows with NaN where a value is missing; rows without any value are left out.

        Args:
            X: shape (n, m).
            weights: how many rows each stands for, shape (n,); by default one.
            one_scale: whether all columns are to have the same scale.

        Raises:
            DataError: a column has no value.
        """
        observed = ~np.isnan(X)
        empty = np.flatnonzero(~observed.any(axis=0))
        if empty.size:
            raise ColumnError(
                f"{{column}} of X has no value in any row ({empty.size} such)",
                int(empty[0]),
                expected="a value in every column",
                instead="drop the column",
            )
        told = observed.any(axis=1)
        X, observed = X[told], observed[told]
        weights = np.ones(len(X)) if weights is None else weights[told]
        count = weights @ observed
        # Minus a value of its own a column is exact whatever its offset, and exactly zero where it is
        # constant.
        origin = X[observed.argmax(axis=0), np.arange(X.shape[1])].astype(np.float64)
        seen = np.where(observed, X - origin, 0.0)
        offset = weights @ seen / count
        centred = np.where(observed, seen - offset, 0.0)
        largest = np.abs(centred).max(axis=0)  # squares of shares of it neither vanish nor overflow
        largest = np.full_like(largest, largest.max()) if one_scale else largest
        unit = np.where(largest > 0.0, largest, 1.0)
        share = weights @ (centred / unit) ** 2
        variance = np.full_like(share, share.sum() / count.sum()) if one_scale else share / count
        scale = unit * np.sqrt(np.where(variance > 0.0, variance, 1.0))
        patterns, pattern = np.unique(observed, axis=0, return_inverse=True)
        order = np.argsort(pattern.reshape(-1), kind="stable")
        return cls(
            (centred / scale)[order],
            observed[order].astype(np.float64),
            origin + offset,
            scale,
            patterns.astype(np.float64),
            pattern.reshape(-1)[order],
            weights[order],
        )

    def shifted(self, origin: Array) -> Self:
        """The same for rows that were given minus an origin, shape (m,)."""
        return replace(self, shift=self.shift + origin)

    @property
    def is_constant(self) -> Array:
        """Which columns have one and the same value in every row."""
        return np.asarray((self.values == 0.0).all(axis=0))

    @property
    def count(self) -> int:
        """How many rows there are, those without any value left out."""
        return round(float(self.weights.sum()))

    @property
    def observed(self) -> float:
        """How many values there are."""
        return float((self.weights @ self.mask).sum())
