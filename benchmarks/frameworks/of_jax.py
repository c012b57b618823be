"""JAX: arrays, jit, custom_vjp; in float64 and in its usual float32."""

from __future__ import annotations

from typing import Any

import jax  # type: ignore[import-not-found]
import jax.numpy as jnp  # type: ignore[import-not-found]
import numpy as np

from .case import Case


@jax.custom_vjp  # type: ignore[untyped-decorator]
def cube(x: Any) -> Any:
    """x³."""
    return x**3


@jax.custom_vjp  # type: ignore[untyped-decorator]
def wrong_cube(x: Any) -> Any:
    """x³, with 2x² for its derivative."""
    return x**3


cube.defvjp(lambda x: (x**3, x), lambda x, p: (3 * x**2 * p,))
wrong_cube.defvjp(lambda x: (x**3, x), lambda x, p: (2 * x**2 * p,))


def cases(seed: int) -> list[Case]:
    """The checks, at points drawn from a seed."""
    rng = np.random.default_rng(seed)
    x, W = rng.normal(size=3), rng.normal(size=(2, 3))
    jax.config.update("jax_enable_x64", True)
    x64, W64, x32 = jnp.asarray(x), jnp.asarray(W), jnp.asarray(x, dtype=jnp.float32)
    layer = {"W": W64, "b": jnp.asarray(rng.normal(size=2))}
    return [
        Case("a function of arrays", lambda x, W: jnp.tanh(W @ x).sum(), (x64, W64), "PASS"),
        Case("jit of a tree", jax.jit(lambda p, x: jnp.tanh(p["W"] @ x + p["b"])), (layer, x64), "PASS"),
        Case("NumPy's arrays given to JAX", lambda x: jnp.sin(x).sum(), x, "PASS"),
        Case("custom_vjp", cube, x64, "PASS"),
        Case("a wrong custom_vjp", wrong_cube, x64, "FAIL", "0.666667"),
        Case("a wrong custom_vjp in float32", wrong_cube, x32, "FAIL"),
        Case("float32", lambda x: jnp.sin(x).sum(), x32, "PASS"),
        Case("float32 inside", lambda x: jnp.sin(x.astype(jnp.float32)).sum(), x64, "PASS", "float32"),
        Case("stop_gradient", lambda x: (jax.lax.stop_gradient(x) * x).sum(), x64, "FAIL"),
        Case(
            "a gradient of jax.grad",
            lambda x: (x**3).sum(),
            x64,
            "PASS",
            options={"grad": lambda x: 3 * x**2},
        ),
        Case(
            "a key", lambda key, x: (jax.random.normal(key, (3,)) * x).sum(), (jax.random.key(0), x64), "PASS"
        ),
        Case("ReLU at 0", lambda x: jax.nn.relu(x).sum(), jnp.zeros(2), "UNDECIDED", "kink"),
    ]
