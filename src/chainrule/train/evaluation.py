"""The loss of rows, in pieces, so that memory does not grow with their number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import Array
from ..nn import Network, objective
from ..nn.losses import as_loss
from ..nn.network import require_network
from .diagnosis import diagnose
from .minibatches import cut, shares
from .optimisers import Tree
from .prepare import as_rows, weight_of

ROWS_AT_ONCE = 4096


def mean_loss(
    objective: Callable[..., Any],
    parameters: Tree,
    data: tuple[Array, ...],
    sample_weight: Array | None = None,
) -> float:
    """The mean of ``objective(parameters, *rows)`` over all rows; it may come out as NaN or infinite."""
    order = np.arange(len(data[0]))
    with np.errstate(all="ignore"):
        pieces = [
            float(objective(parameters, *[array[rows] for array in data]))
            for rows in cut(order, ROWS_AT_ONCE)
        ]
        return float(np.dot(pieces, shares(order[None], ROWS_AT_ONCE, sample_weight)[0]))


def validator(
    objective: Callable[..., Any], data: tuple[Array, ...], sample_weight: Array | None = None
) -> Callable[[Tree], float]:
    """From parameters to their :func:`mean_loss`, which raises a NonFiniteError where it is not finite."""

    def validate(parameters: Tree) -> float:
        value = mean_loss(objective, parameters, data, sample_weight)
        if not np.isfinite(value):
            raise diagnose(f"the validation loss became {value}", objective, parameters, data)
        return value

    return validate


def evaluate(
    network: Network,
    X: ArrayLike,
    y: ArrayLike,
    loss: Any = "mse",
    *,
    sample_weight: ArrayLike | None = None,
) -> float:
    """The mean loss of a network on rows.

    Args:
        network: what predicts.
        X: inputs, shape (n, inputs).
        y: targets, as for :func:`~chainrule.train.fit`.
        loss: as for :func:`~chainrule.train.fit`.
        sample_weight: as for :func:`~chainrule.train.fit`.

    Raises:
        ShapeError, DtypeError, DataError: data that do not fit the network or the loss.
        ArgumentError: an unknown loss, or one that does not go with the output activation.

    >>> evaluate(Network([2, 1], initializer="constant"), [[1, 1], [2, 3]], [0.2, 1.5])
    0.25
    """
    require_network(network)
    chosen = as_loss(loss)
    data = as_rows(network, X, y, chosen, network.dtype, sample_weight)
    return mean_loss(objective(network, chosen), network.parameters, data, weight_of(data))
