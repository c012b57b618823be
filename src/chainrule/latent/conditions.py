"""What is known of a row."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import Array, as_count, as_numbers
from ..errors import ArgumentError
from .arguments import as_rows

#: A row with NaN for what is not known, or values by column.
Given = ArrayLike | Mapping[str | int, float]


def as_condition(given: Given, m: int, names: tuple[str, ...] | None) -> Array:
    """The row of m numbers that a condition describes, NaN where it says nothing, float64.

    Raises:
        ArgumentError: it names a column that is not there, or has no number for one.
        ShapeError, DtypeError, DataError: it is no row of m real numbers.

    >>> as_condition({"b": 2.0, 0: 1.0}, 3, ("a", "b", "c")).tolist()
    [1.0, 2.0, nan]
    """
    if not isinstance(given, Mapping):
        row = as_rows(np.asarray(given)[None], name="given", columns=m, missing=True)[0]
        return np.array(row, dtype=np.float64)
    row = np.full(m, np.nan)
    for key, value in given.items():
        row[column_position(key, m, names)] = _known(key, value)
    return np.array(as_rows(row[None], name="given", columns=m, missing=True)[0])


def column_position(key: str | int, m: int, names: tuple[str, ...] | None) -> int:
    """Where a column stands that is given by name or position.

    Raises:
        ArgumentError: there is no such column.
    """
    if isinstance(key, str):
        if names is None or key not in names:
            known = "a position: the columns have no names" if names is None else "one of " + ", ".join(names)
            raise ArgumentError(f"there is no column {key!r}", expected=known)
        return names.index(key)
    position = as_count(key, "column", least=0)
    if position >= m:
        raise ArgumentError(f"there is no column {position}", expected=f"a position from 0 to {m - 1}")
    return position


def _known(key: str | int, value: float) -> float:
    number = as_numbers(value, f"given[{key!r}]")
    if number.ndim or not np.isfinite(number):
        raise ArgumentError(
            f"given[{key!r}]={value!r}", expected="a finite number", instead="leave out what is to be drawn"
        )
    return float(number)
