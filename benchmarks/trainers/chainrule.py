"""Chainrule: what ``cr.train.fit`` runs between two looks at the clock."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import chainrule as cr
from chainrule.train.native import runner_named

from ..networks import NATIVE_STEPS, Array, Training
from . import Trainer


class NativeTrainer(Trainer):
    """Every step of a call in machine code."""

    most_steps = NATIVE_STEPS

    def prepare(self) -> None:
        self._network, self._optimiser = _network(self.problem), _optimiser(self.problem)
        self._objective = cr.nn.objective(self._network, self.problem.loss)
        self._make = runner_named("native", 1)

    def reset(self) -> None:
        data = (self.problem.X, self.problem.y)
        start = self._network.parameters
        self._runner = self._make(self._objective, start, data, self._optimiser, self.problem.batch)

    def train(self, steps: int) -> None:
        self._runner.run(self.problem.orders[:steps].reshape(1, -1), np.array([self.problem.learning_rate]))

    def parameters(self) -> Sequence[Array]:
        return list(self._runner.parameters.values())


def fit(problem: Training, epochs: int) -> Sequence[Array]:
    """The parameters after a whole call of ``fit``."""
    network = _network(problem)
    cr.train.fit(
        network,
        problem.X,
        problem.y,
        loss=problem.loss,
        optimizer=_optimiser(problem),
        batch_size=problem.batch,
        epochs=epochs,
    )
    return list(network.parameters.values())


def _network(problem: Training) -> cr.nn.Network:
    network = cr.nn.Network(problem.sizes, activation=problem.activation, dtype=problem.dtype)
    network.parameters = dict(zip(network.parameters, problem.parameters, strict=True))
    return network


def _optimiser(problem: Training) -> cr.train.Optimiser:
    kind = cr.train.SGD if problem.optimiser == "SGD" else cr.train.Adam
    return kind(problem.learning_rate)
