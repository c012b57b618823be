"""The training problems: a network, its data, its initial weights and the order of its minibatches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

BATCHES_OF_DATA = 50
MOST_ROWS = 2**20  # that ``cr.train.fit`` gives a call
CHECKED_STEPS = 10  # after which losses are compared


@dataclass(frozen=True, slots=True)
class Sample:
    """How many steps a sample takes: as many as do so much arithmetic, but at most so many.

    Attributes:
        flops: of all steps.
        most: steps.
    """

    flops: float
    most: int


IN_PYTHON = Sample(4e8, 30)  # some milliseconds of a loop in Python
IN_ONE_CALL = Sample(4e9, 50_000)  # some hundredths of a second


@dataclass(frozen=True, slots=True)
class Training:
    """A network and how it is trained.

    Attributes:
        sizes: the widths of the layers, inputs first.
        batch: the rows of a minibatch.
        dtype: "float32" or "float64".
        optimiser: "SGD" or "Adam".
        learning_rate: of every step.
        activation: of the hidden layers, "relu" or "tanh".
        loss: "cross_entropy" of integer labels, or "mse", 1/(2n) Σ (ŷ - y)².
        X: inputs, a row an example.
        y: labels, or targets of the output's width.
        parameters: W1, b1, W2, b2 … at the start, W of shape (outputs, inputs).
        orders: the rows of each step's minibatch, shape (steps, batch).
        one_call: the steps of a loop that is called once.
    """

    sizes: tuple[int, ...]
    batch: int
    dtype: str
    optimiser: str
    learning_rate: float
    activation: str
    loss: str
    X: Array
    y: Array
    parameters: tuple[Array, ...]
    orders: Array
    one_call: Sample = IN_ONE_CALL

    @property
    def flops(self) -> int:
        """Multiplications and additions of a step's matrix products.

        Each weight takes part in three products, forward, for its gradient and for the gradient of its
        layer's input; the last is not needed for the first layer.
        """
        pairs = [inputs * outputs for inputs, outputs in pairwise(self.sizes)]
        return 2 * self.batch * (3 * sum(pairs) - pairs[0])

    def steps_of(self, sample: Sample) -> int:
        """The steps of a sample, at least 2."""
        return min(sample.most, max(2, round(sample.flops / self.flops)))

    def with_calls_of(self, flops: float) -> Training:
        """The same, its loops so long that a call does so much arithmetic, or reads ``MOST_ROWS``."""
        longer = replace(self, one_call=Sample(flops, MOST_ROWS // self.batch))
        return replace(longer, orders=_orders(longer, np.random.default_rng(0)))

    @property
    def layers(self) -> int:
        return len(self.sizes) - 1

    def in_float64(self) -> Training:
        """The same problem in double precision."""
        targets = self.y if self.loss == "cross_entropy" else self.y.astype(np.float64)
        parameters = tuple(array.astype(np.float64) for array in self.parameters)
        return replace(self, dtype="float64", X=self.X.astype(np.float64), y=targets, parameters=parameters)

    def output(self, X: Array, parameters: Sequence[Array]) -> Array:
        """The last layer's pre-activations for a row or for rows, in double precision."""
        h = X.astype(np.float64)
        weights = [array.astype(np.float64) for array in parameters]
        for k in range(self.layers):
            h = h @ weights[2 * k].T + weights[2 * k + 1]
            if k < self.layers - 1:
                h = np.maximum(h, 0) if self.activation == "relu" else np.tanh(h)
        return h

    def loss_of(self, parameters: Sequence[Array]) -> float:
        """The mean loss over all rows, in double precision."""
        h = self.output(self.X, parameters)
        if self.loss == "mse":
            return float(np.sum((h - self.y) ** 2) / (2 * len(h)))
        return float(np.mean(np.logaddexp.reduce(h, axis=1) - h[np.arange(len(h)), self.y]))

    def __str__(self) -> str:
        return f"{'-'.join(map(str, self.sizes))}, batch {self.batch}, {self.dtype}, {self.optimiser}"


def xor(sizes: tuple[int, ...], optimiser: str) -> Training:
    """Exclusive or by a small ReLU network, all four rows at once."""
    X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    y = np.array([[0.0], [1.0], [1.0], [0.0]])
    return _problem(sizes, 4, "float64", optimiser, "relu", "mse", X, y)


def classifier(sizes: tuple[int, ...], batch: int, dtype: str, optimiser: str) -> Training:
    """Classes that a linear map of normal inputs decides, learnt by a ReLU network."""
    rng = np.random.default_rng(1)
    X = rng.normal(size=(BATCHES_OF_DATA * batch, sizes[0]))
    y = np.argmax(X @ rng.normal(size=(sizes[0], sizes[-1])), axis=1)
    return _problem(sizes, batch, dtype, optimiser, "relu", "cross_entropy", X, y)


def matrix_exponential() -> Training:
    """The benchmark of SimpleChains.jl: exp of 2×2 matrices by a tanh network, all 10,000 rows at once."""
    from scipy.linalg import expm

    X = np.random.default_rng(1).normal(size=(10_000, 4))
    y = expm(X.reshape(-1, 2, 2)).reshape(-1, 4)
    return _problem((4, 32, 16, 4), len(X), "float32", "Adam", "tanh", "mse", X, y)


def _problem(
    sizes: tuple[int, ...],
    batch: int,
    dtype: str,
    optimiser: str,
    activation: str,
    loss: str,
    X: Array,
    y: Array,
) -> Training:
    rng = np.random.default_rng(0)
    parameters: list[Array] = []
    for inputs, outputs in pairwise(sizes):
        parameters.append((rng.normal(size=(outputs, inputs)) * np.sqrt(2 / inputs)).astype(dtype))
        parameters.append(np.zeros(outputs, dtype))
    problem = Training(
        sizes,
        batch,
        dtype,
        optimiser,
        0.02 if optimiser == "SGD" else 0.001,
        activation,
        loss,
        X.astype(dtype),
        y if loss == "cross_entropy" else y.astype(dtype),
        tuple(parameters),
        np.zeros((0, batch), int),
    )
    return replace(problem, orders=_orders(problem, rng))


def _orders(problem: Training, rng: np.random.Generator) -> Array:
    """Epoch after epoch, the rows in a new order, cut into minibatches; a full batch is not shuffled."""
    rows, batch = len(problem.X), problem.batch
    steps = max(problem.steps_of(problem.one_call), CHECKED_STEPS)
    per_epoch = rows // batch
    epochs = -(-steps // per_epoch)
    order = np.broadcast_to(np.arange(rows), (epochs, rows))
    if per_epoch > 1:
        order = rng.permuted(order, axis=1)
    return np.ascontiguousarray(order.reshape(-1, batch)[:steps])
