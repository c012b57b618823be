"""Which rows each fold of a cross-validation trains on, and which it holds out."""

from __future__ import annotations

import numpy as np

from ..arguments import Array
from ..errors import DataError

#: For each fold the rows to train on and the rows held out, both ascending.
Folds = tuple[tuple[Array, Array], ...]


def fold_rows(
    rows: int, folds: int, rng: np.random.Generator, labels: Array | None = None
) -> tuple[Array, ...]:
    """The rows of each fold at random, ascending; with labels, every class is spread evenly over the folds.

    >>> [fold.tolist() for fold in fold_rows(5, 2, np.random.default_rng(0))]
    [[1, 2, 3], [0, 4]]
    """
    order = rng.permutation(rows)
    if labels is not None:
        order = order[np.argsort(labels[order], kind="stable")]
    return tuple(np.sort(order[k::folds]) for k in range(folds))


def without(rows: int, parts: tuple[Array, ...]) -> Folds:
    """Folds that train on all rows but those held out."""
    return tuple((np.setdiff1d(np.arange(rows), part), part) for part in parts)


def group_folds(groups: Array, folds: int, rng: np.random.Generator) -> Folds:
    """Folds that hold out whole groups; the largest groups first, each goes to the smallest fold so far.

    Raises:
        DataError: there are fewer groups than folds.

    >>> [held.tolist() for _, held in group_folds(np.array([7, 7, 8, 8, 9]), 2, np.random.default_rng(0))]
    [[0, 1, 4], [2, 3]]
    """
    names, group_of, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    if len(names) < folds:
        raise DataError(f"{len(names)} groups in folds={folds}", expected="a group for each fold")
    order = rng.permutation(len(names))
    fold_of, held = np.empty(len(names), dtype=np.int64), np.zeros(folds, dtype=np.int64)
    for each in order[np.argsort(-sizes[order], kind="stable")].tolist():
        fold_of[each] = np.argmin(held)
        held[fold_of[each]] += sizes[each]
    return without(len(groups), tuple(np.flatnonzero(fold_of[group_of] == k) for k in range(folds)))


def time_folds(times: Array, folds: int) -> Folds:
    """Expanding windows: of folds + 1 periods with as many rows each, fold k holds out period k + 1.

    It trains on the periods before that. Rows of the same time are in one period.

    Raises:
        DataError: there are too few different times.

    >>> [(train.tolist(), held.tolist()) for train, held in time_folds(np.array([3.0, 1.0, 2.0]), 2)]
    [([1], [2]), ([1, 2], [0])]
    """
    n = len(times)
    last = np.ceil(np.arange(1, folds + 1) * n / (folds + 1)).astype(np.int64) - 1
    period = np.searchsorted(np.sort(times)[last], times, side="left")
    if len(np.unique(period)) <= folds:
        raise DataError(
            f"{len(np.unique(times))} different times in folds={folds}",
            expected="more, to hold out later rows in each fold",
        )
    return tuple((np.flatnonzero(period < k), np.flatnonzero(period == k)) for k in range(1, folds + 1))


def held_back(
    rows: Array, fraction: float, groups: Array | None, times: Array | None, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Of the rows of a fold, those to train on and those that say when to stop: other groups, or later rows.

    Raises:
        DataError: they are all of one group or of one time.

    >>> held_back(np.arange(4), 0.25, None, np.array([1, 4, 2, 3]), np.random.default_rng(0))
    (array([0, 2, 3]), array([1]))
    """
    if groups is not None:
        count = min(max(2, round(1 / fraction)), len(np.unique(groups[rows])))
        train, held = group_folds(groups[rows], max(2, count), rng)[0]
        return rows[train], rows[held]
    assert times is not None
    latest = np.sort(times[rows])[-max(1, round(len(rows) * fraction))]
    later = times[rows] >= latest
    if later.all():
        raise DataError("a fold's rows are all of one time", expected="two or more", instead="fewer folds")
    return rows[~later], rows[later]
