"""How much each row counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import ArgumentError, DataError
from .column import Column
from .several import Target
from .target import ClassTarget
from .wording import listing

#: ``"balanced"``, or a weight by class, 1 for those that are not named.
ClassWeights = Literal["balanced"] | Mapping[str, float]


def row_weights(column: Column) -> NDArray[np.float64]:
    """The weights in a column, float64, shape (n,).

    Raises:
        DataError: one is missing, negative, infinite or no number, or all are 0.
    """
    weights = column.to_kind("number").require_complete().numbers
    if (weights < 0).any():
        first = int(np.argmax(weights < 0))
        raise column.error_at(first, f"holds {weights[first]:g}", expected="a weight, zero or more")
    if not weights.any():
        raise DataError(f"column {column.name!r} is 0 in every row", expected="weights, some above 0")
    return weights


def class_weights(
    target: Target, labels: NDArray[np.int64], train: NDArray[np.int64], wanted: ClassWeights
) -> NDArray[np.float64]:
    """The weight that each row has by its class, float64, shape (n,).

    ``"balanced"`` makes every class count the same among the training rows: n / (k nᶜ) for each of the nᶜ
    rows of one of k classes.

    Args:
        target: what is learnt, one of several classes.
        labels: the class of each row, 0 … k-1.
        train: the training rows.
        wanted: ``"balanced"``, or weights by class.

    Raises:
        ArgumentError: the target is no class, a class is not one of its, or a weight is negative.

    >>> target = ClassTarget("y", "category", ("no", "yes"))
    >>> class_weights(target, np.array([0, 0, 0, 1]), np.arange(4), "balanced").round(2).tolist()
    [0.67, 0.67, 0.67, 2.0]
    """
    if not isinstance(target, ClassTarget):
        what = "a target that is a number" if len(target.singles) == 1 else "several targets"
        raise ArgumentError(f"class weights for {what}", expected="a target of classes")
    if wanted == "balanced":
        counts = np.bincount(labels[train], minlength=target.outputs)
        by_class = len(train) / (np.count_nonzero(counts) * np.maximum(counts, 1))
        return np.asarray(by_class[labels])
    if isinstance(wanted, str):
        raise ArgumentError(f"class_weight={wanted!r}", expected="'balanced' or weights by class")
    strangers = [name for name in wanted if name not in target.classes]
    if strangers:
        raise ArgumentError(
            f"a weight for class {strangers[0]!r}", expected=f"one of {listing(target.classes)}"
        )
    by_class = np.array([float(wanted.get(name, 1.0)) for name in target.classes])
    if not ((by_class >= 0) & (by_class < np.inf)).all() or not by_class.any():
        raise ArgumentError(f"class weights {dict(wanted)}", expected="numbers, zero or more, not all 0")
    return np.asarray(by_class[labels])
