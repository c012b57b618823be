"""What happened in training, epoch by epoch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, overload

import numpy as np

from ..arguments import Array
from ..errors import ArgumentError


@dataclass(frozen=True, slots=True)
class EpochRecord:
    """One epoch.

    Args:
        epoch: from 1.
        loss: the mean training loss over the rows, each minibatch's taken before its update.
        validation_loss: the loss of the held-out rows after the epoch; ``None`` without validation.
        learning_rate: ε in this epoch.
        seconds: of wall-clock time, validation included.
    """

    epoch: int
    loss: float
    validation_loss: float | None
    learning_rate: float
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class History(Sequence[EpochRecord]):
    """The complete epochs in order, as columns and as records, and why training stopped.

    Args:
        loss: the mean training loss of each epoch, shape (epochs,).
        validation_loss: the loss of the held-out rows after each epoch, or ``None``.
        learning_rate: ε of each epoch.
        seconds: the wall-clock time of each epoch.
        stopped_by: ``"epochs"`` (all were run), ``"early_stopping"``, ``"callback"``, ``"interrupt"``
            (Ctrl-C) or ``"converged"`` (L-BFGS found no lower loss).

    >>> history = History(np.array([0.5, 0.3]), None, np.full(2, 0.1), np.zeros(2), "epochs")
    >>> len(history), history.best.epoch, history[-1].loss
    (2, 2, 0.3)
    """

    loss: Array
    validation_loss: Array | None
    learning_rate: Array
    seconds: Array
    stopped_by: str

    @property
    def best(self) -> EpochRecord:
        """The epoch of the lowest validation loss (of the lowest training loss, without validation).

        Raises:
            ArgumentError: no epoch was completed.
        """
        if not len(self):
            raise ArgumentError(
                "a history of no complete epoch", expected="at least one", instead="train for longer"
            )
        return self[int(np.argmin(self.loss if self.validation_loss is None else self.validation_loss))]

    def to_dicts(self) -> list[dict[str, Any]]:
        """One dict for each epoch, of numbers that JSON can hold."""
        return [asdict(record) for record in self]

    def __len__(self) -> int:
        return len(self.loss)

    @overload
    def __getitem__(self, index: int) -> EpochRecord: ...
    @overload
    def __getitem__(self, index: slice) -> list[EpochRecord]: ...
    def __getitem__(self, index: int | slice) -> EpochRecord | list[EpochRecord]:
        # Records are made when asked for: a small network trains more epochs a second than objects are made.
        if isinstance(index, slice):
            return [self[k] for k in range(*index.indices(len(self)))]
        k = range(len(self))[index]
        validation = None if self.validation_loss is None else float(self.validation_loss[k])
        return EpochRecord(
            k + 1, float(self.loss[k]), validation, float(self.learning_rate[k]), float(self.seconds[k])
        )


def numbered(network: int, history: History) -> Iterator[dict[str, Any]]:
    """The records of one network of several, which say of which.

    >>> next(numbered(2, History(np.array([0.5]), None, np.ones(1), np.zeros(1), "epochs")))["network"]
    2
    """
    return ({"network": network, **record} for record in history.to_dicts())


#: The losses, validation losses (NaN without validation), learning rates and seconds of some epochs.
Columns = tuple[Array, Array, Array, Array]


@dataclass(slots=True)
class Ledger:
    """The history being written: blocks of epochs, each appended whole, so Ctrl-C never leaves a half."""

    blocks: list[Columns] = field(default_factory=list)

    def add(self, loss: Array, validation_loss: float | None, learning_rate: Array, seconds: float) -> None:
        """Write down epochs that took ``seconds`` together."""
        validation = np.full(len(loss), np.nan if validation_loss is None else validation_loss)
        self.blocks.append((loss, validation, learning_rate, np.full(len(loss), seconds / len(loss))))

    def columns(self, epochs: int | None = None) -> Columns:
        """The first epochs that were written down; by default all."""
        empty = (np.empty(0),) * 4
        loss, validation, rate, seconds = map(np.concatenate, zip(empty, *self.blocks, strict=True))
        return loss[:epochs], validation[:epochs], rate[:epochs], seconds[:epochs]

    def history(self, stopped_by: str, validated: bool) -> History:
        """The history so far."""
        loss, validation, learning_rate, seconds = self.columns()
        return History(loss, validation if validated else None, learning_rate, seconds, stopped_by)
