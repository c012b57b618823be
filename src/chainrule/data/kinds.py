"""What a column of words holds: numbers, truth values, categories or free text."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ..errors import ArgumentError
from .text import TRUTH_VALUES, distinct, parse_all, parse_number

Kind = Literal["number", "boolean", "category", "text"]

#: So many different words are categories, whatever the number of rows.
FEW = 20
#: Beyond that, categories return at least this often on average …
REPEATS = 4
#: … and are never more than this, each being a column of the encoded table.
MOST = 1000


def as_kind(kind: object, column: str) -> Kind:
    """A kind's name, checked.

    Raises:
        ArgumentError: there is no such kind.
    """
    for known in get_args(Kind):
        if kind == known:
            return known  # type: ignore[no-any-return]
    raise ArgumentError(
        f"column {column!r} is to be read as {kind!r}", expected="one of " + ", ".join(get_args(Kind))
    )


def infer_kind(words: NDArray[np.object_]) -> Kind:
    """The kind that a column of words most likely has; an empty column counts as numbers, all missing.

    Numbers among which a few words strayed are text: as categories, every number would be one of its own.

    >>> infer_kind(np.array(["1", "2.5", None], dtype=object))
    'number'
    >>> infer_kind(np.array(["red", "green", "red"], dtype=object))
    'category'
    >>> infer_kind(np.array(["31", "42", "4O"], dtype=object))
    'text'
    """
    different = distinct(words)
    if different and all(word.lower() in TRUTH_VALUES for word in different):
        return "boolean"
    values, bad = parse_all(words, parse_number)
    if not bad.any():
        return "number"
    if stray_words(values, bad):
        return "text"
    return "category" if len(different) <= max(FEW, min(len(words) // REPEATS, MOST)) else "text"


def stray_words(values: NDArray[np.float64], bad: NDArray[np.bool_]) -> bool:
    """Whether parsed words are mostly numbers, so that the others look like mistakes."""
    return int(np.isfinite(values).sum()) > int(bad.sum())
