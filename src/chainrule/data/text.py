"""Cells as text, and text as numbers and truth values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Written for "no value" in a column of numbers; in a column of words they are words.
MISSING_NUMBERS = frozenset({"na", "n/a", "nan", "null", "none", "?", "-"})
TRUTH_VALUES = {"true": 1.0, "false": 0.0}


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


def parse_number(word: str) -> float | None:
    """A word as a number: NaN for a missing one, ``None`` where it is no number.

    >>> parse_number("1e3"), parse_number("N/A"), parse_number("1_000")
    (1000.0, nan, None)
    """
    if word.lower() in MISSING_NUMBERS:
        return float("nan")
    try:
        return float(word) if "_" not in word else None  # Python's own digit separators are no data format
    except ValueError:
        return None


def parse_truth(word: str) -> float | None:
    """``true`` as 1, ``false`` as 0 in any case, and the numbers 1 and 0; ``None`` for any other word."""
    value = TRUTH_VALUES.get(word.lower(), parse_number(word))
    return value if value is None or value in (0.0, 1.0) or value != value else None


def parse_all(
    words: NDArray[np.object_], parse: Callable[[str], float | None]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """All words parsed, NaN where there is none, and a mask of those that could not be."""
    parsed = {word: parse(word) for word in distinct(words)}
    values = [float("nan") if word is None else parsed[word] for word in words.tolist()]
    bad = np.array([value is None for value in values], dtype=bool)
    return np.array(values, dtype=np.float64), bad


def distinct(words: Iterable[str | None]) -> set[str]:
    """The different words among cells."""
    return {word for word in words if word is not None}
