"""PyTorch on the CPU at the highest precision: eager with its fused optimisers, and a compiled step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch  # type: ignore[import-not-found]
from torch.nn import functional  # type: ignore[import-not-found]

from ..networks import Array, Training
from . import Trainer

torch.set_float32_matmul_precision("highest")


class EagerTrainer(Trainer):
    """Operation by operation, with the fused optimisers, which are the quickest for small networks."""

    def prepare(self) -> None:
        self._data = torch.from_numpy(self.problem.X), torch.from_numpy(self.problem.y)
        self._rows = torch.from_numpy(self.problem.orders)

    def reset(self) -> None:
        self._parameters = [
            torch.from_numpy(array.copy()).requires_grad_() for array in self.problem.parameters
        ]
        kind = torch.optim.SGD if self.problem.optimiser == "SGD" else torch.optim.Adam
        self._optimiser = kind(self._parameters, lr=self.problem.learning_rate, fused=True)

    def train(self, steps: int) -> None:
        X, y = self._data
        for rows in self._rows[:steps]:
            self._optimiser.zero_grad()
            _loss(self.problem, self._parameters, X[rows], y[rows]).backward()
            self._optimiser.step()

    def parameters(self) -> Sequence[Array]:
        return [tensor.detach().numpy() for tensor in self._parameters]


class CompiledTrainer(Trainer):
    """A step, gradient and update, in one ``torch.compile``, which is the quickest for small networks."""

    def prepare(self) -> None:
        self._data = torch.from_numpy(self.problem.X), torch.from_numpy(self.problem.y)
        self._rows = torch.from_numpy(self.problem.orders)
        torch.compiler.reset()  # else earlier problems count as recompilations, of which there is a limit
        self._step = torch.compile(_step(self.problem), dynamic=False, fullgraph=True)

    def reset(self) -> None:
        self._parameters = [torch.from_numpy(array.copy()) for array in self.problem.parameters]
        self._moments = [[torch.zeros_like(p) for p in self._parameters] for _ in range(2)]
        self._count = torch.zeros((), dtype=torch.float64)

    def train(self, steps: int) -> None:
        X, y = self._data
        for rows in self._rows[:steps]:
            self._count = self._step(self._parameters, self._moments, self._count, X[rows], y[rows])

    def parameters(self) -> Sequence[Array]:
        return [tensor.numpy() for tensor in self._parameters]


def _loss(problem: Training, parameters: Any, x: Any, y: Any) -> Any:
    activation = torch.relu if problem.activation == "relu" else torch.tanh
    for k in range(problem.layers):
        z = functional.linear(x, parameters[2 * k], parameters[2 * k + 1])
        x = activation(z)
    if problem.loss == "mse":
        return functional.mse_loss(z, y, reduction="sum") / (2 * problem.batch)
    return functional.cross_entropy(z, y)


def _step(problem: Training) -> Any:
    """A step that changes parameters and moments in place and returns the number of steps done."""
    rate = problem.learning_rate

    def sgd(parameters: Any, moments: Any, count: Any, gradients: Any) -> None:
        for p, g in zip(parameters, gradients, strict=True):
            p.sub_(g, alpha=rate)

    def adam(parameters: Any, moments: Any, count: Any, gradients: Any) -> None:
        first, second = (1 - beta**count for beta in (0.9, 0.999))
        for p, g, m, v in zip(parameters, gradients, *moments, strict=True):
            m.mul_(0.9).add_(g, alpha=0.1)
            v.mul_(0.999).addcmul_(g, g, value=0.001)
            p.sub_(rate * (m / first) / ((v / second).sqrt() + 1e-8))

    update = sgd if problem.optimiser == "SGD" else adam

    def step(parameters: Any, moments: Any, count: Any, x: Any, y: Any) -> Any:
        gradients = torch.func.grad(lambda p: _loss(problem, p, x, y))(parameters)
        count = count + 1  # in place, the compiled code divides by 1 - β⁰ = 0
        update(parameters, moments, count, gradients)
        return count

    return step
