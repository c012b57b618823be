"""One column of a table: its name, its type, its values, and which rows they come from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import DataError, ShapeError
from .cells import as_cells, as_moments, as_numbers, as_words, date_words, plain_numbers
from .dates import compact_date_format
from .epochs import EPOCHS, UNITS, epoch_format
from .inference import Cells, Inference, Verdict
from .kinds import ColumnType, Kind, KindName
from .numbers import unit_format
from .text import to_text
from .words import Words


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """Values of one type.

    Args:
        name: the column's name.
        type: what its values are, and how they were written.
        cells: ``number``, ``boolean`` and ``date`` (seconds since 1970 began, UTC) are float64, NaN for a
            missing value; ``category`` and ``text`` are :class:`Words`.
        rows: where each value stands in the table that was read, from 1, for errors: int64, shape (n,).
        notes: warnings about how it was read.
        stray: in text that is mostly numbers or dates, the first word that is none of them, its row, and
            their type.
        chosen: whether the type was asked for.
    """

    name: str
    type: ColumnType
    cells: NDArray[np.float64] | Words
    rows: NDArray[np.int64]
    notes: tuple[str, ...] = ()
    stray: tuple[str, int, ColumnType] | None = None
    chosen: bool = False

    @classmethod
    def of_verdict(
        cls, name: str, cells: NDArray[np.float64] | Words, verdict: Verdict, rows: NDArray[np.int64]
    ) -> Self:
        """A column of the type that was inferred."""
        return cls(name, verdict.type, cells, rows, verdict.notes, verdict.stray)

    def __len__(self) -> int:
        return len(self.cells)

    @property
    def kind(self) -> Kind:
        """What the values are."""
        return self.type.kind

    @property
    def values(self) -> NDArray[Any]:
        """The values, shape (n,): float64, datetime64, or ``str`` objects, ``None`` for a missing one."""
        if isinstance(self.cells, Words):
            return self.cells.spelled()
        return as_moments(self.cells) if self.kind == "date" else self.cells

    @property
    def numbers(self) -> NDArray[np.float64]:
        """The values of a number, a truth value or a date (its seconds), float64, shape (n,)."""
        return self.cells.map([], np.nan, np.float64) if isinstance(self.cells, Words) else self.cells

    def take(self, indices: NDArray[Any] | slice, rows: NDArray[np.int64] | None = None) -> Self:
        """The values at these positions, under this mask, or in this slice."""
        cells = self.cells.take(indices) if isinstance(self.cells, Words) else self.cells[indices]
        return replace(self, cells=cells, rows=self.rows[indices] if rows is None else rows)

    @property
    def missing(self) -> NDArray[np.bool_]:
        """A mask of the missing values, shape (n,)."""
        return self.cells.missing if isinstance(self.cells, Words) else np.asarray(np.isnan(self.cells))

    @property
    def words(self) -> Words:
        """Every value as a word."""
        if isinstance(self.cells, Words):
            return self.cells
        if self.kind == "date":
            return date_words(self.cells)
        if self.kind == "number":
            return Words.of(to_text(self.cells).tolist())
        codes = (self.cells == 1).astype(np.int32)
        codes[self.missing] = -1
        return Words(codes, ("false", "true"))

    def to_kind(self, kind: KindName) -> Self:
        """The same values read as another kind, or another format of it.

        Raises:
            DataError: a value cannot be read so; names the first and its row.
            ArgumentError: there is no such kind.

        >>> make_column("size", [1.0, 2.0]).to_kind("category").values.tolist()
        ['1', '2']
        """
        wanted = ColumnType.named(kind, self.name)
        if wanted.kind == self.kind:
            return self
        if (self.kind, wanted.kind) == ("boolean", "number"):
            return replace(self, type=wanted)
        plain = self.kind == "number" and wanted.format in EPOCHS
        return self._read(self.cells if plain else self.words, wanted)

    def _read(self, cells: Cells, wanted: ColumnType) -> Self:
        """The column of cells read as a type, whose format is found where it is not given."""
        if not wanted.computed:
            return replace(self, type=wanted, cells=as_words(cells))
        if not wanted.format and isinstance(cells, Words) and wanted.kind != "boolean":
            evidence = Inference(wanted.kind)
            evidence.add(cells)
            wanted = evidence.verdict().type
        values, bad = as_numbers(cells, wanted)
        column = replace(self, type=wanted, cells=values)
        if bad is not None and bad.any():
            first = int(np.argmax(bad))
            word = as_words(cells[first : first + 1]) if not isinstance(cells, Words) else cells
            code = int(word.codes[first if isinstance(cells, Words) else 0])
            raise column.error_at(
                first,
                f"holds {word.vocabulary[code]!r}",
                expected=wanted.parser[1],
                instead="correct it, or remove the row",
            )
        return column

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
        if not isinstance(self.cells, Words) and np.isinf(self.cells).any():
            first = int(np.argmax(np.isinf(self.cells)))
            raise self.error_at(first, f"holds {self.cells[first]}", expected="finite numbers")
        return self

    def refuse_text(self, instead: str = "leave the column out, or read it as a category") -> Self:
        """The column itself.

        Args:
            instead: of text, what to do.

        Raises:
            DataError: it is text; where it is mostly numbers or dates, names the first value that is none.
        """
        if self.kind != "text":
            return self
        self.refuse_stray()
        different = int((self.words.counts > 0).sum())
        raise DataError(
            f"column {self.name!r} is free text: {different} different values in {len(self)} rows",
            expected="numbers, true/false, dates or categories",
            instead=instead,
        )

    def refuse_stray(self) -> Self:
        """The column itself.

        Raises:
            DataError: it is mostly numbers or dates; names the first value that is none, and its row.
        """
        if self.stray is None:
            return self
        word, row, type = self.stray
        raise DataError(
            f"column {self.name!r} holds {word!r} in data row {row}",
            expected=f"{type.parser[1]}, as in other rows",
            instead="correct it, or remove the row",
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader should know of how it was read."""
        if isinstance(self.cells, Words):
            format = None if self.chosen else unit_format(self.cells.vocabulary)
            if format is None:
                return self.notes
            unit = format.rpartition(" ")[2]
            said = f"numbers with the unit {unit!r} are read as words: number:{format} reads them as numbers"
            return (*self.notes, said)
        if self.kind != "number" or self.chosen:
            return self.notes
        compact, epoch = compact_date_format(self.numbers), epoch_format(self.numbers)
        look = "dates" if compact else f"{UNITS[epoch]} since 1970" if epoch else ""
        said = f"numbers that look like {look}: date:{compact or epoch} reads them so"
        return (*self.notes, said) if look else self.notes

    def error_at(
        self, position: int, given: str, expected: str | None = None, instead: str | None = None
    ) -> DataError:
        """An error about the value at a position: names the column and the row."""
        place = f"column {self.name!r} {given} in data row {self.rows[position]}"
        return DataError(place, expected=expected, instead=instead)


