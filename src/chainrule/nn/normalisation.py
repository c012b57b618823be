"""Normalised pre-activations: (z - mean) / √(variance + ε), over the rows of a minibatch or along a row."""

from __future__ import annotations

import numpy as np

from ..arguments import Value

#: Added to a variance, so that what does not vary is divided by something.
EPSILON = 1e-5
#: The share of a running statistic that a minibatch replaces.
RENEWED = 0.1
NORMALISATIONS = ("batch", "layer")


def moments(z: Value, axis: int) -> tuple[Value, Value]:
    """The mean and the variance 1/n Σ (z - mean)² along an axis, which stays with length 1.

    >>> mean, variance = moments(np.array([[1.0, 2.0], [5.0, 2.0]]), axis=0)
    >>> mean, variance
    (array([[3., 2.]]), array([[4., 0.]]))
    """
    mean = np.mean(z, axis=axis, keepdims=True)
    return mean, np.mean((z - mean) ** 2, axis=axis, keepdims=True)


def normalised(z: Value, mean: Value, variance: Value) -> Value:
    """ẑ = (z - mean) / √(variance + ε), ε = 1e-5.

    Source: Ioffe and Szegedy 2015, "Batch normalization"; Ba, Kiros and Hinton 2016, "Layer normalization".

    >>> normalised(np.array([1.0, 5.0]), 3.0, 4.0).round(4)
    array([-1.,  1.])
    """
    return (z - mean) * (1 / np.sqrt(variance + EPSILON))


def renewed(running: Value, batch: Value) -> Value:
    """A running statistic after a minibatch: 0.9 of what it was, 0.1 of the minibatch's.

    >>> renewed(np.array([1.0]), np.array([[2.0]]))
    array([1.1])
    """
    return (1 - RENEWED) * running + RENEWED * batch.reshape(running.shape)
