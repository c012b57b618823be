"""Back-propagation that a person writes in NumPy: what the operations cost without any differentiation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..problems import Problem, Task
from . import Call

Objective = Callable[[Any, Any, int, bool], tuple[Any, Any]]


def gradient_call(problem: Problem, task: Task) -> Call:
    """A call of the back-propagation for this network."""
    objective = _cross_entropy if problem.classifies else _mean_squared_error
    backward = _batch_backward if problem.rows else _example_backward

    def gradient(W1: Any, b1: Any, W2: Any, b2: Any, x: Any, y: Any) -> Any:
        z1 = x @ W1.T
        z1 += b1
        h1 = np.maximum(z1, 0)
        z2 = h1 @ W2.T
        z2 += b2
        value, delta = objective(z2, y, problem.count, task.with_value)
        gradients = backward(delta, h1, W2, x)
        return (value, gradients) if task.with_value else gradients

    arguments = problem.arguments
    return lambda: gradient(*arguments)


def _mean_squared_error(yhat: Any, y: Any, n: int, with_value: bool) -> tuple[Any, Any]:
    yhat -= y
    value = np.vdot(yhat, yhat) / (2 * n) if with_value else None
    yhat /= n
    return value, yhat


def _cross_entropy(z: Any, y: Any, n: int, with_value: bool) -> tuple[Any, Any]:
    z -= z.max(axis=-1, keepdims=True)
    p = np.exp(z)
    total = p.sum(axis=-1, keepdims=True)
    value = -np.vdot(y, z - np.log(total)) / n if with_value else None
    p /= total
    p -= y
    p /= n
    return value, p


def _batch_backward(delta2: Any, h1: Any, W2: Any, x: Any) -> tuple[Any, ...]:
    delta1 = delta2 @ W2
    delta1 *= h1 > 0
    return delta1.T @ x, delta1.sum(axis=0), delta2.T @ h1, delta2.sum(axis=0)


def _example_backward(delta2: Any, h1: Any, W2: Any, x: Any) -> tuple[Any, ...]:
    delta1 = delta2 @ W2
    delta1 *= h1 > 0
    return delta1[:, None] * x, delta1, delta2[:, None] * h1, delta2
