"""PyTorch on the CPU in float64, eager; its arguments are already tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch  # type: ignore[import-not-found]
from torch.nn import functional  # type: ignore[import-not-found]

from ..problems import PARAMETERS, Problem, Task
from . import Call


def gradient_call(problem: Problem, task: Task) -> Call:
    """A call of ``torch.autograd.grad`` on the loss, written with PyTorch's own functions.

    How parameters are passed makes no difference: PyTorch reads them off the tensors.
    """
    tensors = [torch.from_numpy(array.copy()) for array in problem.arguments]
    parameters, (x, y) = tensors[: len(PARAMETERS)], tensors[len(PARAMETERS) :]
    for tensor in parameters:
        tensor.requires_grad_()
    loss: Callable[..., Any] = _cross_entropy if problem.classifies else _mean_squared_error

    def value_and_gradient() -> Any:
        value = loss(*parameters, x, y) / problem.count
        return value.detach(), torch.autograd.grad(value, parameters)

    def gradient() -> Any:
        return torch.autograd.grad(loss(*parameters, x, y) / problem.count, parameters)

    return value_and_gradient if task.with_value else gradient


def _cross_entropy(W1: Any, b1: Any, W2: Any, b2: Any, x: Any, y: Any) -> Any:
    h = torch.relu(functional.linear(x, W1, b1))
    return functional.cross_entropy(functional.linear(h, W2, b2), y, reduction="sum")


def _mean_squared_error(W1: Any, b1: Any, W2: Any, b2: Any, x: Any, y: Any) -> Any:
    h = torch.relu(functional.linear(x, W1, b1))
    return 0.5 * functional.mse_loss(functional.linear(h, W2, b2), y, reduction="sum")
