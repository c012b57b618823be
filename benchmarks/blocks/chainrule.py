"""Chainrule: what ``cr.train.fit`` runs between two looks at the clock."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import cast

import numpy as np

import chainrule as cr
from chainrule.train.native import runner_named
from chainrule.train.step import Stateful, stream_of

from ..layers import DECAY, Blocks
from ..networks import Array
from ..trainers import Trainer


class NativeTrainer(Trainer):
    """Every step of a call in machine code."""

    sample = None

    def prepare(self) -> None:
        problem = cast(Blocks, self.problem)
        network = cr.nn.Network(
            problem.sizes, output_activation="softmax", normalisation="batch", dropout=problem.dropout,
            dtype=problem.dtype,
        )  # fmt: skip
        names = [name for name in network.parameters if name not in network.untrained]
        network.parameters = network.parameters | dict(zip(names, problem.parameters, strict=True))
        stream = stream_of(network, np.random.default_rng(0))
        descent = Stateful(cr.nn.training_objective(network, problem.loss), network.untrained, stream)
        optimiser = cr.train.AdamW(problem.learning_rate, weight_decay=DECAY)
        make, data = runner_named("native", 1), (problem.X, problem.y)
        self._names, self._rates = names, problem.rates
        self._start = make(descent, network.parameters, data, optimiser, problem.batch)

    def reset(self) -> None:
        self._runner = copy(self._start)  # a run replaces what a runner holds and changes no array

    def train(self, steps: int) -> None:
        self._runner.run(self.problem.orders[:steps], self._rates[:steps])

    def parameters(self) -> Sequence[Array]:
        return [self._runner.parameters[name] for name in self._names]
