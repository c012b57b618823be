"""What is in a column, in a few numbers."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import nsmallest
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .column import Column
from .kinds import Kind
from .moments import mean_and_scale

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
        values = np.asarray(numbers, dtype=np.float64)
        exponent = int(np.frexp(np.abs(values).max())[1]) + 1
        units = np.ldexp(values, -exponent)  # exact, and their range is no infinity
        least, *inner, greatest = np.quantile(units, [0, 0.25, 0.5, 0.75, 1])
        mean, scale = mean_and_scale(units)
        deviation = scale if least < greatest else 0.0
        place = (units - least) / ((greatest - least) or 1.0) * PARTS
        counts = np.bincount(np.minimum(place.astype(np.int64), PARTS - 1), minlength=PARTS)
        told = np.ldexp([mean, deviation, least, *inner, greatest], exponent).tolist()
        return cls(told[0], told[1], tuple(told[2:]), counts.astype(np.int64))


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


def summarise(column: Column) -> ColumnSummary:
    """What is in a column.

    >>> from chainrule.data import make_column
    >>> found = summarise(make_column("size", [1.0, 2.0, 4.5, None]))
    >>> found.missing, found.distinct, found.spread.mean, found.spread.quantiles
    (1, 3, 2.5, (1.0, 1.5, 2.0, 3.25, 4.5))
    >>> summarise(make_column("colour", ["red", "blue", "red", "red"])).common
    (('red', 3), ('blue', 1))
    """
    missing = column.missing
    counted: dict[str, int] = {}
    spread = None
    if column.kind in ("number", "date"):
        present = column.numbers[~missing] if missing.any() else column.numbers
        finite = present[np.isfinite(present)]
        distinct, spread = len(np.unique(present)), Spread.of(finite) if len(finite) else None
    else:
        words = column.words
        counted = {
            word: count for word, count in zip(words.vocabulary, words.counts.tolist(), strict=True) if count
        }
        distinct = len(counted)
    common = tuple(nsmallest(NAMED, counted.items(), key=lambda each: (-each[1], each[0])))
    return ColumnSummary(column.name, column.kind, len(column), int(missing.sum()), distinct, spread, common)
