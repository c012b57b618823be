"""JAX: all steps of a call in one jitted ``lax.scan``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import jax  # type: ignore[import-not-found]
import jax.numpy as jnp  # type: ignore[import-not-found]
import numpy as np

from ..layers import DECAY, EPSILON, Blocks
from ..networks import Array
from ..trainers import Trainer


class ScanTrainer(Trainer):
    """Batch statistics, masks of ``jax.random``, AdamW written out."""

    sample = None

    def prepare(self) -> None:
        step = _step(cast(Blocks, self.problem))

        def loop(carry: Any, orders: Any, rates: Any, X: Any, y: Any) -> Any:
            def one(carry: Any, at: Any) -> Any:
                return step(carry, *at, X, y), None

            return jax.lax.scan(one, carry, (orders, rates))[0]

        self._loop = jax.jit(loop, donate_argnums=0)
        self._data = jnp.asarray(self.problem.X), jnp.asarray(self.problem.y)
        rates = jnp.asarray(cast(Blocks, self.problem).rates, self.problem.dtype)
        self._orders = jnp.asarray(self.problem.orders), rates

    def reset(self) -> None:
        parameters = [jnp.array(array) for array in self.problem.parameters]
        means, squares = ([jnp.zeros_like(array) for array in parameters] for _ in range(2))
        running = [(jnp.zeros(n), jnp.ones(n)) for n in self.problem.sizes[1:-1]]
        self._carry = (parameters, means, squares, jnp.zeros((), int), running, jax.random.key(0))

    def train(self, steps: int) -> None:
        orders, rates = self._orders
        self._carry = jax.block_until_ready(
            self._loop(self._carry, orders[:steps], rates[:steps], *self._data)
        )

    def parameters(self) -> Sequence[Array]:
        return [np.asarray(array) for array in self._carry[0]]


def _step(problem: Blocks) -> Any:
    keep = 1 - problem.dropout

    def loss(parameters: Any, running: Any, key: Any, x: Any, y: Any) -> Any:
        after = []
        for k in range(problem.layers - 1):
            W, gamma, beta = parameters[3 * k : 3 * k + 3]
            z = x @ W.T
            mean, variance = z.mean(axis=0), z.var(axis=0)
            before = running[k]
            after.append((0.9 * before[0] + 0.1 * mean, 0.9 * before[1] + 0.1 * variance))
            x = jax.nn.relu(gamma * (z - mean) * jax.lax.rsqrt(variance + EPSILON) + beta)
            if problem.dropout:
                key, own = jax.random.split(key)
                x = jnp.where(jax.random.bernoulli(own, keep, x.shape), x / keep, 0)
        z = x @ parameters[-2].T + parameters[-1]
        own_class = jax.nn.one_hot(y, problem.sizes[-1], dtype=z.dtype)
        return -jnp.sum(own_class * jax.nn.log_softmax(z)) / problem.batch, (after, key)

    def step(carry: Any, rows: Any, rate: Any, X: Any, y: Any) -> Any:
        parameters, means, squares, count, running, key = carry
        gradients, (running, key) = jax.grad(loss, has_aux=True)(parameters, running, key, X[rows], y[rows])
        count = count + 1
        means = [0.9 * m + 0.1 * g for m, g in zip(means, gradients, strict=True)]
        squares = [0.999 * v + 0.001 * g * g for v, g in zip(squares, gradients, strict=True)]
        first, second = ((1 - beta**count).astype(problem.dtype) for beta in (0.9, 0.999))
        moved = [
            p - rate * ((m / first) / (jnp.sqrt(v / second) + 1e-8) + DECAY * p)
            for p, m, v in zip(parameters, means, squares, strict=True)
        ]
        return moved, means, squares, count, running, key

    return step
