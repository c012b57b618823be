"""Rows split at random into parts: training, validation, test."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..arguments import Seed, as_generator
from ..errors import ArgumentError, DataError

Parts = tuple[NDArray[np.int64], ...]


def split_rows(n: int, fractions: Sequence[float], seed: Seed) -> Parts:
    """Split rows 0 … n-1 at random into parts of these fractions, each row in exactly one.

    Args:
        n: the number of rows.
        fractions: of the parts, none negative, the first positive, with sum 1.
        seed: the same seed gives the same parts.

    Returns:
        For each part its rows in ascending order, int64; sizes are rounded to whole rows with sum n, and the
        first part is never empty.

    Raises:
        ArgumentError: the fractions make no sense.
        DataError: there are no rows.

    >>> [part.tolist() for part in split_rows(5, (0.6, 0.4), seed=0)]
    [[2, 3, 4], [0, 1]]
    """
    return split_rows_by_class(np.zeros(n, dtype=np.int64), fractions, seed)


def split_rows_by_class(labels: ArrayLike, fractions: Sequence[float], seed: Seed) -> Parts:
    """:func:`split_rows` with every class spread over the parts by the same fractions (stratified).

    The first part, the training rows, has every class; but for that, sizes are near their fractions of n.

    Args:
        labels: the class of each row, shape (n,).
        fractions: as for :func:`split_rows`.
        seed: as for :func:`split_rows`.

    >>> labels = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    >>> [labels[part].tolist() for part in split_rows_by_class(labels, (0.5, 0.5), seed=0)]
    [[0, 0, 1, 1], [0, 0, 1, 1]]
    """
    shares = checked_fractions(fractions)
    classes = np.asarray(labels)
    if len(classes) == 0:
        raise DataError("there are no rows to split", expected="at least one")
    rng = as_generator(seed)
    part_of = np.empty(len(classes), dtype=np.int64)
    owed = np.zeros(len(shares))
    for each in np.unique(classes):
        rows = np.flatnonzero(classes == each)
        sizes, owed = _sizes(len(rows), shares, owed)
        part_of[rng.permutation(rows)] = np.repeat(np.arange(len(shares)), sizes)
    return tuple(np.flatnonzero(part_of == part) for part in range(len(shares)))


def split_rows_by_group(groups: ArrayLike, fractions: Sequence[float], seed: Seed) -> Parts:
    """:func:`split_rows` with all rows of a group in one part, so that no part knows another's groups.

    Groups are drawn in random order; each goes to the part that is furthest below its share of the rows, and
    the last ones to parts that have none yet. Where groups are too few for a part to expect one, the largest
    are drawn first, so that they are to learn from. No part stays empty that is to have rows, unless there
    are fewer groups than parts.

    Args:
        groups: the group of each row, shape (n,).
        fractions: as for :func:`split_rows`.
        seed: as for :func:`split_rows`.

    >>> groups = np.array(["a", "a", "b", "b", "c", "c"])
    >>> [groups[part].tolist() for part in split_rows_by_group(groups, (0.6, 0.4), seed=0)]
    [['b', 'b', 'c', 'c'], ['a', 'a']]
    """
    shares = checked_fractions(fractions)
    _, group_of, sizes = np.unique(np.asarray(groups), return_inverse=True, return_counts=True)
    if len(sizes) == 0:
        raise DataError("there are no rows to split", expected="at least one")
    left = np.where(shares > 0, shares * len(group_of), -np.inf)
    empty = shares > 0
    part_of = np.empty(len(sizes), dtype=np.int64)
    for drawn, each in enumerate(_order(sizes, shares, seed)):
        scarce = len(sizes) - drawn <= empty.sum()
        part = int(np.argmax(np.where(empty, left, -np.inf) if scarce and empty.any() else left))
        part_of[each] = part
        empty[part] = False
        left[part] -= sizes[each]
    return tuple(np.flatnonzero(part_of[group_of] == part) for part in range(len(shares)))


def _order(sizes: NDArray[np.int64], shares: NDArray[np.float64], seed: Seed) -> list[int]:
    """In which order groups of these sizes are drawn: at random, but where they are few by size."""
    order = as_generator(seed).permutation(len(sizes))
    if len(sizes) * shares[shares > 0].min() < 1:
        order = order[np.argsort(-sizes[order], kind="stable")]
    found: list[int] = order.tolist()
    return found


def split_rows_by_time(times: ArrayLike, fractions: Sequence[float]) -> Parts:
    """:func:`split_rows` by time: the first part has the earliest rows, the last part the latest.

    Rows of the same time are all in one part, the earlier one of two.

    Args:
        times: of each row, numbers of shape (n,).
        fractions: as for :func:`split_rows`.

    >>> [part.tolist() for part in split_rows_by_time([3.0, 1.0, 2.0, 4.0, 4.0], (0.5, 0.5))]
    [[0, 1, 2], [3, 4]]
    """
    shares = checked_fractions(fractions)
    moments = np.asarray(times, dtype=np.float64)
    if len(moments) == 0:
        raise DataError("there are no rows to split", expected="at least one")
    ranks = np.sort(moments)
    wanted = np.ceil(np.cumsum(shares)[:-1] * len(moments) - 1e-9).astype(np.int64)
    ends = ranks[np.clip(wanted - 1, 0, len(moments) - 1)]
    part_of = np.searchsorted(ends, moments, side="left")
    return tuple(np.flatnonzero(part_of == part) for part in range(len(shares)))


def _sizes(
    n: int, shares: NDArray[np.float64], owed: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Whole numbers of rows near ``n * shares``, the first at least 1, and what each part is then owed.

    Rows that rounding down leaves over go to the parts that are owed most, those of earlier classes included,
    so that many small classes do not all round the same way.
    """
    wanted = n * shares
    sizes = np.floor(wanted + 1e-9).astype(np.int64)  # 0.1 * 30 is a rounding error short of 3
    for left in range(n - int(sizes.sum())):
        first = left == 0 and sizes[0] == 0
        sizes[0 if first else int(np.argmax(owed + wanted - sizes))] += 1
    return sizes, owed + wanted - sizes


def checked_fractions(fractions: Sequence[float]) -> NDArray[np.float64]:
    """The shares of the parts, shape (parts,).

    Raises:
        ArgumentError: they make no sense.
    """
    shares = np.asarray(fractions, dtype=np.float64)
    sensible = shares.ndim == 1 and len(shares) > 0 and bool((shares >= 0).all())  # NaN is not
    if not sensible or shares[0] == 0 or abs(shares.sum() - 1) > 1e-9:
        raise ArgumentError(
            f"fractions {tuple(fractions)}",
            expected="none negative, the first positive, with sum 1",
            instead="(0.8, 0.1, 0.1)",
        )
    return np.asarray(shares / shares.sum())
