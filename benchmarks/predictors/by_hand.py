"""NumPy with every result written where the last call's was."""

from __future__ import annotations

import numpy as np

from ..networks import Array, Training
from ..prediction import Predict


def predict(problem: Training) -> Predict:
    """Products, sums and maxima with ``out=``, the weights already transposed."""
    W1, b1, W2, b2 = problem.parameters
    W1T, W2T = np.ascontiguousarray(W1.T), np.ascontiguousarray(W2.T)
    h, output = np.empty_like(b1), np.empty_like(b2)
    dot, add, maximum, zero = np.dot, np.add, np.maximum, b1.dtype.type(0)

    def call(x: Array) -> Array:
        dot(x, W1T, out=h)
        add(h, b1, out=h)
        maximum(h, zero, out=h)
        dot(h, W2T, out=output)
        return add(output, b2, out=output)

    return call
