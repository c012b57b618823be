"""How far the networks of an ensemble are apart, in the target's own unit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chainrule.data import Table, TableModel


def spread_of(model: TableModel, table: Table) -> NDArray[np.float64] | None:
    """The standard deviation over the networks of an ensemble, shape (rows,); ``None`` for one network.

    Of a number it is that of the networks' predictions; of classes, that of the probability of the class that
    is predicted.
    """
    from chainrule.data import ClassTarget
    from chainrule.nn import Ensemble

    if not isinstance(model.network, Ensemble) or len(model.network.networks) < 2:
        return None
    members = [replace(model, network=network) for network in model.network.networks]
    if not isinstance(model.target, ClassTarget):
        return _deviation([member.predict(table) for member in members])
    likeliest = model.probabilities(table).argmax(axis=1)[:, np.newaxis]
    of_class = [
        np.take_along_axis(member.probabilities(table), likeliest, axis=1)[:, 0] for member in members
    ]
    return _deviation(of_class)


def _deviation(values: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    deviation: NDArray[np.float64] = np.std(values, axis=0, ddof=1)
    return deviation
