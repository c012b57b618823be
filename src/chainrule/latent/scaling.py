"""Columns shifted and scaled to mean 0 and variance 1, as what is trained by gradient descent needs them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import Array, Value
from ..errors import ArgumentError
from .arguments import as_parameter


@dataclass(frozen=True, slots=True, eq=False)
class Scaling:
    """``(x - shift) / scale`` for each column.

    Attributes:
        shift: shape (m,).
        scale: shape (m,), positive; 1 for a constant column.
    """

    shift: Array
    scale: Array

    @classmethod
    def of(cls, rows: Array, weights: Array | None = None) -> Self:
        """The scaling of rows, shape (n, m), by the mean and deviation of each column's observed values.

        Weights, shape (n,), zero or more, count each row so many times; by default once.

        >>> Scaling.of(np.array([[1.0, 5.0], [3.0, 5.0], [np.nan, 5.0]]))
        Scaling(shift=array([2., 5.]), scale=array([1., 1.]))
        """
        observed = ~np.isnan(rows)
        times = observed if weights is None else observed * weights[:, None]
        counts = times.sum(axis=0)
        counts = np.where(counts > 0.0, counts, 1.0)
        # In units of a power of 2, which is exact, no square is too large, nor too small.
        known = np.where(observed, rows, 0.0)
        exponents = np.frexp(np.abs(known).max(axis=0, initial=0.0))[1]
        units = np.ldexp(known, -exponents)
        # Seen from a value of its own, a column loses no digits however large its offset.
        origin = units[np.argmax(observed, axis=0), np.arange(rows.shape[1])]
        seen = np.where(observed, units - origin, 0.0)
        offset = (times * seen).sum(axis=0) / counts
        deviation = np.ldexp(np.sqrt((times * (seen - offset) ** 2).sum(axis=0) / counts), exponents)
        shift = np.ldexp(origin + offset, exponents)
        return cls.checked(shift, np.where(deviation > 0.0, deviation, 1.0))

    @classmethod
    def checked(cls, shift: ArrayLike, scale: ArrayLike) -> Self:
        """The scaling by these arrays, read-only float64, of one shape (m,).

        Raises:
            ArgumentError: a scale is not positive.
            ShapeError, DtypeError, DataError: they are no such arrays.
        """
        origin = as_parameter(shift, name="shift", shape=(None,))
        unit = as_parameter(scale, name="scale", shape=(origin.size,))
        if not (unit > 0.0).all():
            raise ArgumentError(f"scale={unit.tolist()}", expected="positive numbers")
        return cls(origin, unit)

    def apply(self, x: Value) -> Value:
        """Rows, shape (n, m), in units of the standard deviation."""
        return (x - self.shift) / self.scale

    def undo(self, z: Value) -> Value:
        """The rows that :meth:`apply` takes to z."""
        return z * self.scale + self.shift
