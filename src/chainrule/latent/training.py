"""Fitting by minibatches: the settings that VAEs and flows share, and the loop that they run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from numbers import Real
from typing import Any

import numpy as np

from ..arguments import Array, Seed, as_count, as_float_dtype, as_generator
from ..errors import ArgumentError, DataError, NonFiniteError
from ..train import Adam, EarlyStopping, EpochRunner, History, Optimiser, ReduceOnPlateau, Schedule
from ..train.diagnosis import diagnose
from ..train.loop import Loop
from ..train.minibatches import split
from ..train.native import runner_named
from ..train.progress import progress_bar
from ..train.rates import learning_rates
from ..train.schedules import scheduled
from ..train.settings import as_optimiser
from ..train.stopping import Best
from ..train.watch import Watch
from ..tree import map_leaves

Objective = Callable[..., Any]
Tree = Any

MINIBATCHES = 4000
MOST_EPOCHS = 1000

#: Draws what is drawn anew, for rows that come next; it is told how many complete epochs are behind it.
#: Whether an epoch comes in one piece or in several must make no difference to it.
Refresh = Callable[[Array, int], None]


@dataclass(frozen=True, slots=True)
class Training:
    """How a VAE or a flow is fitted: minibatches, a held-out share of the rows, the best parameters kept.

    Args:
        epochs: how many times to go through the rows; by default as many as take 4000
            minibatches, 1000 at most.
        batch_size: rows in a minibatch.
        optimizer: an optimiser of :mod:`chainrule.train`, or its name.
        schedule: of the learning rate; by default a cosine from 1 to 0 over the epochs, for
            flows after a quarter of them in which it rises from 0.
        validation: the share of the rows to hold out; after each epoch the loss on them is taken, and at the
            end the parameters are those for which it was lowest. 0: none, and the last parameters.
        patience: stop after so many epochs without a fall of that loss; ``None``: never.
        seed: an integer, or the generator that draws the held-out rows, first parameters, orders and noise.
        dtype: float32 or float64 to train in; by default float32 where the rows are, else float64. What is
            computed with the fitted model is float64.
        compile: ``"native"``, ``"reference"`` or ``"auto"``, as for :func:`chainrule.train.fit`.
        progress: show a progress bar; ``None``: on a terminal only.

    Raises:
        ArgumentError: a setting that makes no sense.
        DtypeError: another dtype.

    >>> Training(epochs=20).epochs_of(1000)
    20
    """

    epochs: int | None = None
    batch_size: int = 128
    optimizer: str | Optimiser = field(default_factory=lambda: Adam(0.005))
    schedule: Schedule | ReduceOnPlateau | None = None
    validation: float = 0.1
    patience: int | None = None
    seed: Seed = 0
    dtype: Any = None
    compile: str = "auto"
    progress: bool | None = None

    def __post_init__(self) -> None:
        if self.epochs is not None:
            as_count(self.epochs, "epochs")
        as_count(self.batch_size, "batch_size")
        as_optimiser(self.optimizer)
        if not (isinstance(self.validation, Real) and 0 <= self.validation < 1):
            raise ArgumentError(f"validation={self.validation!r}", expected="a share from 0 to below 1")
        if self.patience is not None:
            as_count(self.patience, "patience")
            if not self.validation:
                raise ArgumentError("patience without validation", instead="validation=0.1")
        if self.dtype is not None:
            as_float_dtype(self.dtype)
        runner_named(self.compile, 1)

    def generator(self) -> np.random.Generator:
        """The source of everything random in a fit."""
        return as_generator(self.seed)

    def epochs_of(self, rows: int) -> int:
        """How many times to go through so many rows."""
        return self.epochs or min(MOST_EPOCHS, -(-MINIBATCHES * self.batch_size // rows))

    def float_dtype(self, rows: Array) -> np.dtype[Any]:
        """What to train in."""
        if self.dtype is not None:
            return as_float_dtype(self.dtype)
        return np.dtype(np.float32 if rows.dtype == np.float32 else np.float64)

    def divide(self, rows: int, rng: np.random.Generator) -> tuple[Array, Array]:
        """The rows to train on, and those held out.

        Raises:
            DataError: none are left to train on.
        """
        if not self.validation:
            return np.arange(rows), np.arange(0)
        train, held_out = split(rows, self.validation, rng)
        if not len(train):
            raise DataError(
                f"{rows} rows with validation={self.validation}", expected="a row to train on", instead="0"
            )
        return train, held_out


def as_training(given: Any, usual: Training) -> Training:
    """Settings as they were given, or the usual ones for ``None``.

    Raises:
        ArgumentError: it is something else.
    """
    if given is not None and not isinstance(given, Training):
        raise ArgumentError(f"training={given!r}", expected="cr.latent.Training(…)")
    return given or usual


class Refreshed:
    """A runner of which a part of the data is drawn anew before rows are trained on."""

    def __init__(self, runner: EpochRunner, refresh: Refresh, rows: int) -> None:
        self._runner, self._refresh, self._rows = runner, refresh, rows
        self._seen = 0

    @property
    def parameters(self) -> Tree:
        """Those of the runner within."""
        return self._runner.parameters

    @property
    def optimiser_state(self) -> Tree:
        """That of the runner within."""
        return self._runner.optimiser_state

    @property
    def finite(self) -> bool:
        """That of the runner within."""
        return self._runner.finite

    @property
    def suspect(self) -> tuple[Tree, Array]:
        """That of the runner within."""
        return self._runner.suspect

    def run(self, orders: Array, rates: Array) -> Array:
        """Train on rows in order, as :class:`~chainrule.train.EpochRunner` says."""
        losses: list[Array] = []
        for order, rate in zip(orders, rates, strict=True):
            self._refresh(order, self._seen // self._rows)
            losses.append(self._runner.run(order[None], rate[None]))
            self._seen += len(order)
            if not np.isfinite(losses[-1]).all():
                break
        unfinished = [np.full_like(losses[0], np.nan)] * (len(orders) - len(losses))
        return np.concatenate(losses + unfinished)


@dataclass(slots=True)
class _Holder:
    """What the loop's watch gives parameters to; nothing looks at them before the end."""

    parameters: Tree


