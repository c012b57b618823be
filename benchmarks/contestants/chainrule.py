"""Chainrule: the loss in plain NumPy."""

from __future__ import annotations

import numpy as np

import chainrule as cr

from ..problems import PARAMETERS, Problem, Task, in_form, loss_function
from . import Call


def gradient_call(problem: Problem, task: Task) -> Call:
    """A call of ``cr.grad`` or ``cr.value_and_grad``."""
    transform = cr.value_and_grad if task.with_value else cr.grad
    gradient = transform(loss_function(problem, task, np), 0 if task.in_dict else PARAMETERS)
    arguments = in_form(problem.arguments, task)
    return lambda: gradient(*arguments)
