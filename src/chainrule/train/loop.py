"""The loop over epochs: asks a runner for pieces short enough to stay responsive, and records them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np

from ..arguments import Array
from ..errors import NonFiniteError
from ..tree import flatten
from .history import EpochRecord, Ledger
from .minibatches import draw_orders, shares
from .progress import Report
from .runner import EpochRunner
from .watch import Watch

#: Row indices that one call may take, so that orders of many short epochs stay small in memory.
MOST_ROWS = 1 << 20


@dataclass(slots=True)
class Pace:
    """How many minibatches a call should run, so that it takes about ``budget`` seconds."""

    budget: float = 0.05
    minibatches: int = 1

    def measured(self, minibatches: int, seconds: float) -> None:
        """Learn from a call; a first one is slow, for it also traces, so the count grows at most eightfold.

        >>> pace = Pace(budget=0.05)
        >>> pace.measured(1, 0.001)
        >>> pace.minibatches
        8
        """
        affordable = int(self.budget * minibatches / max(seconds, 1e-9))
        self.minibatches = min(max(affordable, 1), 8 * self.minibatches)


@dataclass(frozen=True, slots=True)
class Loop:
    """Everything about training but the runner's inner loop.

    Args:
        runner: trains; it holds the parameters.
        rows: how many rows the data has.
        batch_size: the rows in a minibatch.
        learning_rates: of each epoch, shape (epochs,).
        rng: shuffles.
        watch: looks at every epoch.
        report: is told of progress.
        explain: from what happened to the error that says why, where a value stops being finite.
        sample_weight: of each row, for the mean over an epoch; ``None``: every row counts alike.
        ledger: keeps the complete epochs.
        pace: how much to ask for in a call. It changes how often the loop looks up, never the result.
    """

    runner: EpochRunner
    rows: int
    batch_size: int
    learning_rates: Array
    rng: np.random.Generator
    watch: Watch
    report: Report
    explain: Callable[[str], NonFiniteError]
    sample_weight: Array | None = None
    ledger: Ledger = field(default_factory=Ledger)
    pace: Pace = field(default_factory=Pace)

    def run(self) -> str:
        """Run the epochs; why they ended: ``"epochs"``, ``"early_stopping"`` or ``"callback"``.

        Raises:
            NonFiniteError: a loss or a parameter became NaN or infinite.
        """
        done, epochs = 0, len(self.learning_rates)
        while done < epochs:
            started = perf_counter()
            count = min(self._epochs_at_once(), epochs - done)
            rates = self.learning_rates[done : done + count]
            means = self._train(done, rates)
            self._require_finite_parameters(done + count)
            done += count
            if reason := self._look(done, means, rates, started):
                return reason
        return "epochs"

    def _epochs_at_once(self) -> int:
        if not self.watch.idle:
            return 1
        minibatches = -(-self.rows // self.batch_size)
        return max(1, min(self.pace.minibatches // minibatches, MOST_ROWS // self.rows))

    def _train(self, done: int, rates: Array) -> Array:
        """The mean loss of each of some epochs; one epoch may be run in pieces."""
        orders = draw_orders(self.rows, len(rates), self.batch_size, self.rng)
        pieces: list[Array] = []
        start = 0
        while start < self.rows:
            stop = self.rows if len(rates) > 1 else start + self.pace.minibatches * self.batch_size
            began = perf_counter()
            losses = self.runner.run(orders[:, start:stop], rates)
            self.pace.measured(losses.size, perf_counter() - began)
            self._require_finite_losses(losses, done, start // self.batch_size)
            pieces.append(losses)
            start = stop
            trained = len(rates) * min(stop, self.rows) / self.rows
            self.report(done + trained, float(losses[-1, -1]), None)
        losses = np.concatenate(pieces, axis=1)
        means: Array = (losses * shares(orders, self.batch_size, self.sample_weight)).sum(axis=1)
        return means

    def _look(self, done: int, means: Array, rates: Array, started: float) -> str | None:
        """Validate, record, report; why to stop after the epoch ``done``, if so."""
        validate = self.watch.validate
        validation_loss = None if validate is None else validate(self.runner.parameters)
        seconds = perf_counter() - started
        self.ledger.add(means, validation_loss, rates, seconds)
        self.report(done, float(means[-1]), validation_loss)
        if self.watch.idle:
            return None
        record = EpochRecord(done, float(means[-1]), validation_loss, float(rates[-1]), seconds)
        return self.watch.after(record, self.runner.parameters)

    def _require_finite_losses(self, losses: Array, done: int, first: int) -> None:
        for epoch, minibatch in np.argwhere(~np.isfinite(losses))[:1].tolist():
            raise self.explain(
                f"the loss became {losses[epoch, minibatch]} in epoch {done + epoch + 1}, "
                f"minibatch {first + minibatch + 1}"
            )

    def _require_finite_parameters(self, done: int) -> None:
        if not all(np.isfinite(leaf).all() for leaf in flatten(self.runner.parameters)[0]):
            raise self.explain(f"the parameters became infinite or NaN in epoch {done}")
