"""Checked arguments: tables of rows and a model's parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import Array, as_count, as_numbers, require_finite
from ..errors import ArgumentError, DataError, ShapeError
from .columns import ColumnError

# Beyond this a sum of many squares, and so a variance, may leave the range of float64.
LARGEST_MAGNITUDE = 1e140

# A block of this many numbers, as float64, stays in the processor's cache.
BLOCK_SIZE = 1 << 16

# BLAS multiplies so few numbers on the thread that asks; those that it wakes stay awake beside what follows.
OWN_DOT = 1 << 12


def as_rows(
    X: ArrayLike, *, name: str = "X", columns: int | None = None, missing: bool = False, least: int = 0
) -> Array:
    """A table as a two-dimensional array of finite numbers, float32 or float64.

    Args:
        X: anything NumPy can turn into an array of shape (n, m).
        name: what the argument is called in errors.
        columns: the number of columns it must have, when that is known.
        missing: whether NaN may stand for a missing value.
        least: the number of rows it must have.

    Raises:
        ShapeError: it is not two-dimensional, or has another number of columns, or none.
        DtypeError: it does not hold numbers.
        DataError: it holds NaN, infinity, or numbers whose squares overflow, or has too few rows.
    """
    table = as_table(X, name=name, columns=columns, least=least)
    if not all(_surely_finite(block) for block in row_blocks(table)):
        _require_moderate(table, name, missing)
    return table


def as_table(X: ArrayLike, *, name: str = "X", columns: int | None = None, least: int = 0) -> Array:
    """What :func:`as_rows` gives, before a look at the numbers.

    Raises:
        ShapeError, DtypeError, DataError: as there.
    """
    table = as_numbers(_unmasked(X), name)
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
    if len(table) < least:
        raise DataError(f"{name} is empty, shape {table.shape}", expected="at least one row")
    # LAPACK has no longer float than float64; float32 is kept, to be widened block by block.
    return table if table.dtype in (np.float32, np.float64) else table.astype(np.float64)


def row_blocks(table: Array, numbers: int = BLOCK_SIZE) -> Iterator[Array]:
    """The rows of shape (n, m) about so many numbers at a time; by default a cache's worth."""
    rows = max(1, numbers // max(1, table.shape[1]))
    for start in range(0, len(table), rows):
        yield table[start : start + rows]


class Look:
    """A look at a table's numbers, block after block: at most one at each of them, seldom more than a sum."""

    def __init__(self, table: Array) -> None:
        self._table = table
        self._is_moderate = False

    def finds_complete(self, block: Array) -> bool:
        """Whether some rows of the table have no missing value.

        Raises:
            DataError: a number of the table is infinite, or its square overflows.
        """
        if _surely_finite(block):
            return True
        if not self._is_moderate:
            _require_moderate(self._table, "X", missing=True)
            self._is_moderate = True
        return not bool(np.isnan(block).any())


def has_missing(table: Array) -> bool:
    """Whether a table, of which no number has been looked at, has a missing value.

    Raises:
        DataError: a number is infinite, or its square overflows.
    """
    look = Look(table)
    return not all(look.finds_complete(block) for block in row_blocks(table))


def as_parameter(value: ArrayLike, *, name: str, shape: tuple[int | None, ...]) -> Array:
    """A model's parameter: a read-only float64 copy of this shape (``None``: any size), all finite.

    Row after row in memory, as a file has it, so that a loaded model's products round as the saved one's do.

    Raises:
        ShapeError: it has another shape.
        DtypeError: it does not hold numbers.
        DataError: it holds NaN or infinity.
    """
    array = np.array(as_numbers(value, name), dtype=np.float64, order="C")
    fits = array.ndim == len(shape) and all(
        want in (None, size) for size, want in zip(array.shape, shape, strict=True)
    )
    if not fits:
        wanted = ", ".join("any" if size is None else str(size) for size in shape)
        raise ShapeError(f"{name} has shape {array.shape}", expected=f"shape ({wanted})")
    require_finite(array, name)
    array.setflags(write=False)
    return array


def _unmasked(X: ArrayLike) -> ArrayLike:
    """NumPy's masked arrays with NaN for what is masked."""
    if not isinstance(X, np.ma.MaskedArray) or X.dtype.kind not in "biuf":
        return X
    return np.asarray(np.ma.filled(X.astype(np.result_type(X.dtype, np.float32)), np.nan))


def as_sizes(sizes: Any, name: str) -> tuple[int, ...]:
    """The numbers of units in hidden layers.

    Raises:
        ArgumentError: they are none.
    """
    if isinstance(sizes, str) or not isinstance(sizes, Iterable):
        raise ArgumentError(f"{name}={sizes!r}", expected="the sizes of the hidden layers, such as (32, 32)")
    return tuple(as_count(size, f"{name}[{k}]") for k, size in enumerate(sizes))


def _surely_finite(block: Array) -> bool:
    """Whether a sum of squares, far cheaper than a look at every number, shows them to be moderate."""
    numbers = np.ravel(block)
    pieces = numbers[: numbers.size // OWN_DOT * OWN_DOT].reshape(-1, OWN_DOT)
    rest = numbers[pieces.size :]
    with np.errstate(over="ignore", invalid="ignore"):
        total = np.vecdot(pieces, pieces).sum() + np.dot(rest, rest)
        return bool(total <= LARGEST_MAGNITUDE**2)


def _require_moderate(table: Array, name: str, missing: bool) -> None:
    if missing:
        infinite = np.isinf(table)
        require_finite(np.where(infinite, table, 0.0) if infinite.any() else table[:0], name)
    else:
        require_finite(table, name)
    limit = np.float64(LARGEST_MAGNITUDE)  # beyond the range of float32
    far = (table > limit) | (table < -limit)
    for i, j in np.argwhere(far)[:1].tolist():
        raise ColumnError(
            f"{{column}} of {name} holds a number of size {abs(float(table[i, j]))}",
            j,
            expected=f"sizes up to {LARGEST_MAGNITUDE}",
            instead="rescale it",
        )
