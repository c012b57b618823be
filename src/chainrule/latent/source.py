"""Where rows come from: an array, a data frame, a file, or blocks that arrive one after another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from ..arguments import Array
from ..errors import ArgumentError, DataError, ShapeError
from .arguments import as_rows, as_table

#: What ``fit`` and the others take: an array, a data frame or Table, a path, or an iterable of such blocks.
Rows = Any


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Rows, at hand or still to come.

    Attributes:
        columns: the columns' names, where the rows have them.
        array: all rows, shape (n, m), where they are at hand (in memory, or mapped from a file).
        stream: the blocks that are to come, each of shape (nᵢ, m), where they are not.
        missing: whether a value may be missing, which is NaN.
    """

    columns: tuple[str, ...] | None
    array: Array | None
    stream: Iterable[Array] = ()
    missing: bool = False

    def tables(self, width: int | None = None) -> Iterator[Array]:
        """Every block once, all of one width, the numbers not looked at; a stream can be read only once."""
        for block in self.stream if self.array is None else (self.array,):
            table = as_table(block, columns=width)
            width = table.shape[1]
            yield table

    def blocks(self, width: int | None = None) -> Iterator[Array]:
        """Every block once, its numbers checked as well."""
        for table in self.tables(width):
            yield as_rows(table, missing=self.missing)

    def table(self) -> Array:
        """All rows in memory, checked, at least one, shape (n, m).

        Raises:
            DataError: there are none.
        """
        if self.array is not None:
            return as_rows(self.array, missing=self.missing, least=1)
        blocks = list(self.blocks())
        if not blocks:
            raise DataError("X is empty: the stream holds no block", expected="at least one row")
        return as_rows(np.concatenate(blocks), missing=self.missing, least=1)


def open_source(X: Rows, *, columns: tuple[str, ...] | None = None, missing: bool = False) -> Source:
    """The rows of anything that holds rows.

    Args:
        X: an array or nested lists of shape (n, m); a data frame (pandas, polars, also lazy, PyArrow) or
            :class:`chainrule.data.Table`; the path of a CSV, Parquet or .npy file, read piece by piece; or
            an iterator of arrays or data frames.
        columns: the names that a frame's columns are picked by; ``None`` takes all.
        missing: whether NaN may stand for a missing value.

    Raises:
        ShapeError, DtypeError, DataError: it holds no table of numbers.
        ArgumentError: it is something else.
        MissingExtraError: a library that reads it is not installed.
    """
    if isinstance(X, str | PathLike):
        return _open_file(Path(X), columns, missing)
    if hasattr(X, "collect_batches"):  # a lazy frame of polars, which may be larger than memory
        return _open_stream(iter(X.collect_batches()), columns, missing)
    if _is_frame(X):
        names, array = _from_frame(X, columns)
        return Source(names, array, missing=missing)
    if isinstance(X, Sequence | np.ndarray) or hasattr(X, "__array__"):
        return Source(
            None,
            np.asanyarray(X) if isinstance(X, np.ndarray) else as_rows(X, missing=missing),
            missing=missing,
        )
    if isinstance(X, Iterable):
        return _open_stream(iter(X), columns, missing)
    if np.isscalar(X):
        raise ShapeError("X has shape ()", expected="two dimensions, (rows, columns)")
    raise ArgumentError(
        f"X is of type {type(X).__name__}", expected="an array, a data frame, a path or an iterator of blocks"
    )


def _is_frame(X: Any) -> bool:
    """Whether it has named columns; asked of the type, since some frames compute when asked themselves."""
    return hasattr(type(X), "column_names") or (hasattr(type(X), "columns") and not hasattr(X, "dtype"))


def _from_frame(frame: Any, columns: tuple[str, ...] | None) -> tuple[tuple[str, ...], Array]:
    from ..data import Table

    table = frame if isinstance(frame, Table) else Table.from_frame(frame)
    chosen = table.select(columns or (*table.names, *table.unread))  # which refuses those that are not read
    return chosen.names, chosen.matrix(missing=True)


def _open_file(path: Path, columns: tuple[str, ...] | None, missing: bool) -> Source:
    if path.suffix == ".npy":
        try:
            return Source(None, np.load(path, mmap_mode="r", allow_pickle=False), missing=missing)
        except (OSError, ValueError) as error:
            raise DataError(
                f"{path} cannot be read: {error}", expected="an array that numpy.save wrote"
            ) from None
    from ..data import scan_table

    return _open_stream(scan_table(path), columns, missing)


def _open_stream(blocks: Iterator[Any], columns: tuple[str, ...] | None, missing: bool) -> Source:
    """A stream's first block is read at once, for the names of the columns."""
    first = next(blocks, None)
    names = open_source(first, columns=columns, missing=missing).columns if _is_frame(first) else None

    def arrays() -> Iterator[Array]:
        block = first
        while block is not None:
            yield _from_frame(block, names)[1] if _is_frame(block) else block
            block = next(blocks, None)

    return Source(names, None, arrays(), missing)
