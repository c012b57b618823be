"""The part of training that must be fast, behind one small protocol, and its reference implementation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from ..arguments import Array
from ..tree import flatten
from .minibatches import cut
from .optimisers import Optimiser, Tree
from .step import Stateful, Step


class EpochRunner(Protocol):
    """Trains over given rows in a given order; it holds parameters, optimiser state and data.

    Everything else (shuffling, schedules, validation, early stopping, progress, Ctrl-C) is the loop's, which
    asks for pieces of an epoch or several epochs at once, so that a call takes about a twentieth of a second.
    """

    @property
    def parameters(self) -> Tree:
        """The parameters after the last complete minibatch, in arrays that later runs leave."""

    @property
    def optimiser_state(self) -> Tree:
        """The optimiser's state, and the place in the random stream, after the last complete minibatch.

        Its arrays too are left as they are by later runs.
        """

    @property
    def finite(self) -> bool:
        """Whether every parameter is a finite number."""

    @property
    def suspect(self) -> tuple[Tree, Array]:
        """After a loss that is not finite: the parameters and the rows in which to look for its cause."""

    def run(self, orders: Array, learning_rates: Array) -> Array:
        """Train on rows in order, minibatch after minibatch.

        Args:
            orders: row indices, shape (epochs, rows): each line is cut into minibatches, the last may be
                smaller.
            learning_rates: of each epoch, shape (epochs,), or each minibatch, shape (epochs, minibatches).

        Returns:
            Each minibatch's mean loss before its update, shape (epochs, minibatches), float64. Where one is
            not finite, that minibatch makes no update, training stops there, and the rest are NaN. Fewer
            epochs than asked for: there is nothing left to learn.
        """


class SteppedRunner:
    """What runners share: where training stands is one attribute, ``_current``, so that Ctrl-C can not leave
    parameters and state of different steps."""

    _current: Tree

    @property
    def parameters(self) -> Tree:
        """The parameters after the last complete step."""
        return self._current["parameters"]

    @property
    def optimiser_state(self) -> Tree:
        """The optimiser's state, and the place in the random stream, after the last complete step."""
        return self._current["state"]

    @property
    def finite(self) -> bool:
        """Whether every parameter is a finite number."""
        return all(np.isfinite(leaf).all() for leaf in flatten(self._current["parameters"])[0])


class ReferenceRunner(SteppedRunner):
    """Every minibatch through a :class:`~chainrule.train.step.Step` in NumPy.

    Args:
        objective: ``objective(parameters, *rows of the data)``, the mean loss over the rows, or a
            :class:`~chainrule.train.step.Stateful` one.
        parameters: a tree of arrays to start from.
        data: arrays of equally many rows.
        optimiser: takes the steps.
        batch_size: the rows in a minibatch.
        state: an earlier runner's ``optimiser_state`` to go on with; by default a new one.

    >>> from chainrule.train import SGD
    >>> mean, x = lambda w, x: np.mean((w - x) ** 2), np.array([1.0, 3.0])
    >>> runner = ReferenceRunner(mean, np.array(0.0), (x,), SGD(), batch_size=2)
    >>> runner.run(np.array([[0, 1]]), np.array([0.5])), runner.parameters
    (array([[5.]]), np.float64(2.0))
    """

    def __init__(
        self,
        objective: Callable[..., Any] | Stateful,
        parameters: Tree,
        data: tuple[Array, ...],
        optimiser: Optimiser,
        batch_size: int,
        state: Tree = None,
    ) -> None:
        self._data, self._batch_size = data, batch_size
        self._take = Step(objective, optimiser)
        self._current = self._take.start(parameters, state)
        self._before = (parameters, np.arange(0))
        self._rows = np.arange(0)

    @property
    def suspect(self) -> tuple[Tree, Array]:
        """The last minibatch; where its parameters are not finite, the one whose update made them so."""
        return (self.parameters, self._rows) if self.finite else self._before

    def run(self, orders: Array, learning_rates: Array) -> Array:
        """Train on rows in order, as :class:`EpochRunner` says."""
        losses = np.full((len(orders), -(-orders.shape[1] // self._batch_size)), np.nan)
        by_epoch = learning_rates if learning_rates.ndim == 2 else learning_rates[:, None]
        rates = np.broadcast_to(by_epoch, losses.shape)
        with np.errstate(all="ignore"):  # what is not finite stops training with an explanation
            for epoch, order in enumerate(orders):
                for k, rows in enumerate(cut(order, self._batch_size)):
                    losses[epoch, k] = self._step(rows, float(rates[epoch, k]))
                    if not np.isfinite(losses[epoch, k]):
                        return losses
        return losses

    def _step(self, rows: Array, learning_rate: float) -> float:
        self._rows = rows
        loss, after = self._take(self._current, learning_rate, *[array[rows] for array in self._data])
        if np.isfinite(loss):
            self._before = (self.parameters, rows)
            self._current = after
        return float(loss)
