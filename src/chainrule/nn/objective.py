"""What training minimises: the loss of a network's outputs, as one plain NumPy function of its parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..arguments import Parameters, Value
from ..errors import ArgumentError
from .layers import pre_activations, propagate
from .losses import Loss, as_loss
from .network import Network


def objective(network: Network, loss: Any = "mse") -> Callable[..., Value]:
    """The function f(parameters, X, y) = loss(ŷ, y) of a network, to evaluate, differentiate or minimise.

    It takes the weights of the rows, shape (n,), as a fourth argument: then f = Σ wᵢ lᵢ / Σ wᵢ.

    A loss that contains its output activation (cross-entropy contains the softmax, or the sigmoid of one
    column) is given the last pre-activations, which is exact where a probability would round to 0 or 1. The
    network's output activation must then be that one, so that ``predict`` gives the probabilities, or
    ``"identity"``, so that ``predict`` gives the pre-activations.

    Args:
        network: whose layers to propagate through.
        loss: a name (``"mse"``, ``"mae"``, ``"huber"``, ``"cross_entropy"``, ``"binary_cross_entropy"``), a
            :class:`~chainrule.nn.Loss`, or a plain NumPy function of (output, y): a mean over rows.

    Raises:
        ArgumentError: an unknown loss, or an output activation that does not go with it.

    >>> import numpy as np
    >>> net = Network([2, 3], output_activation="softmax", initializer="constant")
    >>> f = objective(net, "cross_entropy")
    >>> f(net.parameters, np.eye(2), np.array([0, 2])).round(4)  # log 3: every class alike
    np.float64(1.0986)
    """
    chosen, layers = as_loss(loss), network.layers
    if chosen.absorbs is not None:
        _require_output(network, chosen, chosen.absorbs(network.sizes[-1]))

    def f(parameters: Parameters, X: Value, y: Value, sample_weight: Value = None) -> Value:
        forward = propagate if chosen.absorbs is None else pre_activations
        return chosen(forward(layers, parameters, X), y, sample_weight)

    return f


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
