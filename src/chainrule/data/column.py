"""One column of a table: its name, its kind, its values, and which rows they come from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import DataError, ShapeError
from .kinds import Kind, as_kind, infer_kind, stray_words
from .text import distinct, parse_all, parse_number, parse_truth, to_text

#: How each kind that is computed with is read from words, and what one value is called in errors.
PARSERS = {"number": (parse_number, "a number"), "boolean": (parse_truth, "true or false")}


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """Values of one kind.

    Args:
        name: the column's name.
        kind: ``number`` and ``boolean`` are float64, NaN for a missing value; ``category`` and ``text`` are
            ``str`` objects, ``None`` for a missing one.
        values: the values, shape (n,).
        rows: where each value stands in the table that was read, from 1, for errors: int64, shape (n,).
    """

    name: str
    kind: Kind
    values: NDArray[Any]
    rows: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.values)

    def take(self, indices: NDArray[Any]) -> Self:
        """The values at these positions, or under this mask."""
        return replace(self, values=self.values[indices], rows=self.rows[indices])

    @property
    def missing(self) -> NDArray[np.bool_]:
        """A mask of the missing values, shape (n,)."""
        if self.values.dtype == object:
            return np.array([value is None for value in self.values.tolist()], dtype=bool)
        return np.asarray(np.isnan(self.values))

    @property
    def words(self) -> NDArray[np.object_]:
        """Every value as a word, ``None`` for a missing one, shape (n,)."""
        if self.values.dtype == object:
            return self.values
        if self.kind == "number":
            return to_text(self.values)
        return to_text(np.array([None if value != value else bool(value) for value in self.values.tolist()]))

    def to_kind(self, kind: Kind) -> Self:
        """The same values read as another kind.

        Raises:
            DataError: a value cannot be read so; names the first and its row.

        >>> make_column("size", [1.0, 2.0]).to_kind("category").values.tolist()
        ['1', '2']
        """
        if kind == self.kind:
            return self
        if (self.kind, kind) == ("boolean", "number"):
            return replace(self, kind=kind)
        if kind not in PARSERS:
            return replace(self, kind=kind, values=self.words)
        words, (parse, wanted) = self.words, PARSERS[kind]
        values, bad = parse_all(words, parse)
        if bad.any():
            first = int(np.argmax(bad))
            advice = "correct it, or remove the row"
            raise self.error_at(first, f"holds {words[first]!r}", expected=wanted, instead=advice)
        return replace(self, kind=kind, values=values)

    def require_complete(self) -> Self:
        """The column itself.

        Raises:
            DataError: a value is missing or infinite; names the first and its row.
        """
        missing = self.missing
        if missing.any():
            advice = "fill in the value or remove the row"
            raise self.error_at(
                int(np.argmax(missing)), "has no value", expected="one in every row", instead=advice
            )
        return self.require_finite()

    def require_finite(self) -> Self:
        """The column itself.

        Raises:
            DataError: a value is infinite; names the first and its row.
        """
        if self.values.dtype != object and np.isinf(self.values).any():
            first = int(np.argmax(np.isinf(self.values)))
            raise self.error_at(first, f"holds {self.values[first]}", expected="finite numbers")
        return self

    def refuse_text(self) -> Self:
        """The column itself.

        Raises:
            DataError: it is text; where it is mostly numbers, names the first value that is none.
        """
        if self.kind != "text":
            return self
        if stray_words(*parse_all(self.values, parse_number)):
            self.to_kind("number")
        different = len(distinct(self.values))
        raise DataError(
            f"column {self.name!r} is free text: {different} different values in {len(self)} rows",
            expected="numbers, true/false or categories",
            instead="leave the column out, or read it as a category",
        )

    def error_at(
        self, position: int, given: str, expected: str | None = None, instead: str | None = None
    ) -> DataError:
        """An error about the value at a position: names the column and the row."""
        place = f"column {self.name!r} {given} in data row {self.rows[position]}"
        return DataError(place, expected=expected, instead=instead)


def make_column(
    name: str, values: ArrayLike, kind: Kind | None = None, rows: NDArray[np.int64] | None = None
) -> Column:
    """A column of values of any dtype, its kind inferred where none is given.

    Raises:
        ShapeError: the values are not one-dimensional.
        DataError: a value cannot be read as the kind that is asked for.

    >>> make_column("answer", ["yes", "no", None]).kind
    'category'
    >>> make_column("size", ["1.5", "n/a"]).values.tolist()
    [1.5, nan]
    """
    array = np.asarray(values)
    if array.ndim != 1:
        raise ShapeError(f"column {name!r} has shape {array.shape}", expected="one dimension")
    numbers = np.arange(1, len(array) + 1) if rows is None else rows
    wanted = None if kind is None else as_kind(kind, name)
    if array.dtype.kind in "biuf" and wanted in (None, *PARSERS):
        found: Kind = "boolean" if array.dtype.kind == "b" else "number"
        return Column(name, found, array.astype(np.float64), numbers).to_kind(wanted or found)
    words = to_text(array)
    return Column(name, "text", words, numbers).to_kind(wanted or infer_kind(words))
