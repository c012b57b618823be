"""Targets y, checked against the number of a network's outputs and put in the form that a loss takes."""

from __future__ import annotations

import numpy as np

from ..arguments import Array, require_finite
from ..errors import DataError, ShapeError


def real_targets(y: Array, outputs: int) -> Array:
    """Finite numbers of shape (n, outputs) in a floating dtype; one column may be given as (n,).

    Raises:
        ShapeError: another number of columns than the network has outputs.
        DataError: NaN or infinity.
    """
    table = y[:, None] if y.ndim == 1 else y
    if table.ndim != 2 or table.shape[1] != outputs:
        raise ShapeError(f"y has shape {y.shape}", expected=f"{_columns(outputs)}, the network's outputs")
    require_finite(y, "y")
    return table if table.dtype.kind == "f" else table.astype(np.float64)


def probability_targets(y: Array, outputs: int) -> Array:
    """Numbers from 0 to 1 of shape (n, outputs).

    Raises:
        ShapeError: as for :func:`real_targets`.
        DataError: a number below 0 or above 1.
    """
    table = real_targets(y, outputs)
    _require((table >= 0) & (table <= 1), table, "0 or 1, or probabilities between them")
    return table


def class_targets(y: Array, outputs: int) -> Array:
    """For one output probabilities (n, 1); for more, labels (n,) or rows (n, outputs) that sum to 1.

    Only labels come back as integers.

    Raises:
        ShapeError: neither labels nor one column for each output.
        DataError: a label that is no integer or out of range, or a row that is not a distribution.
    """
    if outputs == 1:
        return probability_targets(y, 1)
    if y.ndim == 1 or y.shape[1:] == (1,):
        return _labels(y.reshape(len(y)), outputs)
    rows = probability_targets(y, outputs)
    sums = rows.sum(axis=1)
    _require(np.abs(sums - 1) <= 1e-3, sums, "one-hot rows, or probabilities that sum to 1", "the sum of y")
    return rows


def _labels(y: Array, outputs: int) -> Array:
    require_finite(y, "y")
    expected = f"whole numbers from 0 to {outputs - 1}, since the network has {outputs} outputs"
    _require((y >= 0) & (y < outputs) & (y == np.floor(y)), y, expected)
    return y.astype(np.int64)


def _require(fits: Array, values: Array, expected: str, name: str = "y") -> None:
    if not fits.all():
        place = np.argwhere(~fits)[0].tolist()
        raise DataError(
            f"{name}{place} is {values[tuple(place)]} ({np.count_nonzero(~fits)} such rows)",
            expected=expected,
        )


def _columns(count: int) -> str:
    return "shape (n,) or (n, 1)" if count == 1 else f"shape (n, {count})"
