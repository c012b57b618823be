"""How much a network's outputs change with each of its inputs."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .. import pull
from ..arguments import Array, Parameters, Value, as_numbers
from ..errors import ShapeError
from .ensemble import Ensemble
from .network import Network, require_network

ROWS_AT_ONCE = 1024


def mean_absolute_gradients(network: Network | Ensemble, X: ArrayLike) -> Array:
    """``1/n Σᵢ |∂ŷₖ/∂xⱼ|`` at the rows xᵢ, by reverse mode: one pull for each output.

    Args:
        network: whose outputs; of an ensemble their mean, ŷ = 1/m Σ ŷ⁽ⁱ⁾.
        X: rows, shape (n, inputs), n ≥ 1.

    Returns:
        Shape (outputs, inputs), in units of the output for a unit of the input.

    Raises:
        ArgumentError: no network.
        ShapeError: X is not rows of the network's number of inputs.

    Source: Dimopoulos, Bourret, Lek, Use of some sensitivity criteria for choosing networks with good
    generalization ability (1995).

    >>> net = Network([2, 1])
    >>> net.parameters = {"W1": [[3.0, -2.0]], "b1": [0.0]}
    >>> mean_absolute_gradients(net, [[0.0, 1.0], [2.0, 2.0]])
    array([[3., 2.]])
    """
    if not isinstance(network, Ensemble):
        require_network(network)
    rows = as_numbers(X, "X").astype(network.dtype)
    if rows.ndim != 2 or rows.shape[1] != network.sizes[0] or len(rows) == 0:
        raise ShapeError(f"X of shape {rows.shape}", expected=f"(n, {network.sizes[0]}) with n ≥ 1")
    networks, outputs = network.networks if isinstance(network, Ensemble) else (network,), network.sizes[-1]
    parameters = [each.parameters for each in networks]

    def predicted(parameters: list[Parameters], X: Value) -> Value:
        each = [one.apply(own, X) for one, own in zip(networks, parameters, strict=True)]
        return sum(each[1:], each[0]) * (1 / len(each))

    total = np.zeros((outputs, rows.shape[1]))
    for start in range(0, len(rows), ROWS_AT_ONCE):
        part = rows[start : start + ROWS_AT_ONCE]
        back = pull(predicted, wrt="X")(parameters, part)
        for k in range(outputs):
            p = np.zeros((len(part), outputs), network.dtype)
            p[:, k] = 1
            total[k] += np.abs(back(p)).sum(axis=0)
    return total / len(rows)
