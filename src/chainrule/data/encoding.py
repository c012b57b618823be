"""What the encodings of all kinds of columns share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..errors import ArgumentError
from .column import Column
from .kinds import ColumnType, Kind

Features = tuple[str, ...]
Scaling = Literal["standard", "robust"]
#: A category in fewer rows is rare, in tables that are long enough …
RARE = 5
#: … which is this many times as long.
LONG = 100


@dataclass(frozen=True, slots=True)
class Choices:
    """How to encode.

    Args:
        scaling: ``"standard"``: numbers by mean and standard deviation; ``"robust"``: by median and the
            distance between the quartiles, which a few extreme values do not move.
        rare: categories in fewer training rows are pooled; by default 5 from 500 rows on, below that fewer.
        most: a column's most frequent categories that have a column of their own, at most.

    Raises:
        ArgumentError: a choice makes no sense.
    """

    scaling: Scaling = "standard"
    rare: int | None = None
    most: int = 100

    def __post_init__(self) -> None:
        if self.scaling not in ("standard", "robust"):
            raise ArgumentError(f"scaling={self.scaling!r}", expected="'standard' or 'robust'")
        if self.most < 1 or (self.rare is not None and self.rare < 0):
            raise ArgumentError(f"rare={self.rare}, most={self.most}", expected="rare ≥ 0 and most ≥ 1")

    def least_rows(self, rows: int) -> int:
        """In how many of so many training rows a category must be, not to be rare."""
        return min(RARE, rows // LONG) if self.rare is None else self.rare


class Record:
    """A column's encoding: its name, its kind and, where it has one, the format of its words."""

    __slots__ = ()
    name: str
    kind: Kind
    missing: bool

    @property
    def type(self) -> ColumnType:
        """What a table's column must be read as."""
        return ColumnType(self.kind, getattr(self, "format", ""))

    def remarks(self, column: Column) -> list[str]:
        """What a reader should know of how these rows are encoded."""
        absent = column.missing
        if self.missing or not absent.any():
            return []
        count = int(absent.sum())
        first = int(column.rows[int(np.argmax(absent))])
        said = f"column {self.name!r}: {count:,} without a value, the first in data row {first}"
        return [f"{said}; training had one in every row, so they count as average"]


def with_indicator(names: Features, column: str, missing: bool) -> Features:
    """The names of encoded columns, and of the one that marks missing values."""
    return (*names, f"{column} (missing)") if missing else names
