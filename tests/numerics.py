"""Derivatives by differences: the oracle of the tests, which knows nothing of graphs."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

STEP = 0.01
LEVELS = 4


def numerical_jacobian(function: Callable[[np.ndarray], Any], x: Any) -> np.ndarray:
    """∂f/∂x of shape (outputs, inputs): central differences with steps h, h/2, h/4 and h/8, extrapolated.

    Rounding costs about 1e-16/(h/8); truncation is of order h⁸, no more than that where f is smooth on the
    scale of h.
    """
    x = np.asarray(x, float)
    columns = [_derivative(function, x, index) for index in np.ndindex(x.shape)]
    rows = np.asarray(function(x)).size
    return np.stack(columns, axis=1) if columns else np.zeros((rows, 0))


def _derivative(function: Callable[[np.ndarray], Any], x: np.ndarray, index: tuple[int, ...]) -> np.ndarray:
    def quotient(h: float) -> np.ndarray:
        forward, backward = x.copy(), x.copy()
        forward[index] += h
        backward[index] -= h
        return (np.asarray(function(forward), float) - np.asarray(function(backward), float)).ravel() / (
            2 * h
        )

    estimates = [quotient(STEP / 2**level) for level in range(LEVELS)]
    for order in range(1, LEVELS):
        factor = 4**order
        estimates = [(factor * fine - coarse) / (factor - 1) for coarse, fine in pairwise(estimates)]
    return estimates[0]
