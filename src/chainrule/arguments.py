"""Checked arguments: names from a table, counts, seeds, dtypes and arrays of numbers."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from numbers import Integral, Real
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import ArgumentError, DataError, DtypeError, ShapeError

Array = NDArray[Any]
#: An array, or what stands for one while a function is traced.
Value = Any
Parameters = dict[str, Array]
Seed = int | np.random.Generator
T = TypeVar("T")


def find(table: Mapping[str, T], name: Any, what: str) -> T:
    """The record of that name.

    Raises:
        ArgumentError: the table has none; the message lists the names it has.
    """
    if isinstance(name, str) and name in table:
        return table[name]
    close = get_close_matches(str(name), table, n=1)
    raise ArgumentError(
        f"unknown {what} {name!r}",
        expected="one of " + ", ".join(table),
        instead=repr(close[0]) if close else None,
    )


def as_count(value: Any, name: str, least: int = 1) -> int:
    """A whole number, at least ``least``.

    Raises:
        ArgumentError: it is not one.
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or int(value) < least:
        raise ArgumentError(f"{name}={value!r}", expected=f"a whole number, {least} or more")
    return int(value)


def is_number(value: Any) -> bool:
    """Whether it is one real number, which can be compared with bounds."""
    alone = isinstance(value, np.ndarray) and value.ndim == 0 and value.dtype.kind in "iuf"
    return alone or isinstance(value, Real)


def as_generator(seed: Any) -> np.random.Generator:
    """The generator itself, or a new one from a seed.

    Raises:
        ArgumentError: it is neither.
    """
    return seed if isinstance(seed, np.random.Generator) else np.random.default_rng(as_count(seed, "seed", 0))


def as_float_dtype(dtype: Any) -> np.dtype[Any]:
    """float32 or float64.

    Raises:
        DtypeError: it is another dtype, or none.
    """
    for known in (np.dtype(np.float32), np.dtype(np.float64)):
        if dtype is not None and known == dtype:
            return known
    raise DtypeError(f"dtype={dtype!r}", expected="float32 or float64")


def as_numbers(value: ArrayLike, name: str) -> Array:
    """An array of booleans, integers or floating-point numbers, its dtype kept.

    Raises:
        ShapeError: rows of different lengths.
        DtypeError: it holds anything else.
        DataError: some of its values are masked.
    """
    _refuse_masked(value, name)
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ShapeError(f"{name} is not a rectangular array ({error})") from None
    if array.dtype == object:  # a column of mixed numbers, as data frames have them
        try:
            return array.astype(np.float64)
        except (TypeError, ValueError):
            raise DtypeError(f"{name} holds values that are not numbers", expected="numbers") from None
    if array.dtype.kind not in "biuf":
        raise DtypeError(
            f"{name} has dtype {array.dtype}", expected="numbers", instead="encode text as numbers first"
        )
    return array


def _refuse_masked(value: Any, name: str) -> None:
    """What stands behind a mask is no number that anyone means."""
    if type(value).__name__ != "MaskedArray":
        return
    masked = np.count_nonzero(value.mask)
    if masked:
        raise DataError(
            f"{name} has {masked} masked values of {value.size}",
            expected="values everywhere",
            instead=f"{name}.filled(value), or without the rows that have some",
        )


def read_only(array: Array, dtype: np.dtype[Any]) -> Array:
    """An array of that dtype that nobody writes to: itself where it is one, else a copy.

    >>> shared = read_only(np.ones(3), np.dtype(float))
    >>> read_only(shared, np.dtype(float)) is shared
    True
    """
    memory = array if array.base is None else array.base  # what others may write to, if it is writable
    own = type(memory) is np.ndarray and memory.flags.owndata and not memory.flags.writeable
    if type(array) is np.ndarray and own and not array.flags.writeable and array.dtype == dtype:
        return array
    copy = np.array(array, dtype)
    copy.setflags(write=False)
    return copy


def require_finite(array: Array, name: str) -> None:
    """Raise a DataError that names the first NaN or infinity, where there is one."""
    if array.dtype.kind != "f":
        return
    with np.errstate(all="ignore"):
        if np.isfinite(array.sum()):  # needs no second array, which may be larger than memory
            return
    finite = np.isfinite(array)
    if finite.all():
        return
    place = np.argwhere(~finite)[0].tolist()
    others = f"{np.count_nonzero(~finite)} such of {array.size}"
    raise DataError(
        f"{name}{place or ''} is {array[tuple(place)]} ({others})",
        expected="finite numbers",
        instead="drop or fill those rows first",
    )
