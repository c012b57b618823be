"""Training by L-BFGS: an epoch is one of its steps, on all rows."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from .. import compile as compiled
from .. import value_and_grad
from ..arguments import Array, find
from ..nn.normalisation import RENEWED
from ..tree import flatten, unflatten
from .diagnosis import diagnose
from .lbfgs import LBFGS, as_state
from .native import WORTH_COMPILING
from .optimisers import Tree
from .quasi_newton import Memory, Place, lower
from .runner import EpochRunner, SteppedRunner
from .step import Stateful, Step


class FullBatchRunner(SteppedRunner):
    """Every epoch a step of L-BFGS, with the loss after it; a :class:`~chainrule.train.runner.EpochRunner`.

    There are no more epochs once the gradient vanishes, or no step leads lower.

    Args:
        native: whether to evaluate in machine code.
        objective: what is minimised.
        parameters: those to start from.
        data: all rows.
        settings: of the method.
        batch_size: as many as there are rows.
        state: an earlier runner's ``optimiser_state`` to go on with; by default a new one.
    """

    def __init__(
        self,
        native: bool,
        objective: Stateful,
        parameters: Tree,
        data: tuple[Array, ...],
        settings: LBFGS,
        batch_size: int,
        state: Tree = None,
    ) -> None:
        self._objective, self._data, self._settings = objective, data, settings
        differentiate = value_and_grad(objective.function, has_aux=True)
        self._differentiate = compiled(differentiate) if native else differentiate
        self._wide = tuple(rows.astype(np.float64) if rows.dtype.kind == "f" else rows for rows in data)
        trained, untrained = objective.divided(parameters)
        # A statistic that was zero is renewed to a known share of the batch's own.
        self._statistics = objective.statistics
        self._untrained = {
            name: np.zeros(np.shape(leaf)) if name in self._statistics else np.asarray(leaf, np.float64)
            for name, leaf in untrained.items()
        }
        self._leaves, self._structure = flatten(trained)
        self._ends = np.cumsum([leaf.size for leaf in self._leaves])[:-1]
        self._current = Step(objective, settings).start(parameters, state)  # type: ignore[arg-type]

    @property
    def suspect(self) -> tuple[Tree, Array]:
        """The parameters and all rows."""
        return self.parameters, np.arange(len(self._data[0]))

    def run(self, orders: Array, learning_rates: Array) -> Array:
        """Take as many steps as there are orders, or as lead lower; the loss after each.

        Raises:
            NonFiniteError: the loss or its gradient is NaN or infinite to begin with.
        """
        losses: list[float] = []
        with np.errstate(all="ignore"):  # a step may look where a value is not finite, and goes elsewhere
            while len(losses) < len(orders) and not self.optimiser_state["optimiser"]["lowest"]:
                losses.append(self._step())
        return np.array(losses).reshape(-1, 1)

    def _step(self) -> float:
        state = self.optimiser_state["optimiser"]
        place, memory = self._place(state), Memory(state["steps"], state["changes"])
        found = None if self._flat(place) else lower(self._evaluate, place, memory)
        now, memory = (place, memory) if found is None else found
        kept = as_state(now, memory, lowest=found is None or self._flat(now))
        state = {**self.optimiser_state, "optimiser": kept}
        self._current = {"parameters": self._narrow(now), "state": state}
        return now.loss

    def _place(self, state: Tree) -> Place:
        """Where the method stands; at the beginning it is looked at first."""
        if not np.isnan(state["loss"]):
            return Place(state["x"], float(state["loss"]), state["gradient"])
        place = self._evaluate(state["x"])
        if not (np.isfinite(place.loss) and np.isfinite(place.gradient).all()):
            what = f"the loss is {place.loss} before the first step"
            raise diagnose(what, self._objective.loss, self.parameters, self._data)
        return place

    def _flat(self, place: Place) -> bool:
        return bool(np.abs(place.gradient).max(initial=0) <= self._settings.tolerance)

    def _evaluate(self, x: Array) -> Place:
        (loss, (renewed, _)), gradient = self._differentiate(self._tree(x), self._untrained, {}, *self._wide)
        flat = np.concatenate([leaf.ravel() for leaf in flatten(gradient)[0]])
        return Place(x, float(loss), flat, renewed)

    def _tree(self, x: Array) -> Tree:
        parts = zip(np.split(x, self._ends), self._leaves, strict=True)
        return unflatten(self._structure, [part.reshape(leaf.shape) for part, leaf in parts])

    def _narrow(self, place: Place) -> Tree:
        """The parameters at a place, in their own dtype."""
        if place.aux is None and self._statistics:  # it is the place that training stands at already
            return self.parameters
        values = dict(self.parameters) | self._tree(place.x)
        values |= {name: place.aux[name] / RENEWED for name in self._statistics}
        return {name: values[name].astype(leaf.dtype) for name, leaf in self.parameters.items()}


def full_batch_runner(compile: str, epochs: int) -> Callable[..., EpochRunner]:
    """What makes the runner that ``compile`` asks for: "auto", "native" or "reference".

    Raises:
        ArgumentError: it asks for another.
    """

    def automatic(
        objective: Stateful, parameters: Tree, data: tuple[Array, ...], *rest: Any, **state: Tree
    ) -> EpochRunner:
        size = sum(np.size(leaf) for leaf in flatten(parameters)[0])
        native = epochs * 3 * size * len(data[0]) >= WORTH_COMPILING
        return FullBatchRunner(native, objective, parameters, data, *rest, **state)

    known: dict[str, Callable[..., EpochRunner]] = {
        "auto": automatic,
        "native": partial(FullBatchRunner, True),
        "reference": partial(FullBatchRunner, False),
    }
    return find(known, compile, "compile")
