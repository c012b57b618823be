"""The learning rate of every minibatch of a training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arguments import Array, find
from ..errors import ArgumentError
from .optimisers import Optimiser
from .plateau import Plateau
from .schedules import SCHEDULES, ByMinibatch, ReduceOnPlateau


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """ε of every minibatch.

    Args:
        epochs: ε as each epoch begins, shape (epochs,), if no plateau lowers it.
        base: the optimiser's own.
        schedule: gives the factor within the epochs; ``None``: ε changes between them only.
        plateau: lowers ε by what the validation losses are.
    """

    epochs: Array
    base: float = 1.0
    schedule: ByMinibatch | None = None
    plateau: Plateau | None = None

    def observe(self, validation_loss: float) -> None:
        """Take in the validation loss of an epoch."""
        if self.plateau is not None:
            self.plateau.observe(validation_loss)

    def begun(self, first: int, count: int) -> Array:
        """ε as each of some epochs begins, shape (count,), as far as losses have lowered it by now."""
        lowered = 1.0 if self.plateau is None else self.plateau.factor
        return self.epochs[first : first + count] * lowered

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
            return self.begun(first, count)
        done = [[epoch + k / each for k in minibatches] for epoch in range(first, first + count)]
        factors = [[self.schedule(epoch) for epoch in line] for line in done]
        lowered = 1.0 if self.plateau is None else self.plateau.factor
        return _checked(self.base * np.array(factors, dtype=np.float64) * lowered, first)


def learning_rates(optimiser: Optimiser, schedule: Any, epochs: int, *, validated: bool) -> Rates:
    """ε of every epoch, and of every minibatch where the schedule says so.

    Args:
        optimiser: has ε before any schedule.
        schedule: a name, a function of the epochs done, a :class:`ReduceOnPlateau`, or ``None``.
        epochs: how many there are at most.
        validated: whether there are validation losses.

    Raises:
        ArgumentError: the schedule is none, makes a rate that is none, or has no losses to look at.
    """
    if isinstance(schedule, str):
        schedule = find(SCHEDULES, schedule, "schedule")(epochs)
    plateau = None
    if isinstance(schedule, ReduceOnPlateau):
        if not validated:
            raise ArgumentError(
                "a plateau as schedule without validation", expected="rows to watch", instead="validation=0.2"
            )
        schedule, plateau = schedule.schedule, Plateau(schedule)
    if schedule is not None and not callable(schedule):
        raise ArgumentError(
            f"schedule={schedule!r}", expected="a function of the epochs done, or a name", instead="'cosine'"
        )
    factors = [1.0 if schedule is None else schedule(epoch) for epoch in range(epochs)]
    base = optimiser.learning_rate
    rates = _checked(base * np.array(factors, dtype=np.float64), 0)
    return Rates(rates, base, schedule if isinstance(schedule, ByMinibatch) else None, plateau)


def _checked(rates: Array, first: int) -> Array:
    """The rates, the first line of which is that of the epoch ``first``."""
    for place in np.argwhere(~((rates >= 0) & (rates < np.inf)))[:1]:
        raise ArgumentError(
            f"the schedule makes the learning rate {rates[tuple(place)]} in epoch {first + place[0] + 1}",
            expected="a finite number, zero or more",
        )
    return rates
