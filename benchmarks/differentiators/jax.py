"""JAX: the quicker of jacfwd and jacrev under jit; vmap tells it where the rows of a batch are."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import jax  # type: ignore[import-not-found]
import jax.numpy as jnp  # type: ignore[import-not-found]

from ..jacobians import Call, Case

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_cpu_enable_async_dispatch", False)  # faster where every result is waited for


def jacobian(case: Case) -> Call | None:
    """A call of the quicker of the two; None for sparse Jacobians, which JAX does not have."""
    if case.result == "sparse":
        return None
    return min((_call(case, transform) for transform in (jax.jacfwd, jax.jacrev)), key=_seconds)


def _call(case: Case, transform: Any) -> Call:
    arguments = [jnp.asarray(array) for array in case.arguments]
    differentiated = transform(case.function(jnp))
    if case.result == "rows":
        differentiated = jax.vmap(differentiated, in_axes=(0,) + (None,) * (len(arguments) - 1))
    compiled = jax.jit(differentiated)
    return lambda: jax.block_until_ready(compiled(*arguments))


def _seconds(call: Call) -> float:
    """The least time of three calls after one that compiles."""
    call()
    times = []
    for _ in range(3):
        start = perf_counter()
        call()
        times.append(perf_counter() - start)
    return min(times)
