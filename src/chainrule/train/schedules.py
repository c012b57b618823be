"""Learning-rate schedules: from the epochs done (0, 1, 2, …) to a factor of the optimiser's learning rate.

Any function of that kind is a schedule; these are the usual ones. :class:`ByMinibatch` makes one smooth, and
:class:`ReduceOnPlateau` multiplies one by what the validation loss says.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from ..arguments import as_count, find, is_number
from ..errors import ArgumentError

Schedule = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Constant:
    """The factor 1, always.

    >>> Constant()(7)
    1.0
    """

    def __call__(self, epoch: float) -> float:
        return 1.0


@dataclass(frozen=True, slots=True)
class Step:
    """γ^⌊epoch / every⌋: a drop every so many epochs.

    >>> [Step(every=2, factor=0.5)(epoch) for epoch in range(5)]
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """

    every: int
    factor: float = 0.1

    def __post_init__(self) -> None:
        as_count(self.every, "every")
        _require_factor(self.factor)

    def __call__(self, epoch: float) -> float:
        return float(self.factor ** (epoch // self.every))


@dataclass(frozen=True, slots=True)
class Exponential:
    """γ^epoch.

    >>> [Exponential(0.5)(epoch) for epoch in range(3)]
    [1.0, 0.5, 0.25]
    """

    factor: float

    def __post_init__(self) -> None:
        _require_factor(self.factor)

    def __call__(self, epoch: float) -> float:
        return float(self.factor**epoch)


@dataclass(frozen=True, slots=True)
class Cosine:
    """floor + (1 - floor) · ½ (1 + cos(π epoch / epochs)): from 1 down to the floor, and there it stays.

    Source: Loshchilov and Hutter 2017, "SGDR: stochastic gradient descent with warm restarts".

    >>> [round(Cosine(epochs=4)(epoch), 3) for epoch in range(6)]
    [1.0, 0.854, 0.5, 0.146, 0.0, 0.0]
    """

    epochs: int
    floor: float = 0.0

    def __post_init__(self) -> None:
        as_count(self.epochs, "epochs")
        _require_factor(self.floor, "floor")

    def __call__(self, epoch: float) -> float:
        progress = min(epoch / self.epochs, 1.0)
        return self.floor + (1 - self.floor) * 0.5 * (1 + math.cos(math.pi * progress))


@dataclass(frozen=True, slots=True)
class WarmUp:
    """(epoch + 1) / (epochs + 1) for the first epochs, then another schedule from its beginning.

    Args:
        epochs: how many; by minibatches also a fraction.
        then: the schedule after them.
        start: the factor to begin with; it grows by as much in each epoch. By default 1 / (epochs + 1).

    >>> [round(WarmUp(epochs=3, then=Exponential(0.5))(epoch), 3) for epoch in range(6)]
    [0.25, 0.5, 0.75, 1.0, 0.5, 0.25]
    """

    epochs: float
    then: Schedule = Constant()
    start: float | None = None

    def __post_init__(self) -> None:
        if not (is_number(self.epochs) and 0 < self.epochs < math.inf):
            raise ArgumentError(f"epochs={self.epochs!r}", expected="a positive number")
        _require_schedule(self.then, "then")
        _require_factor(0.0 if self.start is None else self.start, "start")

    def __call__(self, epoch: float) -> float:
        if epoch >= self.epochs:
            return self.then(epoch - self.epochs)
        if self.start is None:
            return (epoch + 1) / (self.epochs + 1)
        return self.start + (1 - self.start) * epoch / self.epochs


@dataclass(frozen=True, slots=True)
class ByMinibatch:
    """A schedule that is looked at before each minibatch, not each epoch: k minibatches of m are k/m epochs.

    Few epochs of many rows so get a rate that falls, or grows, all the time.

    Args:
        schedule: is given fractions of epochs too.

    >>> ByMinibatch(Cosine(epochs=2))(0.5) == Cosine(epochs=2)(0.5)
    True
    """

    schedule: Schedule

    def __post_init__(self) -> None:
        _require_schedule(self.schedule, "schedule")

    def __call__(self, epoch: float) -> float:
        return self.schedule(epoch)


@dataclass(frozen=True, slots=True)
class ReduceOnPlateau:
    """Lowers the learning rate when the validation loss no longer falls: times ``factor``, again and again.

    It needs validation rows. Which epochs lower the rate follows from the losses alone, so that a run that is
    resumed lowers it where it would have.

    Args:
        factor: what the rate is multiplied by.
        patience: epochs without a fall after which it is, 1 or more; then they are counted anew.
        min_delta: how far the loss must fall to count, zero or more.
        floor: the factors multiply to no less than this.
        schedule: of the rate besides, such as a :class:`WarmUp`.

    Raises:
        ArgumentError: a number out of range.

    >>> ReduceOnPlateau(patience=3, schedule=WarmUp(5)).factor
    0.5
    """

    factor: float = 0.5
    patience: int = 5
    min_delta: float = 0.0
    floor: float = 0.0
    schedule: Schedule = Constant()

    def __post_init__(self) -> None:
        _require_factor(self.factor)
        as_count(self.patience, "patience")
        if not (is_number(self.min_delta) and 0 <= self.min_delta < math.inf):
            raise ArgumentError(f"min_delta={self.min_delta!r}", expected="a finite number, zero or more")
        _require_factor(self.floor, "floor")
        _require_schedule(self.schedule, "schedule")


#: Every schedule by name, made for a number of epochs: a step to a tenth after each third of them, and an
#: exponential fall to a hundredth.
SCHEDULES: Mapping[str, Callable[[int], Schedule | ReduceOnPlateau]] = MappingProxyType(
    {
        "constant": lambda epochs: Constant(),
        "cosine": Cosine,
        "step": lambda epochs: Step(max(1, -(-epochs // 3))),
        "exponential": lambda epochs: Exponential(0.01 ** (1 / epochs)),
        "plateau": lambda epochs: ReduceOnPlateau(),
    }
)


def scheduled(
    name: str, epochs: int, warm_up: int = 0, *, by_minibatch: bool = False
) -> Schedule | ReduceOnPlateau:
    """A schedule by name over so many epochs, the first of them to warm up.

    By minibatches, the rate changes with each of them, and warms up from 0.

    Raises:
        ArgumentError: there is no such schedule, or no epoch is left after warming up.

    >>> [round(scheduled("cosine", 5, warm_up=2)(epoch), 3) for epoch in range(5)]
    [0.333, 0.667, 1.0, 0.75, 0.25]
    """
    make = find(SCHEDULES, name, "schedule")
    if as_count(warm_up, "warm_up", 0) >= epochs:
        raise ArgumentError(f"warm_up={warm_up} of {epochs} epochs", expected="fewer epochs to warm up")
    made = make(epochs - warm_up)
    plateau = made if isinstance(made, ReduceOnPlateau) else None
    schedule = made.schedule if isinstance(made, ReduceOnPlateau) else made
    if warm_up:
        schedule = WarmUp(warm_up, schedule, start=0.0 if by_minibatch else None)
    if by_minibatch:
        schedule = ByMinibatch(schedule)
    return schedule if plateau is None else replace(plateau, schedule=schedule)


def _require_factor(value: float, name: str = "factor") -> None:
    if not (is_number(value) and 0 <= value <= 1):
        raise ArgumentError(f"{name}={value!r}", expected="a number from 0 to 1")


def _require_schedule(value: object, name: str) -> None:
    if not callable(value):
        outside = isinstance(value, ReduceOnPlateau)
        raise ArgumentError(
            f"{name}={value!r}",
            expected="a function of the epochs done",
            instead="ReduceOnPlateau(schedule=…) around the other" if outside else None,
        )
