"""The learning rate of every minibatch of a training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arguments import Array, find
from ..errors import ArgumentError
from .optimisers import Optimiser
from .schedules import SCHEDULES, ByMinibatch


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """ε of every minibatch.

    Args:
        epochs: ε as each epoch begins, shape (epochs,).
        base: the optimiser's own.
        schedule: gives the factor within the epochs; ``None``: ε changes between them only.
    """

    epochs: Array
    base: float = 1.0
    schedule: ByMinibatch | None = None

    def of(self, first: int, count: int, minibatches: range, each: int) -> Array:
        """ε of some epochs, shape (count,), or of some minibatches of them, shape (count, minibatches).

        Args:
            first: the first of the epochs, from 0.
            count: how many they are.
            minibatches: which of each.
            each: how many an epoch has.

        Raises:
            ArgumentError: the schedule makes a rate that is none.

        >>> rates = Rates(np.array([0.4, 0.2]), 0.4, ByMinibatch(lambda epoch: 1 - epoch / 2))
        >>> rates.of(1, 1, range(2), 2)
        array([[0.2, 0.1]])
        """
        if self.schedule is None:
            return self.epochs[first : first + count]
        done = [[epoch + k / each for k in minibatches] for epoch in range(first, first + count)]
        factors = [[self.schedule(epoch) for epoch in line] for line in done]
        return _checked(self.base * np.array(factors, dtype=np.float64), first)


def learning_rates(optimiser: Optimiser, schedule: Any, epochs: int) -> Rates:
    """ε of every epoch, and of every minibatch where the schedule says so.

    Raises:
        ArgumentError: the schedule is no function of the epoch, or makes a rate that is none.
    """
    if isinstance(schedule, str):
        schedule = find(SCHEDULES, schedule, "schedule")(epochs)
    if schedule is not None and not callable(schedule):
        raise ArgumentError(
            f"schedule={schedule!r}", expected="a function of the epochs done, or a name", instead="'cosine'"
        )
    factors = [1.0 if schedule is None else schedule(epoch) for epoch in range(epochs)]
    base = optimiser.learning_rate
    rates = _checked(base * np.array(factors, dtype=np.float64), 0)
    return Rates(rates, base, schedule if isinstance(schedule, ByMinibatch) else None)


def _checked(rates: Array, first: int) -> Array:
    """The rates, the first line of which is that of the epoch ``first``."""
    for place in np.argwhere(~((rates >= 0) & (rates < np.inf)))[:1]:
        raise ArgumentError(
            f"the schedule makes the learning rate {rates[tuple(place)]} in epoch {first + place[0] + 1}",
            expected="a finite number, zero or more",
        )
    return rates