def minimise(
    objective: Objective,
    parameters: Tree,
    data: tuple[Array, ...],
    training: Training,
    rng: np.random.Generator,
    *,
    validate: Callable[[Tree], float] | None,
    refresh: Refresh | None = None,
    warm_up: float = 0.0,
) -> tuple[Tree, History]:
    """Find parameters for which the mean of an objective over rows is small.

    Args:
        objective: ``objective(parameters, *rows of the data)``, the mean loss over the rows.
        parameters: a tree of arrays of one dtype to start from.
        data: arrays of equally many rows.
        training: the settings.
        rng: draws the orders.
        validate: from parameters to their loss on held-out rows; ``None``: keep the last parameters.
        refresh: writes new noise into arrays of ``data``.
        warm_up: the share of the epochs in which the learning rate rises from 0, unless the settings say how
            it goes.

    Returns:
        The parameters, float64, and the history of losses. Ctrl-C ends training and keeps what was learnt.

    Raises:
        NonFiniteError: a loss or parameter stopped being finite; the message says where it began.
    """
    rows = len(data[0])
    epochs = training.epochs_of(rows)
    batch_size = min(training.batch_size, rows)
    optimiser = as_optimiser(training.optimizer)
    rising = int(warm_up * epochs)
    schedule = training.schedule
    if schedule is None:
        schedule = scheduled("cosine", epochs, rising, by_minibatch=rising > 0)
    runner = runner_named(training.compile, epochs)(objective, parameters, data, optimiser, batch_size)
    if refresh is not None:
        runner = Refreshed(runner, refresh, rows)
    best = Best(EarlyStopping(epochs if training.patience is None else training.patience))

    def explain(what: str) -> NonFiniteError:
        at, suspects = runner.suspect
        return diagnose(what, objective, at, tuple(array[suspects] for array in data))

    with progress_bar(epochs, training.progress) as report:
        watch = Watch(_Holder(parameters), validate, best if validate else None, ())
        rates = learning_rates(optimiser, schedule, epochs, validated=validate is not None)
        loop = Loop(runner, rows, batch_size, rates, rng, watch, report, explain)
        try:
            stopped_by = loop.run()
        except KeyboardInterrupt:
            stopped_by = "interrupt"
    found = runner.parameters if best.parameters is None else best.parameters
    history = loop.ledger.history(stopped_by, validated=validate is not None)
    return map_leaves(lambda leaf: np.asarray(leaf, dtype=np.float64), found), history
