"""A table: named columns of equal length."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import DataError, ShapeError
from .cells import as_cells
from .column import Column, column_of
from .frames import frame_cells, nested_columns, nested_values, open_frame
from .inference import Cells
from .kinds import Kind, KindName
from .text import composed
from .wording import count_rows, did_you_mean, listing

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Columns with different names, each with one value per row.

    Args:
        columns: of equal length.
        missing_words: those that meant "no value" when it was read, besides nothing at all; what is learnt
            from the table keeps them, to read others alike.
        blank_rows: the numbers, from 1, of the file's rows that had no value at all and are none of these.
        notes: how the file was read, where a reader may think otherwise.
        unread: columns of the file that hold no single values and are none of these, and what they hold.

    >>> table = Table.from_columns({"size": [1.5, 2.5], "colour": ["red", "blue"]})
    >>> table.names, len(table), table.kinds
    (('size', 'colour'), 2, {'size': 'number', 'colour': 'category'})
    >>> table["size"].tolist()
    [1.5, 2.5]
    """

    columns: tuple[Column, ...]
    missing_words: tuple[str, ...] = ()
    blank_rows: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    notes: tuple[str, ...] = ()
    unread: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.columns:
            raise DataError("the table has no columns", expected="at least one")
        require_different(self.names)
        lengths = {len(column) for column in self.columns}
        if len(lengths) > 1:
            sizes = ", ".join(f"{column.name!r} {len(column)}" for column in self.columns)
            raise ShapeError(f"the columns have different numbers of rows: {sizes}")

    @classmethod
    def from_columns(
        cls, columns: Mapping[str, ArrayLike], kinds: Mapping[str, KindName] | None = None
    ) -> Self:
        """A table of arrays by name, each of shape (n,); ``kinds`` overrides what is inferred from them.

        Args:
            columns: the arrays, or lists, by name.
            kinds: by name what :func:`make_column` takes.

        Raises:
            DataError: there are no rows, ``kinds`` names a column that is not there, or a value does not fit.
            ShapeError: the arrays have different lengths or more than one dimension.
        """
        arrays = {name: np.asarray(values) for name, values in columns.items()}
        for name, array in arrays.items():
            if array.ndim != 1:
                raise ShapeError(f"column {name!r} has shape {array.shape}", expected="one dimension")
        return cls.from_cells({name: as_cells(array) for name, array in arrays.items()}, kinds)

    @classmethod
    def from_matrix(cls, rows: ArrayLike, names: Sequence[str] | None = None) -> Self:
        """A table of numbers of shape (n, m), its columns named ``x1`` … ``xm`` unless told otherwise.

        Raises:
            ShapeError: it has another number of dimensions, or there are not m names.

        >>> Table.from_matrix(np.eye(2)).names
        ('x1', 'x2')
        """
        matrix = np.asarray(rows)
        if matrix.ndim != 2 or (names is not None and len(names) != matrix.shape[1]):
            raise ShapeError(
                f"rows of shape {matrix.shape} and {'no' if names is None else len(names)} names",
                expected="shape (n, m), and a name for each column or none",
            )
        chosen = names or [f"x{k + 1}" for k in range(matrix.shape[1])]
        require_different(chosen)
        return cls.from_columns(dict(zip(chosen, matrix.T, strict=True)))

    @classmethod
    def from_frame(cls, frame: Any, kinds: Mapping[str, KindName] | None = None) -> Self:
        """A table of a data frame of pandas, polars or another library that narwhals knows, or of Arrow data.

        Arrow data are what has ``__arrow_c_stream__``: PyArrow's tables and readers, DuckDB's relations, and
        so on. They are read through polars, and need no PyArrow. Columns of lists or records are left out,
        and named in ``table.unread``.

        Raises:
            DataError: it is no data frame, has two columns of one name or none of single values, ``kinds``
                names one of lists, or as for :meth:`from_columns`.
            MissingExtraError: narwhals is not installed.

        >>> import polars
        >>> Table.from_frame(polars.DataFrame({"size": [1, None]}))["size"].tolist()
        [1.0, nan]
        """
        wrapped, chosen = open_frame(frame), _by_composed_name(kinds or {})
        names = [composed(str(name)) for name in wrapped.columns]
        require_different(names)
        unread = nested_columns(wrapped, names)
        for name in (*(set(chosen) & set(unread)), *(unread if len(unread) == len(names) else ())):
            raise nested_values(name, unread[name])
        kept = [k for k, name in enumerate(names) if name not in unread]
        if unread:
            wrapped, names = wrapped[:, kept], [names[k] for k in kept]
        return replace(cls.from_cells(frame_cells(wrapped, names, chosen), chosen), unread=unread)

    @classmethod
    def from_cells(
        cls,
        cells: Mapping[str, Cells],
        kinds: Mapping[str, KindName] | None = None,
        *,
        first_row: int = 1,
        decimal_commas: bool = False,
    ) -> Self:
        """A table of cells by name, as :meth:`from_columns`; its first row has this number in errors.

        With ``decimal_commas``, numbers such as 1.234 are a thousand and more.
        """
        cells, chosen = _by_composed_name(cells), _by_composed_name(kinds or {})
        require_names(tuple(cells), tuple(chosen))
        rows = np.arange(first_row, first_row + max(map(len, cells.values()), default=0))
        table = cls(
            tuple(
                column_of(name, each, chosen.get(name), rows[: len(each)], decimal_commas)
                for name, each in cells.items()
            )
        )
        if len(table) == 0:
            raise DataError("the table has no rows", expected="at least one below the column names")
        return table

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a reader should know of how the file was read, what was left out among it."""
        unread = (f"column {name!r} left out: {what}" for name, what in self.unread.items())
        if not len(self.blank_rows):
            return (*self.notes, *unread)
        said = f"{count_rows(len(self.blank_rows))} without any value left out"
        return (*self.notes, *unread, f"{said}, the first is data row {self.blank_rows[0]}")

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def kinds(self) -> dict[str, Kind]:
        """The columns' kinds by name."""
        return {column.name: column.kind for column in self.columns}

    def __len__(self) -> int:
        return len(self.columns[0])

    def column(self, name: str) -> Column:
        """The column of that name.

        Raises:
            DataError: there is none.
        """
        wanted = composed(name)
        for column in self.columns:
            if column.name == wanted:
                return column
        if wanted in self.unread:
            raise nested_values(wanted, self.unread[wanted])
        raise _absent(self.names, (name,))

    def __getitem__(self, name: str) -> NDArray[Any]:
        """The values of a column, shape (n,)."""
        return self.column(name).values

    def select(self, names: Iterable[str]) -> Self:
        """The table with these columns only, in this order."""
        return replace(self, columns=tuple(self.column(name) for name in names))

    def drop(self, *names: str) -> Self:
        """The table without these columns."""
        require_names((*self.names, *self.unread), names)
        gone = set(map(composed, names))
        kept = tuple(column for column in self.columns if column.name not in gone)
        unread = {name: what for name, what in self.unread.items() if name not in gone}
        return replace(self, columns=kept, unread=unread)

    def take(self, indices: ArrayLike | slice) -> Self:
        """The rows at these positions, under this mask or in this slice; errors name them as before."""
        chosen = indices if isinstance(indices, slice) else np.asarray(indices)
        rows = self.columns[0].rows[chosen]
        return replace(self, columns=tuple(column.take(chosen, rows) for column in self.columns))

    def matrix(self, *, missing: bool = False) -> NDArray[np.float64]:
        """The numbers of a table that holds nothing else, float64, shape (rows, columns).

        Args:
            missing: whether a value may be missing, and is then NaN.

        Raises:
            DataError: a value is no number, is infinite, or is missing and may not be.
        """
        columns = [column.to_kind("number") for column in self.columns]
        for column in columns:
            column.require_finite() if missing else column.require_complete()
        return np.stack([column.values for column in columns], axis=1).astype(np.float64)


def _by_composed_name(values: Mapping[str, _Value]) -> dict[str, _Value]:
    """The values by name, in which there is one way to write "é"."""
    require_different(tuple(map(composed, values)))
    return {composed(name): value for name, value in values.items()}


def require_names(available: Sequence[str], wanted: Sequence[str]) -> None:
    """Raise a DataError unless every wanted column is available."""
    there = set(available)
    lacking = [name for name in wanted if composed(name) not in there]
    if lacking:
        raise _absent(available, lacking)


def _absent(available: Sequence[str], lacking: Sequence[str]) -> DataError:
    guess = did_you_mean(lacking[0], available)
    return DataError(
        f"the table has no column {lacking[0]!r}"
        if len(lacking) == 1
        else f"the table lacks {len(lacking)} of the columns that are needed: {listing(lacking)}",
        instead=f"one of its columns: {guess or listing(available)}",
    )


def require_different(names: Sequence[str]) -> None:
    """Raise a DataError where two columns have one name."""
    repeated = sorted(name for name, count in Counter(names).items() if count > 1)
    if repeated:
        raise DataError(f"two columns have the same name: {listing(repeated)}", instead="rename one of them")
