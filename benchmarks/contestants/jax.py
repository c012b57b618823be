"""JAX on the CPU in float64, with and without jit; its arguments are already its own arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax  # type: ignore[import-not-found]
import jax.numpy as jnp  # type: ignore[import-not-found]

from ..problems import PARAMETERS, Problem, Task, in_form, loss_function
from . import Call

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_cpu_enable_async_dispatch", False)  # faster where every result is waited for


def eager_gradient_call(problem: Problem, task: Task) -> Call:
    """A call of ``jax.grad`` or ``jax.value_and_grad``, operation by operation."""
    return _finished(_gradient(problem, task), problem, task)


def jitted_gradient_call(problem: Problem, task: Task) -> Call:
    """The same under ``jax.jit``."""
    return _finished(jax.jit(_gradient(problem, task)), problem, task)


def _gradient(problem: Problem, task: Task) -> Any:
    transform = jax.value_and_grad if task.with_value else jax.grad
    by = 0 if task.in_dict else tuple(range(len(PARAMETERS)))
    return transform(loss_function(problem, task, jnp), by)


def _finished(gradient: Callable[..., Any], problem: Problem, task: Task) -> Call:
    """JAX may return before it has computed; a call lasts until the result is there."""
    arguments = in_form(tuple(jnp.asarray(array) for array in problem.arguments), task)
    return lambda: jax.block_until_ready(gradient(*arguments))
