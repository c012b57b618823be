"""What is more than rounding."""

from __future__ import annotations

import numpy as np

from ..arguments import Array


def significant(singular_values: Array, shape: tuple[int, ...]) -> Array:
    """Which singular values of matrices of this shape, one row of values for each, are more than rounding."""
    rounding = 10.0 * min(shape) * np.finfo(np.float64).eps
    return np.asarray(singular_values > rounding * singular_values.max(axis=-1, keepdims=True, initial=0.0))


def eigenvalues_above_rounding(values: Array) -> Array:
    """Descending eigenvalues of a covariance, exactly zero where they are but what products round to."""
    rounding = len(values) * np.finfo(np.float64).eps
    return np.where(values > rounding * values.max(initial=0.0), values, 0.0)
