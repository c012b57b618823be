"""Rows split at random into parts that are alike in each of several yes-or-no labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..arguments import Seed, as_generator
from .splitting import Parts, checked_fractions


def split_rows_by_labels(labels: ArrayLike, fractions: Sequence[float], seed: Seed) -> Parts:
    """Split rows so that each label has its share of "yes" in every part, rare labels first.

    Of the rows that agree in all labels each part has its share, rounded down. The rest are dealt out one by
    one: of the label that has the fewest left, to the part that is owed most of it.

    Args:
        labels: whether each is true of each row, shape (n, labels).
        fractions: as for :func:`~chainrule.data.splitting.split_rows`.
        seed: as for :func:`~chainrule.data.splitting.split_rows`.

    Returns:
        For each part its rows in ascending order, int64.

    Raises:
        ArgumentError: the fractions make no sense.

    Source: Sechidis, Tsoumakas and Vlahavas 2011, "On the stratification of multi-label data".

    >>> labels = np.array([[1, 0], [1, 0], [0, 1], [0, 1], [1, 1], [1, 1]])
    >>> [labels[part].sum(axis=0).tolist() for part in split_rows_by_labels(labels, (0.5, 0.5), seed=0)]
    [[2, 2], [2, 2]]
    """
    shares, rng = checked_fractions(fractions), as_generator(seed)
    yes = np.asarray(labels, dtype=bool)
    both = np.hstack([yes, ~yes])  # "no" can be rare as well
    part_of = np.full(len(yes), -1)
    _, group = np.unique(yes, axis=0, return_inverse=True)
    order = rng.permutation(len(yes))
    order = order[np.argsort(group.ravel()[order], kind="stable")]
    for rows in np.split(order, np.cumsum(np.bincount(group.ravel()))[:-1]):
        sizes = np.floor(len(rows) * shares + 1e-9).astype(np.int64)
        part_of[rows[: sizes.sum()]] = np.repeat(np.arange(len(shares)), sizes)
    _deal_out(part_of, both, shares, rng)
    return tuple(np.flatnonzero(part_of == part) for part in range(len(shares)))


def _deal_out(
    part_of: NDArray[np.int64], both: NDArray[np.bool_], shares: NDArray[np.float64], rng: np.random.Generator
) -> None:
    """Give each row that has no part, -1, one in place."""
    placed = part_of >= 0
    counts = np.bincount(part_of[placed], minlength=len(shares))
    owed_rows = len(part_of) * shares - counts
    had = np.array([both[part_of == part].sum(axis=0) for part in range(len(shares))])
    owed = np.outer(shares, both.sum(axis=0)) - had
    left, open_to_rows = np.flatnonzero(~placed), np.flatnonzero(shares).tolist()
    while len(left):
        of_label = both[left].sum(axis=0)
        label = int(np.argmin(np.where(of_label > 0, of_label, len(part_of) + 1)))
        for row in rng.permutation(left[both[left, label]]).tolist():
            part = max(open_to_rows, key=lambda each: (owed[each, label], owed_rows[each]))
            part_of[row] = part
            owed_rows[part] -= 1
            owed[part] -= both[row]
        left = left[~both[left, label]]
