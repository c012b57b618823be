"""JAX: its arrays, ``jit`` and ``custom_vjp``."""

from __future__ import annotations

from collections.abc import Callable
from inspect import Signature
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import DtypeError
from .framework import Tensors


class Jax:
    """The module ``jax``, which the user has imported."""

    def __init__(self, jax: Any) -> None:
        self._jax = jax

    def made(self, function: Any) -> bool:
        return type(function).__module__.partition(".")[0] in ("jax", "jaxlib")

    def owns(self, leaf: Any) -> bool:
        return isinstance(leaf, self._jax.Array)

    def array(self, tensor: Any) -> NDArray[Any] | None:
        if self._jax.dtypes.issubdtype(tensor.dtype, self._jax.dtypes.prng_key):
            return None
        array = np.array(tensor)
        if array.dtype.kind not in "fiubc":
            raise DtypeError(f"an array of {tensor.dtype}", expected="one of float16, 32 or 64")
        return array

    def tensor(self, array: NDArray[Any], like: Any) -> Any:
        return self._jax.numpy.asarray(np.asarray(array))

    def plain(self, function: Any) -> tuple[Callable[..., Any], Signature | None]:
        return function, None

    def jacobians(self, function: Callable[[Tensors], Tensors], at: Tensors) -> list[NDArray[Any]]:
        jnp = self._jax.numpy
        inputs = [jnp.asarray(tensor) for tensor in at]

        def flat(inputs: list[Any]) -> Any:
            return jnp.concatenate([jnp.ravel(jnp.asarray(output)) for output in function(inputs)])

        values, pull = self._jax.vjp(flat, inputs)
        rows = [pull(row)[0] for row in np.eye(values.size, dtype=values.dtype)]
        return [
            np.array([np.ravel(row[i]) for row in rows]).reshape(values.size, tensor.size)
            for i, tensor in enumerate(inputs)
        ]
