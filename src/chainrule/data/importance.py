"""Which columns a model relies on: how much worse it gets where a column is shuffled."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..arguments import Seed, as_count, as_generator
from ..errors import ShapeError
from .moments import root_mean_square

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Importance:
    """How much a loss grows where a column is shuffled.

    Args:
        loss: of the rows as they are.
        increase: in that loss, for each column and each time it was shuffled, shape (columns, repeats).
    """

    loss: float
    increase: Array

    @property
    def mean(self) -> Array:
        """Over the repeats, shape (columns,)."""
        return np.asarray(self.increase.mean(axis=1))

    @property
    def spread(self) -> Array:
        """The standard deviation over the repeats, shape (columns,); NaN for one repeat."""
        repeats = self.increase.shape[1]
        if repeats == 1:
            return np.full(len(self.mean), np.nan)
        distances = self.increase - self.mean[:, None]
        factor = np.sqrt(repeats / (repeats - 1))
        return np.array([factor * root_mean_square(each) for each in distances])


def permutation_importance(
    loss: Callable[[Array], float],
    X: ArrayLike,
    groups: Sequence[slice],
    *,
    repeats: int = 5,
    seed: Seed = 0,
    progress: Callable[[Iterator[int]], Iterator[int]] = iter,
) -> Importance:
    """Shuffle one column at a time among the rows, and measure how much a loss grows.

    A column that the model does not use changes nothing. Columns that tell the same share their importance:
    where one is shuffled, the model still has the other.

    Args:
        loss: of the inputs, shape (n, features), with their targets.
        X: the inputs, one row after the other, shape (n, features), n ≥ 1.
        groups: for each column the features that encode it, which are shuffled together.
        repeats: how many times each.
        seed: of the shuffling.
        progress: is given the columns' positions and gives them on, to show how far it is.

    Raises:
        ShapeError: X is no table with rows.

    Source: L. Breiman, Random forests (2001); Fisher, Rudin, Dominici, All models are wrong, but many are
    useful (2019).

    >>> X = np.random.default_rng(0).normal(size=(500, 2))
    >>> y = 3 * X[:, 0]
    >>> columns = [slice(0, 1), slice(1, 2)]
    >>> found = permutation_importance(lambda X: np.mean((3 * X[:, 0] - y) ** 2), X, columns)
    >>> found.mean.round(1)  # the first: about 2 · 3² · var(x₁)
    array([17.6,  0. ])
    """
    rows = np.array(X, dtype=np.float64)
    if rows.ndim != 2 or len(rows) == 0:
        raise ShapeError(f"inputs of shape {rows.shape}", expected="(n, features) with n ≥ 1")
    rng = as_generator(seed)
    before = float(loss(rows))
    increase = np.empty((len(groups), as_count(repeats, "repeats")))
    for place in progress(iter(range(len(groups)))):
        group = groups[place]
        kept = rows[:, group].copy()
        for repeat in range(repeats):
            rows[:, group] = kept[rng.permutation(len(rows))]
            increase[place, repeat] = loss(rows) - before
        rows[:, group] = kept
    return Importance(before, increase)
