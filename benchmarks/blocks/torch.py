"""PyTorch on the CPU: its own modules, its fused AdamW and its cosine schedule, eager."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import cast

import torch  # type: ignore[import-not-found]
from torch import nn

from ..layers import DECAY, Blocks
from ..networks import Array
from ..trainers import Trainer


class EagerTrainer(Trainer):
    """Module by module."""

    def prepare(self) -> None:
        self._data = torch.from_numpy(self.problem.X), torch.from_numpy(self.problem.y)
        self._rows = torch.from_numpy(self.problem.orders)
        self._loss = nn.CrossEntropyLoss()

    def reset(self) -> None:
        torch.manual_seed(0)
        problem, modules = cast(Blocks, self.problem), []
        for inputs, outputs in pairwise(problem.sizes[:-1]):
            modules += [nn.Linear(inputs, outputs, bias=False), nn.BatchNorm1d(outputs), nn.ReLU()]
            modules += [nn.Dropout(problem.dropout)] if problem.dropout else []
        self._network = nn.Sequential(*modules, nn.Linear(*problem.sizes[-2:]))
        with torch.no_grad():
            for tensor, array in zip(self._network.parameters(), problem.parameters, strict=True):
                tensor.copy_(torch.from_numpy(array))
        self._optimiser = torch.optim.AdamW(
            self._network.parameters(), lr=problem.learning_rate, weight_decay=DECAY, fused=True
        )
        self._schedule = torch.optim.lr_scheduler.CosineAnnealingLR(self._optimiser, len(problem.orders))

    def train(self, steps: int) -> None:
        X, y = self._data
        for rows in self._rows[:steps]:
            self._optimiser.zero_grad()
            self._loss(self._network(X[rows]), y[rows]).backward()
            self._optimiser.step()
            self._schedule.step()

    def parameters(self) -> Sequence[Array]:
        return [tensor.detach().numpy() for tensor in self._network.parameters()]
