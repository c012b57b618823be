"""Products with masks of ones and zeros that have names: a triangle, or what Cholesky's rule takes."""

from __future__ import annotations

import numpy as np

from .arithmetic import apply, product, scaled
from .formula import Formula
from .numbers import triangle


def is_mask(value: np.ndarray) -> bool:
    """Whether a product with it has a name."""
    return bool(triangle(value)) or _is_phi(value)


def masked(mask: Formula, x: Formula) -> Formula:
    """tril(X) of a product with a mask of ones on and below the diagonal, or triu(X), or Φ(X)."""
    scalars, rest = scaled(x)
    value = mask.data.value
    if _is_phi(value):
        return product(*scalars, apply("Φ", (rest,), rest.shape, phi))
    name = triangle(value)
    return product(*scalars, apply(name, (rest,), rest.shape, {"tril": np.tril, "triu": np.triu}[name]))


def phi(x: np.ndarray) -> np.ndarray:
    """What is below the diagonal of a square matrix, and half of what is on it."""
    below: np.ndarray = np.tril(x) - np.diag(np.diag(x)) / 2
    return below


def _is_phi(mask: np.ndarray) -> bool:
    """Whether to multiply by a mask is to take :func:`phi`."""
    square = mask.ndim == 2 and mask.shape[0] == mask.shape[1] > 1
    return square and np.array_equal(mask, phi(np.ones(mask.shape)))
