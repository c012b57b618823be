"""Where training stands, whole: what is needed to go on as if nothing had come between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from ..arguments import Array
from .history import Columns, Ledger
from .optimisers import Tree
from .stopping import Best


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """The state of training between two minibatches.

    Args:
        epochs: how many are complete.
        parameters: after the last minibatch.
        optimiser_state: after it.
        generator: the state of the generator before it drew the order of the epoch that comes after those.
        losses: of that epoch's minibatches so far, shape (1, minibatches).
        seconds: spent in that epoch so far.
        history: of the complete epochs.
        best: what early stopping has seen, if it is watching.
        stopped_by: why training has ended, if it has.
    """

    epochs: int
    parameters: Tree
    optimiser_state: Tree
    generator: Mapping[str, Any]
    losses: Array
    seconds: float
    history: Columns
    best: Best | None
    stopped_by: str | None


@dataclass(frozen=True, slots=True)
class Begun:
    """The epochs under way: how they began, and the losses of the pieces that are done."""

    generator: Mapping[str, Any]
    started: float
    losses: list[Array] = field(default_factory=list)

    @property
    def minibatches(self) -> int:
        """How many are done."""
        return sum(piece.shape[1] for piece in self.losses)


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """A checkpoint not yet copied out: taken at every look, so it refers to lists that only grow."""

    epochs: int
    parameters: Tree
    optimiser_state: Tree
    begun: Begun
    pieces: int
    ledger: Ledger
    best: Best | None
    now: float
    stopped_by: str | None

    def checkpoint(self) -> Checkpoint:
        """The same by itself."""
        losses = [np.empty((1, 0)), *self.begun.losses[: self.pieces]]
        return Checkpoint(
            self.epochs,
            self.parameters,
            self.optimiser_state,
            self.begun.generator,
            np.concatenate(losses, axis=1),
            self.now - self.begun.started,
            self.ledger.columns(self.epochs),
            self.best,
            self.stopped_by,
        )


class Recorder(Protocol):
    """Is told how training goes."""

    def epochs(self, first: int, columns: Columns) -> None:
        """These epochs, the first of which has this number, are complete."""

    def standing(self, moment: Moment) -> None:
        """Training could go on from here."""
