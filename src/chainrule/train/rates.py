"""The learning rate of every minibatch of a training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..arguments import Array, find
from ..errors import ArgumentError
from .optimisers import Optimiser
from .plateau import Plateau
from .schedules import SCHEDULES, ByMinibatch, Constant, ReduceOnPlateau

#: Epochs whose rates are computed at once, and looked at before training.
AT_ONCE = 2**16


@dataclass(slots=True, eq=False)
class Rates:
    """ε of every minibatch, computed when it is asked for, of some thousands of epochs at once.

    Args:
        epochs: how many there are at most.
        base: ε before any schedule.
        schedule: from the epochs done to a factor; one by minibatches gives it within the epochs too.
        plateau: lowers ε by what the validation losses are.
    """

    epochs: int
    base: float = 1.0
    schedule: Callable[[float], float] = field(default_factory=Constant)
    plateau: Plateau | None = None
    _from: int = 0
    _known: Array = field(default_factory=lambda: np.empty(0))  # of the epochs from there on

    def observe(self, validation_loss: float) -> None:
        """Take in the validation loss of an epoch."""
        if self.plateau is not None:
            self.plateau.observe(validation_loss)

    def begun(self, first: int, count: int) -> Array:
        """ε as each of some epochs begins, shape (count,), as far as losses have lowered it by now.

        Raises:
            ArgumentError: the schedule makes a rate that is none.
        """
        return self._planned(first, count) * self._lowered

    def sample(self) -> Array:
        """ε as each epoch begins, if no plateau lowers it; where there are very many, of some all over them.

        Raises:
            ArgumentError: the schedule makes a rate that is none.
        """
        if self.epochs <= AT_ONCE:
            return self._planned(0, self.epochs)
        return self._scheduled(range(0, self.epochs, -(-self.epochs // AT_ONCE)))

    def of(self, first: int, count: int, minibatches: range, each: int) -> Array:
        """ε of some epochs, shape (count,), or of some minibatches of them, shape (count, minibatches).

        Args:
            first: the first of the epochs, from 0.
            count: how many they are.
            minibatches: which of each.
            each: how many an epoch has.

        Raises:
            ArgumentError: the schedule makes a rate that is none.

        >>> rates = Rates(2, 0.4, ByMinibatch(lambda epoch: 1 - epoch / 2))
        >>> rates.of(1, 1, range(2), 2)
        array([[0.2, 0.1]])
        """
        if not isinstance(self.schedule, ByMinibatch):
            return self.begun(first, count)
        epochs = range(first, first + count)
        done = [[epoch + k / each for k in minibatches] for epoch in epochs]
        factors = [[_factor(self.schedule(epoch)) for epoch in line] for line in done]
        return _checked(self.base * np.array(factors, dtype=np.float64) * self._lowered, epochs)

    @property
    def _lowered(self) -> float:
        return 1.0 if self.plateau is None else self.plateau.factor

    def _planned(self, first: int, count: int) -> Array:
        start = first - self._from
        if not 0 <= start <= len(self._known) - count:
            last = min(first + max(count, AT_ONCE), self.epochs)
            start, self._from, self._known = 0, first, self._scheduled(range(first, last))
        return self._known[start : start + count]

    def _scheduled(self, epochs: range) -> Array:
        factors = [_factor(self.schedule(epoch)) for epoch in epochs]
        return _checked(self.base * np.array(factors, dtype=np.float64), epochs)


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
    rates = Rates(epochs, optimiser.learning_rate, Constant() if schedule is None else schedule, plateau)
    rates.sample()  # what is no rate is found before training
    return rates


def _factor(value: Any) -> Any:
    """What a schedule returned, if it is a number."""
    if isinstance(value, (float, int, np.floating, np.integer)) or _is_real_scalar(value):
        return value
    raise ArgumentError(f"the schedule returns {value!r}", expected="a number, the factor of the rate")


def _is_real_scalar(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.ndim == 0 and value.dtype.kind in "fiu"


def _checked(rates: Array, epochs: range) -> Array:
    """The rates, the lines of which are those of the epochs."""
    for place in np.argwhere(~((rates >= 0) & (rates < np.inf)))[:1]:
        raise ArgumentError(
            f"the schedule makes the learning rate {rates[tuple(place)]} in epoch {epochs[place[0]] + 1}",
            expected="a finite number, zero or more",
        )
    return rates
