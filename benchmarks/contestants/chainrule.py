"""Chainrule: the loss in plain NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import chainrule as cr

from ..problems import PARAMETERS, Problem, Task, in_form, loss_function
from . import Call


def gradient_call(problem: Problem, task: Task) -> Call:
    """A call of ``cr.grad`` or ``cr.value_and_grad``, computed with NumPy."""
    gradient, arguments = _gradient(problem, task), in_form(problem.arguments, task)
    return lambda: gradient(*arguments)


def compiled_gradient_call(problem: Problem, task: Task) -> Call:
    """The same as machine code."""
    gradient, arguments = cr.compile(_gradient(problem, task)), in_form(problem.arguments, task)
    return lambda: gradient(*arguments)


def _gradient(problem: Problem, task: Task) -> Callable[..., Any]:
    transform = cr.value_and_grad if task.with_value else cr.grad
    return transform(loss_function(problem, task, np), 0 if task.in_dict else PARAMETERS)
