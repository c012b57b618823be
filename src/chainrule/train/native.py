"""Training in machine code: whole chunks of minibatches in one call."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import lru_cache
from types import FunctionType
from typing import Any

import numpy as np

from .. import repeat
from ..arguments import Array, find
from ..errors import CarryError, CompilationError, TraceError
from ..lines import users_stacklevel
from ..tree import flatten, map_leaves
from .optimisers import Optimiser, Tree
from .runner import EpochRunner, ReferenceRunner
from .step import Stateful, Step

#: Multiplications of a whole training from which on compiling, which takes some tenths of a second, pays.
WORTH_COMPILING = 5e7
#: Bytes of parameters and optimiser's state up to which those before the last call are kept.
MOST_KEPT = 2**20


class NativeRunner:
    """Every minibatch in one native loop: forward and backward propagation, the update and the rows'
    gathering.

    The arrays are the runner's own, written over in each call, until someone asks for them: then they are
    read-only, and the next call leaves them and goes on with copies. Where they are small, those before the
    last call are kept, and who asks for them is given copies.

    Args:
        objective: ``objective(parameters, *rows of the data)``, the mean loss over the rows, or a
            :class:`~chainrule.train.step.Stateful` one.
        parameters: a tree of arrays to start from.
        data: arrays of equally many rows.
        optimiser: takes the steps.
        batch_size: the rows in a minibatch.
        state: an earlier runner's ``optimiser_state`` to go on with; by default a new one.

    Raises:
        CompilationError: the step could not be compiled.
        TraceError: the objective branches on a value.

    >>> from chainrule.train import SGD
    >>> mean, x = lambda w, x: np.mean((w - x) ** 2), np.array([1.0, 3.0])
    >>> runner = NativeRunner(mean, np.array(0.0), (x,), SGD(), batch_size=2)
    >>> runner.run(np.array([[0, 1]]), np.array([0.5])), float(runner.parameters)
    (array([[5.]]), 2.0)
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
        self._objective, self._data, self._optimiser = objective, data, optimiser
        self._batch_size = batch_size
        self._dtype = flatten(parameters)[0][0].dtype
        step = Step(objective, optimiser)
        repeated: Any = _known(objective, optimiser) or repeat(step)
        own = state is None  # what is given to go on with stays the caller's
        start = step.start(map_leaves(np.array, parameters) if own else parameters, state)
        none = np.zeros(0, self._dtype), np.zeros((0, len(data[0])), int)
        small = sum(leaf.nbytes for leaf in flatten(start)[0]) <= MOST_KEPT
        self._repetition = repeated.start(
            start, *none, *data, batch_size=batch_size, keep=small, overwrite=own
        )
        self._repetition.enter()
        self._ran = (np.zeros((0, 0), int), np.zeros(0))
        self._losses = np.zeros((0, 0))

    @property
    def parameters(self) -> Tree:
        """The parameters after the last complete step."""
        return self._repetition.carried("parameters")

    @property
    def optimiser_state(self) -> Tree:
        """The optimiser's state, and the place in the random stream, after the last complete step."""
        return self._repetition.carried("state")

    @property
    def finite(self) -> bool:
        """Whether every parameter is a finite number."""
        return all(np.isfinite(leaf).all() for leaf in flatten(self._repetition.seen("parameters"))[0])

    @property
    def suspect(self) -> tuple[Tree, Array]:
        """The parameters and rows to look at.

        Where those before the last chunk were kept, they are found by running it again in NumPy; else they
        are the present ones, with the minibatch after which there was no update.
        """
        start = self._repetition.before
        if start is None:
            return self.parameters, self._last_rows()
        replay = ReferenceRunner(
            self._objective,
            start["parameters"],
            self._data,
            self._optimiser,
            self._batch_size,
            start["state"],
        )
        replay.run(*self._ran)
        return replay.suspect

    def run(self, orders: Array, learning_rates: Array) -> Array:
        """Train on rows in order, as :class:`~chainrule.train.runner.EpochRunner` says."""
        self._ran = orders, learning_rates
        self._losses = self._repetition.run(learning_rates.astype(self._dtype), orders)
        return self._losses

    def _last_rows(self) -> Array:
        """The rows of the last minibatch that was run."""
        orders, _ = self._ran
        stopped = np.flatnonzero(~np.isfinite(self._losses))
        last = int(stopped[0]) if len(stopped) else self._losses.size - 1
        epoch, k = divmod(last, self._losses.shape[1])
        rows: Array = orders[epoch, k * self._batch_size :][: self._batch_size]
        return rows


def _known(objective: Any, optimiser: Any) -> Callable[..., Any] | None:
    """The step of an earlier training, compiled, where that had an equal objective and optimiser.

    Of an objective that equals only itself there is none: it would be kept in vain, with what it refers to.
    """
    if not isinstance(objective, Stateful) or isinstance(objective.function, FunctionType):
        return None
    try:
        return _repeated(objective.function, objective.untrained, optimiser)
    except TypeError:  # settings of the user's own that have no hash
        return None


@lru_cache(maxsize=16)
def _repeated(function: Any, untrained: tuple[str, ...], optimiser: Any) -> Callable[..., Any]:
    return repeat(Step(Stateful(function, untrained), optimiser))


def runner_named(compile: str, epochs: int) -> Callable[..., EpochRunner]:
    """What makes the runner that ``compile`` asks for: "auto", "native" or "reference".

    Raises:
        ArgumentError: it asks for another.
    """
    known: dict[str, Callable[..., EpochRunner]] = {
        "auto": automatic_runner(epochs),
        "native": NativeRunner,
        "reference": ReferenceRunner,
    }
    return find(known, compile, "compile")


def automatic_runner(epochs: int) -> Callable[..., EpochRunner]:
    """What makes the runner for so many epochs: native where the work outweighs compiling, else the
    reference.

    The choice depends on the work alone, never on time, so that the same call gives the same bits.
    """

    def make(
        objective: Any,
        parameters: Tree,
        data: tuple[Array, ...],
        optimiser: Optimiser,
        batch_size: int,
        state: Tree = None,
    ) -> EpochRunner:
        size = sum(leaf.size for leaf in flatten(parameters)[0])
        steps = epochs * -(-len(data[0]) // batch_size)
        per_step = 3 * size * min(batch_size, len(data[0])) + 20_000  # what NumPy's calls cost at least
        if steps * per_step < WORTH_COMPILING:
            return ReferenceRunner(objective, parameters, data, optimiser, batch_size, state)
        try:
            return NativeRunner(objective, parameters, data, optimiser, batch_size, state)
        except (CarryError, CompilationError, TraceError) as error:
            message = f"training runs in NumPy: {error.one_line()}"
            warnings.warn(message, RuntimeWarning, stacklevel=users_stacklevel())
            return ReferenceRunner(objective, parameters, data, optimiser, batch_size, state)

    return make