def make_column(
    name: str, values: ArrayLike, kind: KindName | None = None, rows: NDArray[np.int64] | None = None
) -> Column:
    """A column of values of any dtype, its type inferred where none is given.

    Args:
        name: its name.
        values: shape (n,).
        kind: ``"number"``, ``"boolean"``, ``"category"``, ``"date"`` or ``"text"``; a colon and a format may
            follow, such as ``"number:1.234,5"`` or ``"date:%d/%m/%Y"``.
        rows: the rows' numbers, for errors; by default 1 … n.

    Raises:
        ShapeError: the values are not one-dimensional.
        DataError: a value cannot be read as the kind that is asked for.
        ArgumentError: there is no such kind or format.

    >>> make_column("answer", ["yes", "no", None]).kind
    'category'
    >>> make_column("size", ["1.5", "n/a"]).values.tolist()
    [1.5, nan]
    """
    array = np.asarray(values)
    if array.ndim != 1:
        raise ShapeError(f"column {name!r} has shape {array.shape}", expected="one dimension")
    numbers = np.arange(1, len(array) + 1) if rows is None else rows
    return column_of(name, as_cells(array), kind, numbers)


def column_of(
    name: str, cells: Cells, kind: KindName | None, rows: NDArray[np.int64], decimal_commas: bool = False
) -> Column:
    """A column of cells, its type inferred where none is given; others may have numbers such as 1,5."""
    if kind is not None:
        return replace(column_of_type(name, cells, ColumnType.named(kind, name), rows), chosen=True)
    if isinstance(cells, Words) and (numbers := plain_numbers(cells, decimal_commas)) is not None:
        cells = numbers
    evidence = Inference(decimal_commas=decimal_commas)
    evidence.add(cells)
    verdict = evidence.verdict()
    type = verdict.type
    values = as_numbers(cells, type)[0] if type.computed else as_words(cells)
    return Column.of_verdict(name, values, verdict, rows)


def column_of_type(name: str, cells: Cells, type: ColumnType, rows: NDArray[np.int64]) -> Column:
    """A column of cells of a type that is known.

    Raises:
        DataError: a value cannot be read so; names the first and its row.
    """
    return Column(name, type, Words.of(()), rows)._read(cells, type)
