"""Which rows each minibatch takes: every epoch a new order of all rows, cut into pieces."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..arguments import Array


def draw_orders(rows: int, epochs: int, batch_size: int, rng: np.random.Generator) -> Array:
    """The order of the rows in each of some epochs, shape (epochs, rows).

    Drawing epochs together or one by one gives the same orders. A full batch is not shuffled: its gradient is
    the same in any order, and its bits then too.

    >>> draw_orders(3, 2, 5, np.random.default_rng(0))
    array([[0, 1, 2],
           [0, 1, 2]])
    """
    in_order = np.broadcast_to(np.arange(rows), (epochs, rows))
    return in_order if batch_size >= rows else rng.permuted(in_order, axis=1)


def cut(order: Array, batch_size: int) -> Iterator[Array]:
    """The minibatches of an order of rows.

    >>> [piece.tolist() for piece in cut(np.arange(5), 2)]
    [[0, 1], [2, 3], [4]]
    """
    return (order[start : start + batch_size] for start in range(0, len(order), batch_size))


def weights(rows: int, batch_size: int) -> Array:
    """The share of the rows in each minibatch, which weighs its mean in the mean over an epoch.

    >>> weights(5, 2)
    array([0.4, 0.4, 0.2])
    """
    return np.diff(np.minimum(np.arange(0, rows + batch_size, batch_size), rows)) / rows


def shares(orders: Array, batch_size: int, sample_weight: Array | None) -> Array:
    """Each minibatch's share of its epoch's weight, shape (epochs, minibatches); rows weigh 1 by default.

    >>> shares(np.array([[2, 0, 1]]), 2, np.array([1.0, 1.0, 6.0]))
    array([[0.875, 0.125]])
    """
    rows = orders.shape[1]
    if sample_weight is None:
        return np.broadcast_to(weights(rows, batch_size), (len(orders), -(-rows // batch_size)))
    weighed = sample_weight[orders].astype(np.float64)
    sums = np.add.reduceat(weighed, np.arange(0, rows, batch_size), axis=1)
    share: Array = sums / sums.sum(axis=1, keepdims=True)
    return share


def split(rows: int, fraction: float, rng: np.random.Generator) -> tuple[Array, Array]:
    """Random rows to train on, and the fraction of them held out, at least one; both in ascending order.

    >>> [part.tolist() for part in split(5, 0.4, np.random.default_rng(0))]
    [[0, 1, 3], [2, 4]]
    """
    held_out = max(1, round(rows * fraction))
    order = rng.permutation(rows)
    return np.sort(order[held_out:]), np.sort(order[:held_out])
