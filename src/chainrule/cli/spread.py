"""How far the networks of an ensemble are apart, in the target's own unit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chainrule.data import Table, TableModel


def spreads(model: TableModel, table: Table) -> dict[str, NDArray[np.float64]]:
    """The standard deviation over the networks of an ensemble as columns, one a target; none for one network.

    Of a number it is that of the networks' predictions; of classes, that of the probability of the class that
    is predicted.
    """
    from chainrule.data import target_names
    from chainrule.nn import Ensemble

    if not isinstance(model.network, Ensemble) or len(model.network.networks) < 2:
        return {}
    members = [replace(model, network=network) for network in model.network.networks]
    names = target_names(model.target)
    return {
        "spread" if len(names) == 1 else f"spread({name})": _spread(
            model.of(name), [member.of(name) for member in members], table
        )
        for name in names
    }


def _spread(model: TableModel, members: list[TableModel], table: Table) -> NDArray[np.float64]:
    from chainrule.data import ClassTarget

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
