"""HIPS autograd: the loss in its wrapped NumPy."""

from __future__ import annotations

import autograd  # type: ignore[import-not-found]
import autograd.numpy as anp  # type: ignore[import-not-found]

from ..problems import PARAMETERS, Problem, Task, in_form, loss_function
from . import Call


def gradient_call(problem: Problem, task: Task) -> Call:
    """A call of ``autograd.grad`` or ``autograd.value_and_grad``."""
    transform = autograd.value_and_grad if task.with_value else autograd.grad
    by = 0 if task.in_dict else tuple(range(len(PARAMETERS)))
    gradient = transform(loss_function(problem, task, anp), by)
    arguments = in_form(problem.arguments, task)
    return lambda: gradient(*arguments)
