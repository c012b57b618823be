"""Training that a person writes in NumPy: forward and backward propagation and the update, in place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..networks import Array
from . import Trainer

BETA1, BETA2, ETA = 0.9, 0.999, 1e-8


class NumpyTrainer(Trainer):
    """A loop in Python around NumPy's operations."""

    def prepare(self) -> None:
        self._update = self._sgd if self.problem.optimiser == "SGD" else self._adam

    def reset(self) -> None:
        self._parameters = [array.copy() for array in self.problem.parameters]
        self._means = [np.zeros_like(array) for array in self._parameters]
        self._squares = [np.zeros_like(array) for array in self._parameters]
        self._step = 0

    def train(self, steps: int) -> None:
        for rows in self.problem.orders[:steps]:
            self._update(self._gradients(self.problem.X[rows], self.problem.y[rows]))

    def parameters(self) -> Sequence[Array]:
        return self._parameters

    def _gradients(self, x: Array, y: Array) -> list[Array]:
        hidden = self._forward(x)
        delta = self._output_delta(hidden.pop(), y)
        gradients: list[Array] = []
        for k in reversed(range(self.problem.layers)):
            h = hidden.pop()
            gradients[:0] = [delta.T @ h, delta.sum(axis=0)]
            if k:
                delta = delta @ self._parameters[2 * k]
                delta *= h > 0 if self.problem.activation == "relu" else 1 - h * h
        return gradients

    def _forward(self, x: Array) -> list[Array]:
        """x, h1, h2 … and the output."""
        values = [x]
        for k in range(self.problem.layers):
            z = values[-1] @ self._parameters[2 * k].T
            z += self._parameters[2 * k + 1]
            if k < self.problem.layers - 1:
                (np.maximum(z, 0, out=z) if self.problem.activation == "relu" else np.tanh(z, out=z))
            values.append(z)
        return values

    def _output_delta(self, z: Array, y: Array) -> Array:
        """The gradient of the mean loss with respect to the output."""
        if self.problem.loss == "mse":
            z -= y
        else:
            z -= z.max(axis=1, keepdims=True)
            np.exp(z, out=z)
            z /= z.sum(axis=1, keepdims=True)
            z[np.arange(len(y)), y] -= 1
        z /= len(y)
        return z

    def _sgd(self, gradients: list[Array]) -> None:
        for p, g in zip(self._parameters, gradients, strict=True):
            g *= self.problem.learning_rate
            p -= g

    def _adam(self, gradients: list[Array]) -> None:
        self._step += 1
        first, second = 1 - BETA1**self._step, 1 - BETA2**self._step
        for p, g, m, v in zip(self._parameters, gradients, self._means, self._squares, strict=True):
            m *= BETA1
            m += (1 - BETA1) * g
            v *= BETA2
            g *= g
            v += (1 - BETA2) * g
            p -= self.problem.learning_rate / first * m / (np.sqrt(v / second) + ETA)
