"""Cells as text, and text as numbers and truth values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray

TRUTH_VALUES = {"true": 1.0, "false": 0.0}


def composed(word: str) -> str:
    """A word or a name in Unicode's composed form, so that two ways to write "é" are one.

    >>> composed("e\u0301") == "\u00e9"
    True
    """
    return word if word.isascii() else normalize("NFC", word)


def to_text(values: NDArray[Any]) -> NDArray[np.object_]:
    """Every value as a word without surrounding spaces, ``None`` for a missing one; "2.0" is written "2".

    >>> to_text(np.array([1.0, 2.5, np.nan])).tolist()
    ['1', '2.5', None]
    """
    writers: dict[str, Callable[[Any], str | None]] = {
        "b": _truth_text,
        "f": _number_text,
        "i": str,
        "u": str,
    }
    write = writers.get(values.dtype.kind, _cell_text)
    text = np.empty(values.shape, dtype=object)
    text[:] = [write(value) for value in values.tolist()]
    return text


def _truth_text(value: bool) -> str:
    return "true" if value else "false"


def _number_text(value: float) -> str | None:
    if value != value:
        return None
    return str(int(value)) if value.is_integer() else repr(value)


def _cell_text(value: Any) -> str | None:
    # Besides None and NaN there is pandas.NA, whose comparisons are not even booleans: nothing equals itself.
    if value is None or type(value).__name__ in {"NAType", "NaTType"}:
        return None
    if isinstance(value, bool):
        return _truth_text(value)
    if isinstance(value, float):
        return _number_text(value)
    return str(value).strip() or None
