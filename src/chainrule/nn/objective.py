"""What training minimises: the loss of a network's outputs, as one plain NumPy function of its parameters."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arguments import Parameters, Value, is_number
from ..errors import ArgumentError, ShapeError, SourceLine
from .dropout import after_step
from .layers import Layer, pre_activations, propagate
from .losses import Loss, as_loss
from .modes import PREDICTING, Mode, Training
from .network import Network, require_network


def objective(
    network: Network, loss: Any = "mse", *, l1: float = 0.0, l2: float = 0.0
) -> Callable[..., Value]:
    """The function f(parameters, X, y) = loss(ŷ, y) of a network, to evaluate, differentiate or minimise.

    It takes the weights of the rows, shape (n,), as a fourth argument: then f = Σ wᵢ lᵢ / Σ wᵢ. The network
    is the one that predicts: with running statistics, and without dropout.

    A loss that contains its output activation (cross-entropy contains the softmax, or the sigmoid of one
    column) is given the last pre-activations, which is exact where a probability would round to 0 or 1. The
    network's output activation must then be that one, so that ``predict`` gives the probabilities, or
    ``"identity"``, so that ``predict`` gives the pre-activations.

    Args:
        network: whose layers to propagate through.
        loss: a name (``"mse"``, ``"mae"``, ``"huber"``, ``"cross_entropy"``, ``"binary_cross_entropy"``), a
            :class:`~chainrule.nn.Loss`, or a plain NumPy function of (output, y): a mean over rows.
        l1: adds the penalty l1 · Σ |W| of all weights but frozen ones; biases, scales and shifts are free.
        l2: adds the penalty ½ · l2 · Σ W².

    Raises:
        ArgumentError: no network, an unknown loss, an output activation that does not go with it, or a
            penalty below 0.

    >>> import numpy as np
    >>> net = Network([2, 3], output_activation="softmax", initializer="constant")
    >>> f = objective(net, "cross_entropy")
    >>> f(net.parameters, np.eye(2), np.array([0, 2])).round(4)  # log 3: every class alike
    np.float64(1.0986)
    """
    minimised = training_objective(network, loss, l1=l1, l2=l2, mode=_predicting)

    def f(parameters: Parameters, X: Value, y: Value, sample_weight: Value = None) -> Value:
        return minimised(parameters, {}, {}, X, y, sample_weight)[0]

    return f


def training_objective(
    network: Network,
    loss: Any = "mse",
    *,
    l1: float = 0.0,
    l2: float = 0.0,
    mode: Callable[[Any], Mode] = Training,
) -> Minimised:
    """The function that training descends on, of a minibatch: its own statistics, units left out at random.

    ``f(trained, untrained, stream, X, y) -> (loss, (untrained, stream))`` of the parameters that are trained,
    those that are not (:attr:`Network.untrained`), and the place in the random stream of dropout; it returns
    what these are after the minibatch. Arguments and errors are those of :func:`objective`.
    """
    require_network(network)
    chosen, layers = as_loss(loss), network.layers
    if chosen.absorbs is not None:
        _require_output(network, chosen, chosen.absorbs(network.sizes[-1]))
    for label, factor in (("l1", l1), ("l2", l2)):
        if not (is_number(factor) and 0 <= factor < math.inf):
            raise ArgumentError(f"{label}={factor!r}", expected="a finite number, zero or more")
    return Minimised(layers, chosen, l1, l2, mode)


@dataclass(frozen=True, slots=True)
class Minimised:
    """What :func:`training_objective` makes; of equal layers, losses and penalties it is equal, so that what
    was compiled for one training is known again in the next.

    >>> from .network import Network
    >>> training_objective(Network([2, 1], seed=0)) == training_objective(Network([2, 1], seed=1))
    True
    """

    layers: tuple[Layer, ...]
    loss: Loss
    l1: float
    l2: float
    mode: Callable[[Any], Mode]

    def __call__(
        self,
        trained: Parameters,
        untrained: Parameters,
        stream: Any,
        X: Value,
        y: Value,
        sample_weight: Value = None,
    ) -> tuple[Value, tuple[Any, Any]]:
        """The loss, and the untrained parameters and the stream after the minibatch."""
        parameters, through = {**trained, **untrained}, self.mode(stream)
        forward = propagate if self.loss.absorbs is None else pre_activations
        value = self.loss(forward(self.layers, parameters, X, through), y, sample_weight)
        _require_number(self.loss, value)
        for layer in self.layers if self.l1 or self.l2 else ():
            if layer.frozen:
                continue
            W = parameters[layer.W]
            value = value + self.l1 * np.sum(np.abs(W)) if self.l1 else value
            value = value + 0.5 * self.l2 * np.sum(W**2) if self.l2 else value
        return value, ({**untrained, **through.renewed}, after_step(stream) if stream else stream)


def _require_number(loss: Loss, value: Value) -> None:
    shape = None if isinstance(value, tuple | list | dict) else getattr(value, "shape", ())
    if shape == ():
        return
    code = getattr(loss.function, "__code__", None)
    raise ShapeError(
        f"the loss {loss.name!r} returns "
        + ("a " + type(value).__name__ if shape is None else f"shape {shape}"),
        expected="one number, the mean over the rows of a minibatch",
        instead="np.mean(…) of what it returns" if shape else None,
        where=code and SourceLine(code.co_filename, code.co_firstlineno),
    )


def _predicting(stream: Any) -> Mode:
    return PREDICTING


def _require_output(network: Network, loss: Loss, absorbed: str) -> None:
    own, width = network.layers[-1].activation.name, network.sizes[-1]
    if own in (absorbed, "identity"):
        return
    columns = "1 output" if width == 1 else f"{width} outputs"
    several = loss.name == "cross_entropy" and own == "sigmoid"
    raise ArgumentError(
        f"loss {loss.name!r} with output_activation={own!r} and {columns}",
        expected=f"output_activation={absorbed!r}, or 'identity' to predict pre-activations",
        instead="loss='binary_cross_entropy' for several yes-or-no outputs" if several else None,
    )
