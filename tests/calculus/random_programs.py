"""Random programs in plain NumPy, for properties that every function must have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import chainrule as cr

MOST_ELEMENTS = 36
Step = Callable[[list[Any]], Any]


@dataclass(frozen=True)
class Program:
    """Steps that each compute a value from the earlier ones; the last few values are returned."""

    arguments: tuple[np.ndarray, ...]
    steps: tuple[Step, ...]
    outputs: int

    def __call__(self, *arguments: Any) -> Any:
        values = list(arguments)
        for step in self.steps:
            values.append(step(values))
        return values[-1] if self.outputs == 1 else tuple(values[-self.outputs :])


def random_program(rng: np.random.Generator) -> Program:
    """A program of one or two arguments, vectors or matrices, and of up to eight operations."""
    shapes = [(), (5,), (6,), (3, 4), (4, 3), (2, 3, 2)]
    arguments = tuple(rng.normal(size=shapes[rng.integers(len(shapes))]) for _ in range(rng.integers(1, 3)))
    values: list[Any] = list(arguments)
    steps: list[Step] = []
    while len(steps) < rng.integers(1, 9):
        step = OPERATIONS[rng.integers(len(OPERATIONS))](rng, values)
        if step is not None:
            value = step(values)
            if 0 < np.size(value) <= MOST_ELEMENTS:
                steps.append(step)
                values.append(value)
    return Program(arguments, tuple(steps), int(min(len(steps), rng.integers(1, 3))))


def _unary(function: Callable[[Any], Any], least: int = 0) -> Callable[..., Step | None]:
    def make(rng: np.random.Generator, values: list[Any]) -> Step | None:
        fitting = [i for i, value in enumerate(values) if np.ndim(value) >= least]
        if not fitting:
            return None
        i = fitting[rng.integers(len(fitting))]
        return lambda now: function(now[i])

    return make


def _binary(function: Callable[[Any, Any], Any]) -> Callable[..., Step | None]:
    """Of two values that broadcast together."""

    def make(rng: np.random.Generator, values: list[Any]) -> Step | None:
        i, j = rng.integers(len(values), size=2)
        try:
            np.broadcast_shapes(np.shape(values[i]), np.shape(values[j]))
        except ValueError:
            return None
        return lambda now: function(now[i], now[j])

    return make


def _by_constant(rng: np.random.Generator, values: list[Any]) -> Step | None:
    """The product with a constant matrix, many of whose elements are zero."""
    i = rng.integers(len(values))
    if np.ndim(values[i]) < 1:
        return None
    n = np.shape(values[i])[-1]
    matrix = rng.normal(size=(n, rng.integers(1, 6))) * (rng.random(size=(1,)) < 0.5)
    matrix = np.where(rng.random(matrix.shape) < 0.6, 0.0, matrix + 1.0)
    return lambda now: now[i] @ matrix


def _by_diagonal(rng: np.random.Generator, values: list[Any]) -> Step:
    i = rng.integers(len(values))
    factors = rng.integers(0, 2, np.shape(values[i])).astype(float)
    return lambda now: now[i] * factors


def _product(rng: np.random.Generator, values: list[Any]) -> Step | None:
    i, j = rng.integers(len(values), size=2)
    a, b = np.shape(values[i]), np.shape(values[j])
    if not a or not b or a[-1] != (b[-2] if len(b) > 1 else b[0]) or len(a) > 2 or len(b) > 2:
        return None
    return lambda now: now[i] @ now[j]


def _picked(rng: np.random.Generator, values: list[Any]) -> Step | None:
    i = rng.integers(len(values))
    if np.ndim(values[i]) < 1:
        return None
    n = np.shape(values[i])[0]
    places = rng.integers(0, n, size=rng.integers(1, 5))
    return lambda now: now[i][places]


def _joined(rng: np.random.Generator, values: list[Any]) -> Step:
    i, j = rng.integers(len(values), size=2)
    return lambda now: np.concatenate([np.ravel(now[i]), np.ravel(now[j])])


def _branch(rng: np.random.Generator, values: list[Any]) -> Step | None:
    i, j = rng.integers(len(values), size=2)
    if np.shape(values[i]) != np.shape(values[j]):
        return None
    return lambda now: np.where(now[i] > 0.2, np.sin(now[i]), now[j] ** 2)


OPERATIONS: tuple[Callable[[np.random.Generator, list[Any]], Step | None], ...] = (
    _unary(np.sin),
    _unary(np.tanh),
    _unary(np.square),
    _unary(np.abs),
    _unary(lambda x: np.exp(-(x**2))),
    _unary(lambda x: np.maximum(x, 0.1)),
    _unary(lambda x: np.sqrt(np.abs(x) + 1)),
    _unary(lambda x: np.sign(x) * 2),
    _unary(lambda x: x[1:], least=1),
    _unary(lambda x: x[::-2], least=1),
    _unary(lambda x: x[..., :2], least=1),
    _unary(lambda x: np.roll(x, 1, axis=0), least=1),
    _unary(lambda x: np.diff(x, axis=0), least=1),
    _unary(np.transpose, least=2),
    _unary(np.ravel, least=2),
    _unary(lambda x: np.sum(x, axis=-1), least=1),
    _unary(lambda x: np.mean(x, axis=0, keepdims=True), least=1),
    _unary(lambda x: np.max(x, axis=-1), least=1),
    _unary(lambda x: np.cumsum(x, axis=-1), least=1),
    _unary(lambda x: np.sort(x, axis=-1), least=1),
    _unary(lambda x: np.prod(x, axis=-1), least=1),
    _unary(lambda x: cr.special.softmax(x, axis=-1), least=1),
    _unary(lambda x: x[..., None] * np.ones(2)),
    _binary(lambda x, y: x + y),
    _binary(lambda x, y: x * y),
    _binary(lambda x, y: x / (2 + y**2)),
    _binary(np.maximum),
    _by_constant,
    _by_diagonal,
    _product,
    _picked,
    _joined,
    _branch,
)
