"""Checked arguments: tables of rows, counts and random generators."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from chainrule.errors import ArgumentError, DataError, DtypeError, ShapeError

Array = npt.NDArray[Any]
Seed = int | np.random.Generator | None

# Beyond this a sum of many squares, and so a variance, may leave the range of float64.
LARGEST_MAGNITUDE = 1e140


def as_rows(X: npt.ArrayLike, *, name: str = "X", columns: int | None = None) -> Array:
    """A table as a two-dimensional array of finite real numbers; floating dtypes are kept.

    Args:
        X: anything NumPy can turn into an array of shape (n, m).
        name: what the argument is called in errors.
        columns: the number of columns it must have, when that is known.

    Raises:
        ShapeError: it is not two-dimensional, or has another number of columns, or none.
        DtypeError: it does not hold real numbers.
        DataError: it holds NaN, infinity, or numbers whose squares overflow.
    """
    table = _real_array(X, name)
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
    _require_magnitude(table, name, LARGEST_MAGNITUDE)
    return table


def as_nonempty_rows(X: npt.ArrayLike, *, name: str = "X", columns: int | None = None) -> Array:
    """:func:`as_rows`, with at least one row."""
    table = as_rows(X, name=name, columns=columns)
    if len(table) == 0:
        raise DataError(f"{name} is empty, shape {table.shape}", expected="at least one row")
    return table


def as_parameter(value: npt.ArrayLike, *, name: str, shape: tuple[int | None, ...]) -> Array:
    """A model's parameter: a read-only float64 copy of this shape (``None``: any size), all finite."""
    array = np.array(_real_array(value, name), dtype=np.float64)
    fits = array.ndim == len(shape) and all(
        want in (None, size) for size, want in zip(array.shape, shape, strict=True)
    )
    if not fits:
        wanted = ", ".join("any" if size is None else str(size) for size in shape)
        raise ShapeError(f"{name} has shape {array.shape}", expected=f"shape ({wanted})")
    _require_magnitude(array, name, float(np.finfo(np.float64).max))
    array.setflags(write=False)
    return array


def as_count(value: Any, *, name: str) -> int:
    """A whole number, zero or more.

    Raises:
        ArgumentError: it is not one.
    """
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool) and value >= 0:
        return int(value)
    raise ArgumentError(f"{name}={value!r}", expected="a whole number, zero or more")


def as_generator(seed: Seed) -> np.random.Generator:
    """The generator itself, or a new one from a seed (from fresh entropy where it is ``None``).

    Raises:
        ArgumentError: the seed is neither.
    """
    if isinstance(seed, np.random.Generator):
        return seed
    return np.random.default_rng(None if seed is None else as_count(seed, name="seed"))


def _real_array(value: npt.ArrayLike, name: str) -> Array:
    try:
        array = np.asarray(value)
    except ValueError as error:  # rows of unequal lengths
        raise ShapeError(f"{name} is not a rectangular array ({error})") from None
    if array.dtype == object:
        try:
            return array.astype(np.float64)
        except (TypeError, ValueError):
            raise DtypeError(f"{name} holds values that are not numbers", expected="real numbers") from None
    if array.dtype.kind not in "biuf":
        raise DtypeError(f"{name} has dtype {array.dtype}", expected="real numbers")
    # LAPACK has no longer float than float64; shorter ones are kept, to be widened block by block.
    return array if array.dtype in (np.float32, np.float64) else array.astype(np.float64)


def _require_magnitude(array: Array, name: str, largest: float) -> None:
    # NaN fails this comparison too; two reductions need no temporary array.
    if array.size == 0 or max(float(np.max(array)), -float(np.min(array))) <= largest:
        return
    bad = ~(np.abs(array) <= largest)
    place = tuple(int(i) for i in np.argwhere(bad)[0])
    where = f" at row {place[0]}, column {place[1]}" if len(place) == 2 else f" at index {place}" * len(place)
    given = f"{name} holds {float(array[place])}{where} ({int(bad.sum())} such of {array.size})"
    if np.isfinite(array[place]):
        raise DataError(given, expected=f"magnitudes up to {largest}", instead="rescale the column")
    raise DataError(given, expected="finite numbers", instead="drop or fill them first")
