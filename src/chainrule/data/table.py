"""A table: named columns of equal length."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import DataError, ShapeError
from .column import Column, make_column
from .extra import import_extra
from .kinds import Kind
from .wording import did_you_mean, listing


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Columns with different names, each with one value per row.

    >>> table = Table.from_columns({"size": [1.5, 2.5], "colour": ["red", "blue"]})
    >>> table.names, len(table), table.kinds
    (('size', 'colour'), 2, {'size': 'number', 'colour': 'category'})
    >>> table["size"].tolist()
    [1.5, 2.5]
    """

    columns: tuple[Column, ...]

    def __post_init__(self) -> None:
        if not self.columns:
            raise DataError("the table has no columns", expected="at least one")
        require_different(self.names)
        lengths = {len(column) for column in self.columns}
        if len(lengths) > 1:
            sizes = ", ".join(f"{column.name!r} {len(column)}" for column in self.columns)
            raise ShapeError(f"the columns have different numbers of rows: {sizes}")

    @classmethod
    def from_columns(cls, columns: Mapping[str, ArrayLike], kinds: Mapping[str, Kind] | None = None) -> Self:
        """A table of arrays by name, each of shape (n,); ``kinds`` overrides what is inferred from them.

        Raises:
            DataError: there are no rows, ``kinds`` names a column that is not there, or a value does not fit.
            ShapeError: the arrays have different lengths or more than one dimension.
        """
        chosen = dict(kinds or {})
        require_names(tuple(columns), tuple(chosen))
        table = cls(tuple(make_column(name, values, chosen.get(name)) for name, values in columns.items()))
        if len(table) == 0:
            raise DataError("the table has no rows", expected="at least one below the column names")
        return table

    @classmethod
    def from_frame(cls, frame: Any, kinds: Mapping[str, Kind] | None = None) -> Self:
        """A table of a data frame of pandas, polars, PyArrow or another library that narwhals knows.

        Raises:
            DataError: it is no data frame, has two columns of one name, or as for :meth:`from_columns`.
            MissingExtraError: narwhals is not installed.

        >>> import polars
        >>> Table.from_frame(polars.DataFrame({"size": [1, None]}))["size"].tolist()
        [1.0, nan]
        """
        narwhals = import_extra("narwhals", "a data frame")
        try:
            wrapped = narwhals.from_native(frame, eager_only=True)
            names = wrapped.columns
        except narwhals.exceptions.DuplicateError as error:
            raise DataError(f"two columns have the same name: {error}") from None
        except TypeError:
            raise DataError(
                f"{type(frame).__name__} is no data frame",
                expected="one of pandas, polars or PyArrow",
                instead="Table.from_columns({'name': array, ...}) for arrays",
            ) from None
        require_different([str(name) for name in names])
        columns = {str(name): _to_numpy(narwhals, wrapped.get_column(name)) for name in names}
        return cls.from_columns(columns, kinds)

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
        require_names(self.names, (name,))
        return self.columns[self.names.index(name)]

    def __getitem__(self, name: str) -> NDArray[Any]:
        """The values of a column, shape (n,)."""
        return self.column(name).values

    def select(self, names: Iterable[str]) -> Self:
        """The table with these columns only, in this order."""
        return replace(self, columns=tuple(self.column(name) for name in names))

    def drop(self, *names: str) -> Self:
        """The table without these columns."""
        require_names(self.names, names)
        return replace(self, columns=tuple(column for column in self.columns if column.name not in names))

    def take(self, indices: ArrayLike) -> Self:
        """The rows at these positions, or under this mask; they keep their row numbers in error messages."""
        chosen = np.asarray(indices)
        return replace(self, columns=tuple(column.take(chosen) for column in self.columns))

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


def _to_numpy(narwhals: Any, series: Any) -> NDArray[Any]:
    unknown_to_numpy = (narwhals.Int128, narwhals.UInt128, narwhals.Decimal)
    known = series.cast(narwhals.Float64) if series.dtype in unknown_to_numpy else series
    return np.asarray(known.to_numpy())


def require_names(available: Sequence[str], wanted: Sequence[str]) -> None:
    """Raise a DataError unless every wanted column is available."""
    lacking = [name for name in wanted if name not in available]
    if lacking:
        guess = did_you_mean(lacking[0], available)
        raise DataError(
            f"the table has no column {lacking[0]!r}"
            if len(lacking) == 1
            else f"the table lacks {len(lacking)} of the columns that are needed: {listing(lacking)}",
            instead=f"one of its columns: {guess or listing(available)}",
        )


def require_different(names: Sequence[str]) -> None:
    """Raise a DataError where two columns have one name."""
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise DataError(f"two columns have the same name: {listing(repeated)}", instead="rename one of them")
