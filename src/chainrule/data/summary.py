"""What is in a column, in a few numbers."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import nsmallest
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .column import Column
from .kinds import Kind
from .mapping import empty_array
from .moments import mean_and_scale
from .passes import Passes, parts

#: Shares of the numbers that lie below a quantile.
QUARTERS = (0.0, 0.25, 0.5, 0.75, 1.0)
#: Parts of a range.
PARTS = 16
#: Values that a summary names.
NAMED = 4


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """How finite numbers are spread.

    Args:
        mean, deviation: the standard deviation has divisor n.
        quantiles: least, lower quarter, median, upper quarter, greatest.
        histogram: how many lie in each of equal parts of their range, int64, shape (PARTS,).
    """

    mean: float
    deviation: float
    quantiles: tuple[float, float, float, float, float]
    histogram: NDArray[np.int64]

    @classmethod
    def of(cls, numbers: NDArray[Any]) -> Spread:
        """The spread of numbers, shape (n,), n ≥ 1."""
        return cls.of_sorted(np.sort(np.asarray(numbers, dtype=np.float64)))

    @classmethod
    def of_sorted(cls, numbers: NDArray[np.float64]) -> Spread:
        """The spread of ascending numbers, which are looked at block by block."""
        exponent = int(np.frexp(np.abs(numbers[[0, -1]]).max())[1]) + 1  # then no range is an infinity
        least, *_, greatest = quantiles = [_quantile(numbers, share, -exponent) for share in QUARTERS]
        mean, scale = mean_and_scale(numbers)
        counts = np.zeros(PARTS, dtype=np.int64)
        for block in Passes(numbers):
            place = (np.ldexp(block, -exponent) - least) / ((greatest - least) or 1.0) * PARTS
            counts += np.bincount(np.minimum(place.astype(np.int64), PARTS - 1), minlength=PARTS)
        told = np.ldexp(quantiles, exponent).tolist()
        half = told[-1] / 2 - told[0] / 2  # no deviation is more, while the scale of a constant is
        return cls(mean, min(scale, half), tuple(told), counts)


@dataclass(frozen=True, slots=True, eq=False)
class ColumnSummary:
    """A column in a few numbers.

    Args:
        name, kind: the column's.
        rows: how many cells it has.
        missing: how many of them are empty.
        distinct: how many different values the others have.
        spread: of its finite numbers, or of its dates in seconds since 1970 began, where it has some.
        common: the most frequent values of another column with their counts, at most four.
    """

    name: str
    kind: Kind
    rows: int
    missing: int
    distinct: int
    spread: Spread | None
    common: tuple[tuple[str, int], ...]


def summarise(column: Column, folder: str | Path | None = None) -> ColumnSummary:
    """What is in a column.

    Args:
        column: the column.
        folder: for one that is longer than memory: where to sort its numbers, in a file that is gone then.

    >>> from chainrule.data import make_column
    >>> found = summarise(make_column("size", [1.0, 2.0, 4.5, None]))
    >>> found.missing, found.distinct, found.spread.mean, found.spread.quantiles
    (1, 3, 2.5, (1.0, 1.5, 2.0, 3.25, 4.5))
    >>> summarise(make_column("colour", ["red", "blue", "red", "red"])).common
    (('red', 3), ('blue', 1))
    """
    missing = int(column.missing.sum())
    counted: dict[str, int] = {}
    spread = None
    if column.kind in ("number", "date"):
        present = _sorted(column.numbers, len(column) - missing, folder)
        finite = present[np.searchsorted(present, -np.inf, "right") : np.searchsorted(present, np.inf)]
        distinct, spread = _distinct(present), Spread.of_sorted(finite) if len(finite) else None
    else:
        words = column.words
        counted = {
            word: count for word, count in zip(words.vocabulary, words.counts.tolist(), strict=True) if count
        }
        distinct = len(counted)
    common = tuple(nsmallest(NAMED, counted.items(), key=lambda each: (-each[1], each[0])))
    return ColumnSummary(column.name, column.kind, len(column), missing, distinct, spread, common)


def _sorted(numbers: NDArray[np.float64], present: int, folder: str | Path | None) -> NDArray[np.float64]:
    """The numbers that are not missing, so many, ascending."""
    found: NDArray[np.float64] = empty_array(folder, "sorted", (1, present))[0]
    done = 0
    for block in Passes(numbers, known=True):
        found[done : done + len(block)] = block
        done += len(block)
    found.sort()
    return found


def _distinct(ascending: NDArray[np.float64]) -> int:
    """How many different numbers there are."""
    overlapping = (ascending[part.start : part.stop + 1] for part in parts(len(ascending)))
    return sum(int((block[1:] != block[:-1]).sum()) for block in overlapping) + bool(len(ascending))


def _quantile(ascending: NDArray[np.float64], share: float, exponent: int) -> float:
    """The number below which this share of all lies, between two of them in proportion, times 2ᵉˣᵖᵒⁿᵉⁿᵗ."""
    place = share * (len(ascending) - 1)
    below = int(place)
    pair = np.ldexp(ascending[below : below + 2], exponent)
    step, part = pair[-1] - pair[0], place - below
    return float(pair[0] + step * part if part < 0.5 else pair[-1] - step * (1 - part))
