"""Arrays of any dtype as cells: words, or numbers, truth values and moments."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .dates import show_date
from .decimals import ThousandsDoubt
from .epochs import EPOCHS, epoch_seconds
from .inference import Cells
from .kinds import ColumnType
from .text import to_text
from .words import Words

#: Where a word of a list of lines is a code, or a number as Python alone writes it.
NO_NUMBER = re.compile(r"^[+-]?0\d|_", re.MULTILINE)


def as_cells(array: NDArray[Any]) -> Cells:
    """An array's values: booleans, numbers and dates as they are, all else as words.

    >>> as_cells(np.array(["1", "2"])).vocabulary, as_cells(np.array([1, 2])).tolist()
    (('1', '2'), [1, 2])
    """
    if array.dtype.kind in "biuf":
        return array
    if array.dtype.kind == "M":
        return array.astype("datetime64[us]")
    if array.dtype.kind == "m":
        return np.asarray(array / np.timedelta64(1, "s"), dtype=np.float64)
    return Words.of(to_text(array).tolist()).composed


def plain_numbers(words: Words, decimal_commas: bool = False) -> NDArray[np.float64] | None:
    """The numbers that all words are, written plainly and without leading zeros, or ``None``.

    It is also where a point may be before thousands, as it is beside numbers with ``decimal_commas``.

    >>> plain_numbers(Words.of(["1", None])).tolist(), plain_numbers(Words.of(["1", "007"]))
    ([1.0, nan], None)
    """
    if not words.vocabulary or NO_NUMBER.search("\n".join(words.vocabulary)):
        return None
    doubt = ThousandsDoubt()
    doubt.add(words.vocabulary)
    if doubt.reasonable(decimal_commas):
        return None
    try:
        return words.map(map(float, words.vocabulary), np.nan, np.float64)
    except ValueError:
        return None


def as_numbers(cells: Cells, type: ColumnType) -> tuple[NDArray[np.float64], NDArray[np.bool_] | None]:
    """Cells of a type that is computed with as float64, NaN for a missing value, and a mask of misfits."""
    if not isinstance(cells, Words):
        if cells.dtype.kind == "M" and type.kind == "date":
            return _seconds(cells), None
        if cells.dtype.kind in "biuf" and type.kind in ("number", "boolean"):
            values = cells.astype(np.float64)
            return values, None if type.kind == "number" else ~np.isin(values, (0.0, 1.0)) & (
                values == values
            )
        if cells.dtype.kind in "iuf" and type.format in EPOCHS:
            return epoch_seconds(cells.astype(np.float64), type.format)
        cells = as_words(cells)
    return cells.parse(type.parser[0])


def as_words(cells: Cells) -> Words:
    """Cells as words: ``2.0`` is written "2", a date as ISO 8601 does."""
    if isinstance(cells, Words):
        return cells
    if cells.dtype.kind == "M":
        return date_words(_seconds(cells))
    return Words.of(to_text(cells).tolist())


def date_words(seconds: NDArray[np.float64]) -> Words:
    """Moments as words."""
    return Words.of(None if each != each else show_date(each) for each in seconds.tolist())


def as_moments(seconds: NDArray[np.float64]) -> NDArray[np.datetime64]:
    """Seconds since 1970 began as moments, to the microsecond."""
    missing = np.isnan(seconds)
    micro = np.rint(np.where(missing, 0.0, seconds) * 1e6).astype(np.int64).astype("datetime64[us]")
    micro[missing] = np.datetime64("NaT")
    return micro


def _seconds(moments: NDArray[Any]) -> NDArray[np.float64]:
    micro = moments.astype("datetime64[us]")
    seconds = micro.astype(np.int64) / 1e6
    return np.where(np.isnat(micro), np.nan, seconds)
