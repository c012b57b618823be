"""The loop over epochs: asks a runner for pieces short enough to stay responsive, and records them."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np

from ..arguments import Array
from ..errors import NonFiniteError
from .checkpoint import Begun, Checkpoint, Moment, Recorder
from .history import EpochRecord, Ledger
from .minibatches import draw_orders, shares
from .progress import Report
from .rates import Rates
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
        learning_rates: of each epoch, or each minibatch.
        rng: shuffles.
        watch: looks at every epoch.
        report: is told of progress.
        explain: from what happened to the error that says why, where a value stops being finite.
        sample_weight: of each row, for the mean over an epoch; ``None``: every row counts alike.
        recorder: is told of complete epochs, and of every moment from which training could go on.
        start: where to go on; the runner has its parameters and its optimiser's state already.
        ledger: keeps the complete epochs.
        pace: how much to ask for in a call. It changes how often the loop looks up, never the result.
    """

    runner: EpochRunner
    rows: int
    batch_size: int
    learning_rates: Rates
    rng: np.random.Generator
    watch: Watch
    report: Report
    explain: Callable[[str], NonFiniteError]
    sample_weight: Array | None = None
    recorder: Recorder | None = None
    start: Checkpoint | None = None
    ledger: Ledger = field(default_factory=Ledger)
    pace: Pace = field(default_factory=Pace)

    def run(self) -> str:
        """Run the epochs; why they ended, as :class:`~chainrule.train.History` says.

        Raises:
            NonFiniteError: a loss or a parameter became NaN or infinite.
        """
        begun = self._begin()
        if self.start is not None and self.start.stopped_by is not None:
            return self.start.stopped_by
        done = 0 if self.start is None else self.start.epochs
        epochs = self.learning_rates.epochs
        reason = None
        while reason is None and done < epochs:
            count = 1 if begun.minibatches else min(self._epochs_at_once(), epochs - done)
            means = self._train(begun, done, count)
            done += len(means)
            self._require_finite_parameters(done)
            if len(means):
                reason = self._look(done, means, begun.started)
            if reason is None and (done == epochs or len(means) < count):
                reason = "epochs" if done == epochs else "converged"
            begun = Begun(self.rng.bit_generator.state, perf_counter())
            self._record(begun, done, reason)
        return reason or "epochs"

    def _begin(self) -> Begun:
        """The epoch to go on with."""
        if self.start is None:
            begun = Begun(self.rng.bit_generator.state, perf_counter())
            self._record(begun, 0, None)
            return begun
        self.rng.bit_generator.state = self.start.generator
        self.ledger.blocks.append(self.start.history)
        for validation_loss in self.start.history[1].tolist():
            self.learning_rates.observe(validation_loss)
        if self.watch.best is not None and self.start.best is not None:
            self.watch.best.go_on_from(self.start.best)
        pieces = [self.start.losses] if self.start.losses.size else []
        return Begun(self.start.generator, perf_counter() - self.start.seconds, pieces)

    def _epochs_at_once(self) -> int:
        if not self.watch.idle:
            return 1
        minibatches = -(-self.rows // self.batch_size)
        return max(1, min(self.pace.minibatches // minibatches, MOST_ROWS // self.rows))

    def _train(self, begun: Begun, done: int, count: int) -> Array:
        """The mean loss of each of some epochs, of fewer where the runner has converged.

        One epoch may be run in pieces.
        """
        orders = draw_orders(self.rows, count, self.batch_size, self.rng)
        start = begun.minibatches * self.batch_size
        each = -(-self.rows // self.batch_size)
        while start < self.rows:
            stop = self.rows if count > 1 else start + self.pace.minibatches * self.batch_size
            taken = range(start // self.batch_size, min(-(-stop // self.batch_size), each))
            rates = self.learning_rates.of(done, count, taken, each)
            began = perf_counter()
            losses = self.runner.run(orders[:, start:stop], rates)
            self.pace.measured(losses.size, perf_counter() - began)
            self._require_finite_losses(losses, done, start // self.batch_size)
            begun.losses.append(losses)
            start = stop
            if len(losses):
                trained = len(losses) * min(stop, self.rows) / self.rows
                self.report(done + trained, float(losses[-1, -1]), None)
                if count == 1:
                    self._record(begun, done, None)
        losses = np.concatenate(begun.losses, axis=1)
        trained_on = orders[: len(losses)]
        means: Array = (losses * shares(trained_on, self.batch_size, self.sample_weight)).sum(axis=1)
        return means

    def _look(self, done: int, means: Array, started: float) -> str | None:
        """Validate, record, report; why to stop after the epoch ``done``, if so."""
        validate = self.watch.validate
        validation_loss = None if validate is None else validate(self.runner.parameters)
        seconds = perf_counter() - started
        rates = self.learning_rates.begun(done - len(means), len(means))
        self.ledger.add(means, validation_loss, rates, seconds)
        if validation_loss is not None:
            self.learning_rates.observe(validation_loss)
        self.report(done, float(means[-1]), validation_loss)
        if self.recorder is not None:
            self.recorder.epochs(done - len(means) + 1, self.ledger.blocks[-1])
        if self.watch.idle:
            return None
        record = EpochRecord(done, float(means[-1]), validation_loss, float(rates[-1]), seconds)
        return self.watch.after(record, self.runner.parameters)

    def _record(self, begun: Begun, done: int, stopped_by: str | None) -> None:
        """Tell the recorder where training stands; what it is given never changes afterwards."""
        if self.recorder is None:
            return
        best = self.watch.best
        kept = None if best is None else copy(best)
        state = self.runner.parameters, self.runner.optimiser_state
        self.recorder.standing(
            Moment(done, *state, begun, len(begun.losses), self.ledger, kept, perf_counter(), stopped_by)
        )

    def _require_finite_losses(self, losses: Array, done: int, first: int) -> None:
        for epoch, minibatch in np.argwhere(~np.isfinite(losses))[:1].tolist():
            raise self.explain(
                f"the loss became {losses[epoch, minibatch]} in epoch {done + epoch + 1}, "
                f"minibatch {first + minibatch + 1}"
            )

    def _require_finite_parameters(self, done: int) -> None:
        if not self.runner.finite:
            raise self.explain(f"the parameters became infinite or NaN in epoch {done}")
