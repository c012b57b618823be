"""What every contestant computes: the loss of a 3-layer network and its gradient, on the same numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

PARAMETERS = ("W1", "b1", "W2", "b2")


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked for: ∇f alone or with f, by four arguments or by one dict of parameters."""

    with_value: bool = False
    in_dict: bool = False

    def __str__(self) -> str:
        asked = "value and gradient" if self.with_value else "gradient"
        return f"{asked}, parameters in a dict" if self.in_dict else asked


@dataclass(frozen=True, slots=True)
class Problem:
    """A network with its parameters and data.

    Attributes:
        sizes: inputs, hidden units, outputs.
        rows: rows of the batch; None for a single example, whose x and y are vectors.
        arguments: W1, b1, W2, b2, x, y.
    """

    sizes: tuple[int, int, int]
    rows: int | None
    arguments: tuple[Any, ...]

    @property
    def count(self) -> int:
        """The divisor n of the loss."""
        return self.rows or 1

    @property
    def classifies(self) -> bool:
        return self.sizes[2] > 1

    def __str__(self) -> str:
        shape = "-".join(map(str, self.sizes))
        return f"{shape}, 1 example" if self.rows is None else f"{shape}, {self.rows} rows"


def make_problem(sizes: tuple[int, int, int], rows: int | None, seed: int = 0) -> Problem:
    """Normal inputs and parameters; targets that are one-hot, or normal where there is one output."""
    rng = np.random.default_rng(seed)
    inputs, hidden, outputs = sizes
    batch = () if rows is None else (rows,)
    x = rng.normal(size=(*batch, inputs))
    y = np.eye(outputs)[rng.integers(outputs, size=batch)] if outputs > 1 else rng.normal(size=(*batch, 1))
    W1 = rng.normal(size=(hidden, inputs)) / np.sqrt(inputs)
    W2 = rng.normal(size=(outputs, hidden)) / np.sqrt(hidden)
    return Problem(sizes, rows, (W1, rng.normal(size=hidden), W2, rng.normal(size=outputs), x, y))


FRESH = make_problem((13, 32, 3), 32)
"""The problem of a fresh process."""


def loss_function(problem: Problem, task: Task, xp: Any) -> Callable[..., Any]:
    """The same text for every library that offers NumPy's functions, given as ``xp``.

    ReLU in the hidden layer; f_MSE for one output, else the cross-entropy of a softmax, as one writes it in
    plain NumPy.
    """
    n = problem.count

    def mean_squared_error(W1: Any, b1: Any, W2: Any, b2: Any, x: Any, y: Any) -> Any:
        h = xp.maximum(x @ W1.T + b1, 0)
        yhat = h @ W2.T + b2
        return xp.sum((yhat - y) ** 2) / (2 * n)

    def cross_entropy(W1: Any, b1: Any, W2: Any, b2: Any, x: Any, y: Any) -> Any:
        h = xp.maximum(x @ W1.T + b1, 0)
        z = h @ W2.T + b2
        z = z - xp.max(z, axis=-1, keepdims=True)
        log_p = z - xp.log(xp.sum(xp.exp(z), axis=-1, keepdims=True))
        return -xp.sum(y * log_p) / n

    loss = cross_entropy if problem.classifies else mean_squared_error
    if not task.in_dict:
        return loss

    def loss_of_dict(parameters: Any, x: Any, y: Any) -> Any:
        return loss(parameters["W1"], parameters["b1"], parameters["W2"], parameters["b2"], x, y)

    return loss_of_dict


def in_form(arguments: tuple[Any, ...], task: Task) -> tuple[Any, ...]:
    """The arguments as the task passes them."""
    if not task.in_dict:
        return arguments
    return (dict(zip(PARAMETERS, arguments, strict=False)), *arguments[len(PARAMETERS) :])


def as_arrays(result: Any) -> list[Any]:
    """A library's result as NumPy arrays in the order value, W1, b1, W2, b2."""
    if isinstance(result, dict):  # JAX returns dicts sorted by key
        result = [result[name] for name in PARAMETERS]
    if isinstance(result, (tuple, list)):
        return [array for part in result for array in as_arrays(part)]
    return [np.asarray(result)]
