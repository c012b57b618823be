"""Checked arguments: tables of rows and a model's parameters."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import Array, as_numbers, require_finite
from ..errors import DataError, ShapeError

# Beyond this a sum of many squares, and so a variance, may leave the range of float64.
LARGEST_MAGNITUDE = 1e140


def as_rows(X: ArrayLike, *, name: str = "X", columns: int | None = None) -> Array:
    """A table as a two-dimensional array of finite numbers, float32 or float64.

    Args:
        X: anything NumPy can turn into an array of shape (n, m).
        name: what the argument is called in errors.
        columns: the number of columns it must have, when that is known.

    Raises:
        ShapeError: it is not two-dimensional, or has another number of columns, or none.
        DtypeError: it does not hold numbers.
        DataError: it holds NaN, infinity, or numbers whose squares overflow.
    """
    table = as_numbers(X, name)
    if table.ndim != 2:
        raise ShapeError(
            f"{name} has shape {table.shape}",
            expected="two dimensions, (rows, columns)",
            instead=f"{name}[None, :] for one row, {name}[:, None] for one column"
            if table.ndim == 1
            else None,
        )
    if columns is not None and table.shape[1] != columns:
        raise ShapeError(
            f"{name} has {table.shape[1]} columns", expected=f"{columns} columns, as the model has"
        )
    if columns is None and table.shape[1] == 0:
        raise ShapeError(f"{name} has no columns, shape {table.shape}", expected="at least one column")
    # LAPACK has no longer float than float64; float32 is kept, to be widened block by block.
    table = table if table.dtype in (np.float32, np.float64) else table.astype(np.float64)
    require_finite(table, name)
    largest = max(float(np.max(table, initial=0.0)), -float(np.min(table, initial=0.0)))
    if largest > LARGEST_MAGNITUDE:
        raise DataError(
            f"{name} holds a number of size {largest}",
            expected=f"sizes up to {LARGEST_MAGNITUDE}",
            instead="rescale its column",
        )
    return table


def as_nonempty_rows(X: ArrayLike, *, name: str = "X") -> Array:
    """:func:`as_rows`, with at least one row."""
    table = as_rows(X, name=name)
    if len(table) == 0:
        raise DataError(f"{name} is empty, shape {table.shape}", expected="at least one row")
    return table


def as_parameter(value: ArrayLike, *, name: str, shape: tuple[int | None, ...]) -> Array:
    """A model's parameter: a read-only float64 copy of this shape (``None``: any size), all finite.

    Raises:
        ShapeError: it has another shape.
        DtypeError: it does not hold numbers.
        DataError: it holds NaN or infinity.
    """
    array = np.array(as_numbers(value, name), dtype=np.float64)
    fits = array.ndim == len(shape) and all(
        want in (None, size) for size, want in zip(array.shape, shape, strict=True)
    )
    if not fits:
        wanted = ", ".join("any" if size is None else str(size) for size in shape)
        raise ShapeError(f"{name} has shape {array.shape}", expected=f"shape ({wanted})")
    require_finite(array, name)
    array.setflags(write=False)
    return array
