"""JAX: a compiled step called from Python, and a compiled loop over steps with ``lax.scan``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax  # type: ignore[import-not-found]
import jax.numpy as jnp  # type: ignore[import-not-found]
import numpy as np

from ..networks import Array, Training
from . import Trainer

jax.config.update("jax_enable_x64", True)  # float32 arrays stay so


class JitTrainer(Trainer):
    """A jitted step, whose old parameters give their memory to the new ones."""

    def prepare(self) -> None:
        self._step = jax.jit(_step(self.problem), donate_argnums=0)
        self._data = jnp.asarray(self.problem.X), jnp.asarray(self.problem.y)
        self._rows: list[Any] = []

    def reset(self) -> None:
        parameters = [jnp.array(array) for array in self.problem.parameters]
        means, squares = ([jnp.zeros_like(array) for array in parameters] for _ in range(2))
        self._carry = (parameters, means, squares, jnp.zeros((), int))

    def train(self, steps: int) -> None:
        carry = self._carry
        for rows in self.problem.orders[len(self._rows) : steps]:
            self._rows.append(jnp.asarray(rows))
        for rows in self._rows[:steps]:
            carry = self._step(carry, rows, *self._data)
        self._carry = jax.block_until_ready(carry)

    def parameters(self) -> Sequence[Array]:
        return [np.asarray(array) for array in self._carry[0]]


class ScanTrainer(JitTrainer):
    """All steps of a call in one jitted loop."""

    sample = None

    def prepare(self) -> None:
        step = _step(self.problem)

        def loop(carry: Any, orders: Any, X: Any, y: Any) -> Any:
            return jax.lax.scan(lambda c, rows: (step(c, rows, X, y), None), carry, orders)[0]

        self._loop = jax.jit(loop, donate_argnums=0)
        self._data = jnp.asarray(self.problem.X), jnp.asarray(self.problem.y)
        self._orders: dict[int, Any] = {}

    def train(self, steps: int) -> None:
        if steps not in self._orders:
            self._orders[steps] = jnp.asarray(self.problem.orders[:steps])
        self._carry = jax.block_until_ready(self._loop(self._carry, self._orders[steps], *self._data))


def _step(problem: Training) -> Any:
    """From (parameters, means, squares, steps done) to those after a minibatch."""
    activation = jax.nn.relu if problem.activation == "relu" else jnp.tanh
    rate = problem.learning_rate

    def loss(parameters: Any, x: Any, y: Any) -> Any:
        for k in range(problem.layers):
            z = x @ parameters[2 * k].T + parameters[2 * k + 1]
            x = activation(z)
        if problem.loss == "mse":
            return jnp.sum((z - y) ** 2) / (2 * problem.batch)
        own_class = jax.nn.one_hot(y, problem.sizes[-1], dtype=z.dtype)
        return -jnp.sum(own_class * jax.nn.log_softmax(z)) / problem.batch

    def sgd(carry: Any, gradients: Any) -> Any:
        parameters, *others = carry
        return ([p - rate * g for p, g in zip(parameters, gradients, strict=True)], *others)

    def adam(carry: Any, gradients: Any) -> Any:
        parameters, means, squares, count = carry
        count = count + 1
        means = [0.9 * m + 0.1 * g for m, g in zip(means, gradients, strict=True)]
        squares = [0.999 * v + 0.001 * g * g for v, g in zip(squares, gradients, strict=True)]
        first, second = ((1 - beta**count).astype(problem.dtype) for beta in (0.9, 0.999))
        moved = [
            p - rate * (m / first) / (jnp.sqrt(v / second) + 1e-8)
            for p, m, v in zip(parameters, means, squares, strict=True)
        ]
        return moved, means, squares, count

    def step(carry: Any, rows: Any, X: Any, y: Any) -> Any:
        gradients = jax.grad(loss)(carry[0], X[rows], y[rows])
        return sgd(carry, gradients) if problem.optimiser == "SGD" else adam(carry, gradients)

    return step
