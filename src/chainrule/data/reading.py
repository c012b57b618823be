"""Tables from files: CSV and Parquet."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DataError
from .extra import import_extra
from .kinds import Kind
from .table import Table, require_different, require_names

#: Tried in this order: the first that the header line contains.
SEPARATORS = (",", ";", "\t", "|")
PARQUET_MARK = b"PAR1"
#: In what polars says of a whole number beyond its widest type.
TOO_LONG = "as dtype `i128`"
REASONS = {
    "found more fields": "a row has more fields than the header line",
    'could not parse `"': "a quoted field does not end",
    "CSV malformed": "a quotation mark stands inside a field",
    "invalid utf-8": "it is not UTF-8 text",
}


def read_table(path: str | os.PathLike[str], kinds: Mapping[str, Kind] | None = None) -> Table:
    """Read a CSV file (with a header line, in UTF-8) or a Parquet file.

    A column is read as numbers, true/false, categories (words of which few differ) or free text; an empty
    cell is a missing value; a line without any value is left out. Fields are separated by commas or, where
    the header line has none, by semicolons, tabs or bars.

    Args:
        path: the file.
        kinds: ``"number"``, ``"boolean"``, ``"category"`` or ``"text"`` by column name, where the inferred
            kind is not the right one.

    Raises:
        DataError: the file is missing, empty, no table, or does not fit ``kinds``.
        MissingExtraError: polars is not installed.

    >>> from chainrule.data import example_table
    >>> table = read_table(example_table("wine"), kinds={"class": "category"})
    >>> len(table), table.kinds["alcohol"], table.kinds["class"]
    (178, 'number', 'category')
    """
    polars = import_extra("polars", "a table file")
    source = Path(path)
    frame = _read_frame(polars, source, dict(kinds or {}))
    if frame.height == 0:
        raise DataError(f"{source} has column names but no rows", expected="at least one row below them")
    table = Table.from_frame(frame, kinds)
    return _without_blank_lines(table, source)


def _read_frame(polars: Any, source: Path, kinds: dict[str, Kind]) -> Any:
    start = first_bytes(source)
    try:
        if start.startswith(PARQUET_MARK):
            frame = polars.read_parquet(source)
            require_names(frame.columns, tuple(kinds))
            return frame
        return _read_csv(polars, source, start, kinds)
    except polars.exceptions.PolarsError as error:
        raise DataError(
            f"{source} cannot be read as a table: {polars_reason(error)}", expected="CSV or Parquet"
        ) from None


def polars_reason(error: Exception) -> str:
    """The first line of what polars says, in a user's words where it has words of its own."""
    said = str(error).strip().splitlines()[0]
    return next((words for start, words in REASONS.items() if said.startswith(start)), said)


def first_bytes(source: Path, count: int = 1 << 16) -> bytes:
    """The beginning of a file, which holds more than spaces.

    Raises:
        DataError: it does not, or there is no such file.
    """
    if not source.exists():
        raise DataError(f"there is no file {source}")
    if not source.is_file():
        raise DataError(f"{source} is not a file", expected="a CSV or Parquet file")
    try:
        with source.open("rb") as file:
            start = file.read(count)
    except OSError as error:
        raise DataError(f"{source} cannot be opened: {error.strerror}") from None
    if not start.strip():
        raise DataError(f"{source} is empty", expected="a line of column names and at least one row")
    return start


def _read_csv(polars: Any, source: Path, start: bytes, kinds: dict[str, Kind]) -> Any:
    separator, written = read_header(polars, source, start)
    names = [name.strip() for name in written]
    require_names(names, tuple(kinds))
    words = [
        before for before, name in zip(written, names, strict=True) if kinds.get(name) in ("category", "text")
    ]
    frame = _read_rows(polars, source, separator, words)
    return frame.rename(dict(zip(frame.columns, names, strict=True)))


def read_header(polars: Any, source: Path, start: bytes) -> tuple[str, list[str]]:
    """What separates the fields of a CSV file, and the columns' names, all different, as they are written.

    Raises:
        DataError: the file is binary, or its header line has no or equal names.
    """
    if b"\0" in start:
        raise DataError(f"{source} is a binary file", expected="CSV as UTF-8 text, or Parquet")
    first_line = start.strip().splitlines()[0].decode("utf-8", errors="replace")
    separator = next((mark for mark in SEPARATORS if mark in first_line), ",")
    # polars renames repeated columns silently, so the names are first read as a row.
    header = polars.read_csv(source, separator=separator, has_header=False, n_rows=1, infer_schema=False)
    written = [name or "" for name in header.row(0)]
    names = [name.strip() for name in written]
    if "" in names:
        raise DataError(
            f"{source} has no name for column {names.index('') + 1}",
            expected="a name for every column",
            instead="frame.to_csv(path, index=False) where pandas wrote it",
        )
    require_different(names)
    return separator, written


def _read_rows(polars: Any, source: Path, separator: str, words: list[str]) -> Any:
    overrides = dict.fromkeys(words, polars.String)
    try:
        return polars.read_csv(
            source, separator=separator, schema_overrides=overrides, infer_schema_length=None
        )
    except polars.exceptions.ComputeError as error:
        if TOO_LONG not in str(error):
            raise
    return polars.read_csv(source, separator=separator, infer_schema=False)  # our own parser has no limit


def _without_blank_lines(table: Table, source: Path) -> Table:
    blank = np.logical_and.reduce([column.missing for column in table.columns])
    if blank.all():
        raise DataError(f"{source} has column names but no values", expected="at least one row below them")
    return table.take(~blank)
