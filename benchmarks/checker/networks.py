"""A 3-layer network with its gradient by hand, as large as asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[np.float64]]
PARAMETERS = ("W1", "b1", "W2", "b2")
ACTIVATIONS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "relu": (lambda z: np.maximum(z, 0), lambda z: (z > 0).astype(float)),
    "softplus": (lambda z: np.logaddexp(0, z), lambda z: 1 / (1 + np.exp(-z))),
}


@dataclass(frozen=True, slots=True)
class Network:
    """The loss, its gradient and the point; f_MSE of a batch, hidden units with one of the activations."""

    activation: str
    at: Arrays

    def loss(self, W1: Any, b1: Any, W2: Any, b2: Any, X: Any, Y: Any) -> Any:
        h = ACTIVATIONS[self.activation][0](X @ W1.T + b1)
        return np.sum((h @ W2.T + b2 - Y) ** 2) / (2 * len(X))

    def gradients(self, W1: Any, b1: Any, W2: Any, b2: Any, X: Any, Y: Any) -> Arrays:
        phi, slope = ACTIVATIONS[self.activation]
        z = X @ W1.T + b1
        h = phi(z)
        p = (h @ W2.T + b2 - Y) / len(X)
        q = p @ W2 * slope(z)
        return {"W1": q.T @ X, "b1": q.sum(0), "W2": p.T @ h, "b2": p.sum(0)}


def network(sizes: tuple[int, int, int], rows: int, activation: str, rng: np.random.Generator) -> Network:
    """Normal inputs, targets and parameters."""
    inputs, hidden, outputs = sizes
    at = {
        "W1": rng.normal(size=(hidden, inputs)) / np.sqrt(inputs),
        "b1": 0.1 * rng.normal(size=hidden),
        "W2": rng.normal(size=(outputs, hidden)) / np.sqrt(hidden),
        "b2": 0.1 * rng.normal(size=outputs),
        "X": rng.normal(size=(rows, inputs)),
        "Y": rng.normal(size=(rows, outputs)),
    }
    return Network(activation, at)
