"""JAX: a jitted function of the row, the parameters being part of it."""

from __future__ import annotations

from typing import Any

import jax  # type: ignore[import-not-found]
import jax.numpy as jnp  # type: ignore[import-not-found]

from ..networks import Array, Training
from ..prediction import Predict

jax.config.update("jax_cpu_enable_async_dispatch", False)  # faster where every result is waited for


def predict(problem: Training) -> Predict:
    """A call with NumPy's row, until the result is there."""
    parameters = [jnp.asarray(array) for array in problem.parameters]

    def network(x: Any) -> Any:
        for k in range(problem.layers):
            z = parameters[2 * k] @ x + parameters[2 * k + 1]
            x = jax.nn.relu(z)
        return z

    jitted = jax.jit(network)

    def call(x: Array) -> Any:
        return jax.block_until_ready(jitted(x))

    return call
