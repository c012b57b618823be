"""Chainrule: what ``cr.train.fit`` runs between two looks at the clock."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial

import numpy as np

import chainrule as cr
from chainrule.nn import training_objective
from chainrule.train.native import runner_named
from chainrule.train.step import Stateful

from ..networks import Array, Training
from . import Trainer


class NativeTrainer(Trainer):
    """Every step of a call in machine code."""

    sample = None

    def prepare(self) -> None:
        problem, network = self.problem, network_of(self.problem)
        make, descent = runner_named("native", 1), Stateful(training_objective(network, problem.loss))
        data = (problem.X, problem.y)
        self._make = partial(make, descent, network.parameters, data, _optimiser(problem), problem.batch)

    def reset(self) -> None:
        self._runner = self._make()  # a large runner writes over its arrays; the code is compiled once

    def train(self, steps: int) -> None:
        self._runner.run(self.problem.orders[:steps].reshape(1, -1), np.array([self.problem.learning_rate]))

    def parameters(self) -> Sequence[Array]:
        return list(self._runner.parameters.values())

    @classmethod
    def whole(cls, problem: Training, steps: int) -> Sequence[Array]:
        """By ``fit``, which decides itself whether to compile."""
        network = network_of(problem)
        cr.train.fit(
            network,
            problem.X,
            problem.y,
            loss=problem.loss,
            optimizer=_optimiser(problem),
            batch_size=problem.batch,
            epochs=steps // (len(problem.X) // problem.batch),
        )
        return list(network.parameters.values())


class OneThreadTrainer(NativeTrainer):
    """The same on one thread."""

    def train(self, steps: int) -> None:
        before = os.environ.get("OMP_NUM_THREADS")
        os.environ["OMP_NUM_THREADS"] = "1"  # read at each call
        try:
            super().train(steps)
        finally:
            if before is None:
                del os.environ["OMP_NUM_THREADS"]
            else:
                os.environ["OMP_NUM_THREADS"] = before


def network_of(problem: Training) -> cr.nn.Network:
    """The problem's network with its initial weights."""
    network = cr.nn.Network(problem.sizes, activation=problem.activation, dtype=problem.dtype)
    network.parameters = dict(zip(network.parameters, problem.parameters, strict=True))
    return network


def _optimiser(problem: Training) -> cr.train.Optimiser:
    kind = cr.train.SGD if problem.optimiser == "SGD" else cr.train.Adam
    return kind(problem.learning_rate)
