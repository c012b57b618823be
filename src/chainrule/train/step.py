"""One step of training as one plain function of what it carries along, for every executor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .. import value_and_grad
from ..errors import ArgumentError
from ..nn import Network
from ..nn.dropout import new_stream
from ..tree import flatten, map_leaves, paths
from .optimisers import Optimiser, Tree


@dataclass(frozen=True, slots=True)
class Stateful:
    """An objective with values that a step renews without descending on them.

    Args:
        function: ``function(trained, untrained, stream, *rows) -> (loss, (untrained, stream))``, the loss of
            a minibatch, and those values after it.
        untrained: the names of the parameters that are not descended on.
        stream: where the first step stands in its random stream: a tree of arrays.
        statistics: those of the untrained that are running statistics, renewed by each step.

    >>> running_mean = Stateful(lambda p, u, s, x: (0 * p["w"], ({"m": 0.9 * u["m"] + 0.1 * x}, s)), ("m",))
    """

    function: Callable[..., tuple[Any, tuple[Tree, Tree]]]
    untrained: tuple[str, ...] = ()
    stream: Tree = field(default_factory=dict)
    statistics: tuple[str, ...] = ()

    def loss(self, parameters: Tree, *rows: Any) -> Any:
        """The loss of a first step, of all parameters together."""
        return self.function(*self.divided(parameters), self.stream, *rows)[0]

    def divided(self, parameters: Tree) -> tuple[Tree, Tree]:
        """The parameters that are trained, and those that are not."""
        if not self.untrained:
            return parameters, {}
        trained = {name: value for name, value in parameters.items() if name not in self.untrained}
        return trained, {name: parameters[name] for name in self.untrained}


def stream_of(network: Network, rng: np.random.Generator) -> Tree:
    """A new random stream for a network with dropout; for another none, and nothing is drawn."""
    return new_stream(rng) if any(layer.dropout for layer in network.layers) else {}


class Step:
    """``loss, carry = step(carry, learning_rate, *rows of the data)``: a gradient and the optimiser's update.

    The carry is ``{"parameters": …, "state": {"optimiser": …, "stream": …}}``.

    Args:
        objective: ``objective(parameters, *rows of the data)``, the mean loss over the rows, or a
            :class:`Stateful` one, whose parameters are a dict.
        optimiser: takes the steps.

    >>> import numpy as np
    >>> from chainrule.train import SGD
    >>> step = Step(lambda w, x: np.mean((w - x) ** 2), SGD())
    >>> step(step.start(np.array(0.0)), 0.5, np.array([1.0, 3.0]))
    (np.float64(5.0), {'parameters': np.float64(2.0), 'state': {'optimiser': {}, 'stream': {}}})
    """

    def __init__(self, objective: Callable[..., Any] | Stateful, optimiser: Optimiser) -> None:
        self._objective = objective if isinstance(objective, Stateful) else _without_state(objective)
        self._optimiser = optimiser
        self._differentiate = value_and_grad(self._objective.function, has_aux=True)

    def start(self, parameters: Tree, state: Tree = None) -> Tree:
        """The carry before the first step.

        Args:
            parameters: a tree of arrays to start from.
            state: that of an earlier carry to go on with; by default a new one.

        Raises:
            ArgumentError: a state of other parameters, or of another optimiser.
        """
        optimiser = self._optimiser.init(self._objective.divided(parameters)[0])
        stream = map_leaves(np.array, self._objective.stream)  # which a loop may write over
        new = {"optimiser": optimiser, "stream": stream}
        if state is not None:
            _require_alike(state, new)
        return {"parameters": parameters, "state": new if state is None else state}

    def __call__(self, carry: Tree, learning_rate: Any, *rows: Any) -> tuple[Any, Tree]:
        trained, untrained = self._objective.divided(carry["parameters"])
        state = carry["state"]
        (loss, (untrained, stream)), gradients = self._differentiate(
            trained, untrained, state["stream"], *rows
        )
        trained, optimiser = self._optimiser.update(trained, gradients, state["optimiser"], learning_rate)
        if self._objective.untrained:
            trained = {
                name: (untrained if name in untrained else trained)[name] for name in carry["parameters"]
            }
        return loss, {"parameters": trained, "state": {"optimiser": optimiser, "stream": stream}}


def _require_alike(state: Tree, new: Tree) -> None:
    given, wanted = _shapes(state), _shapes(new)
    for path in (*wanted, *given):
        if given.get(path) != wanted.get(path):
            shape = f"of shape {given[path]}" if path in given else "missing"
            raise ArgumentError(
                f"a state to go on with whose {path} is {shape}" if path else f"state={state!r}",
                expected=f"shape {wanted[path]}"
                if path in wanted
                else f"{', '.join(wanted) or 'none'} alone",
                instead="the optimiser_state of a runner of the same optimiser and parameters",
            )


def _shapes(state: Tree) -> dict[str, tuple[int, ...]]:
    leaves, structure = flatten(state)
    return dict(zip(paths(structure), map(np.shape, leaves), strict=True))


def _without_state(objective: Callable[..., Any]) -> Stateful:
    return Stateful(lambda p, untrained, stream, *rows: (objective(p, *rows), (untrained, stream)))
