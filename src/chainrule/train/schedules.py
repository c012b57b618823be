"""Learning-rate schedules: from the epochs done (0, 1, 2, …) to a factor of the optimiser's learning rate.

Any function of that kind is a schedule; these are the usual ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from ..arguments import as_count
from ..errors import ArgumentError

Schedule = Callable[[int], float]


@dataclass(frozen=True, slots=True)
class Constant:
    """The factor 1, always.

    >>> Constant()(7)
    1.0
    """

    def __call__(self, epoch: int) -> float:
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

    def __call__(self, epoch: int) -> float:
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

    def __call__(self, epoch: int) -> float:
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

    def __call__(self, epoch: int) -> float:
        progress = min(epoch / self.epochs, 1.0)
        return self.floor + (1 - self.floor) * 0.5 * (1 + math.cos(math.pi * progress))


@dataclass(frozen=True, slots=True)
class WarmUp:
    """(epoch + 1) / (epochs + 1) for the first epochs, then another schedule from its beginning.

    >>> [round(WarmUp(epochs=3, then=Exponential(0.5))(epoch), 3) for epoch in range(6)]
    [0.25, 0.5, 0.75, 1.0, 0.5, 0.25]
    """

    epochs: int
    then: Schedule = Constant()

    def __post_init__(self) -> None:
        as_count(self.epochs, "epochs")

    def __call__(self, epoch: int) -> float:
        return (epoch + 1) / (self.epochs + 1) if epoch < self.epochs else self.then(epoch - self.epochs)


def _require_factor(value: float, name: str = "factor") -> None:
    if not 0 <= value <= 1:
        raise ArgumentError(f"{name}={value!r}", expected="a number from 0 to 1")
