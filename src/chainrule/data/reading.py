"""Tables from files: CSV and Parquet."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..errors import DataError
from .files import TableFile, open_table_file
from .frames import nested_values
from .kinds import KindName
from .layout import Layout
from .numbers import parse_number
from .spilling import spill_table
from .table import Table, require_names
from .text import composed


def read_table(
    path: str | os.PathLike[str],
    kinds: Mapping[str, KindName] | None = None,
    *,
    missing: Collection[str] = (),
    folder: str | os.PathLike[str] | None = None,
    delimiter: str | None = None,
    comment: str | None = None,
    skip_lines: int | None = None,
    header: bool = True,
    drop: Collection[str] = (),
) -> Table:
    """Read a CSV file (with a header line, in UTF-8) or a Parquet file.

    A column is read as numbers, true/false, dates, categories (words of which few differ, or codes that begin
    with zeros) or free text; an empty cell is a missing value; a line without any value is left out, and its
    number kept in ``table.blank_rows``. Fields are separated by commas, semicolons, tabs or bars, whichever
    the header line has most of, or by any number of spaces where it has none of these. Lines above it that
    begin with # or are a title, and those below that begin like the former, are left out; ``table.notes``
    says so. Columns of lists or records, which Parquet may hold, are left out, and named in ``table.unread``.
    Numbers may have thousands separators, a decimal comma, a currency or a
    percent sign (12% is 0.12), or be lengths of time (36:15:00), which are seconds; dates may be ISO 8601 or
    one of the common formats, months named in English, German, French, Spanish, Italian, Portuguese or Dutch,
    quarters (2024Q1) or ISO weeks (2024-W05), and those with a time zone are converted to UTC.

    Args:
        path: the file.
        kinds: ``"number"``, ``"boolean"``, ``"category"``, ``"date"`` or ``"text"`` by column name, where the
            inferred kind is not the right one; a colon and a format may follow, such as
            ``"date:%d/%m/%Y %H:%M"``, ``"date:%s"`` for seconds since 1970 (``%Q`` for milliseconds) or
            ``"number:1.234,5"``, behind which a unit may stand, ``"number:1.234,5 kg"``.
        missing: words that mean "no value" in this table, such as ``"unknown"`` or ``"-999"``.
        folder: for tables larger than memory: where to keep the values, in files that are mapped into
            memory and gone with the table (without a name already, where the system permits it). The file is
            then read twice, piece by piece.
        delimiter: what separates the fields, where that is not found: a character or several, ``"tab"``,
            or ``"space"`` for any number of spaces.
        comment: what lines begin with that are left out, such as ``"%"``; "" where none are.
        skip_lines: how many lines stand above that of the names.
        header: whether there is such a line; without it, the columns are named x1, x2, ….
        drop: columns to leave out, which are not even read.

    Raises:
        DataError: the file is missing, empty, no table, or does not fit ``kinds``.
        ArgumentError: there is no such kind or format.
        MissingExtraError: polars is not installed.

    >>> from chainrule.data import example_table
    >>> table = read_table(example_table("wine"), kinds={"class": "category"})
    >>> len(table), table.kinds["alcohol"], table.kinds["class"]
    (178, 'number', 'category')
    """
    layout = Layout(delimiter, comment, skip_lines, header)
    file = open_table_file(Path(path), frozenset(missing), layout, drop)
    chosen = chosen_columns(file, kinds)
    if folder is not None:
        return _told(spill_table(file, chosen, Path(folder)), file)
    pieces = list(file.pieces(None, chosen))
    if not pieces or len(next(iter(pieces[0].values()))) == 0:
        raise DataError(f"{path} has column names but no rows", expected="at least one row below them")
    table = Table.from_cells(pieces[0], chosen, decimal_commas=file.decimal_commas)
    blank = np.logical_and.reduce([column.missing for column in table.columns])
    if blank.all():
        raise DataError(f"{path} has column names but no values", expected="at least one row below them")
    if blank.any():
        table = replace(table.take(~blank), blank_rows=np.flatnonzero(blank) + 1)
    return _told(table, file)


def _told(table: Table, file: TableFile) -> Table:
    """The table with what there is to say of how its file was read."""
    words = tuple(sorted(file.missing))
    return _doubt_names(replace(table, missing_words=words, notes=file.notes, unread=file.unread))


def chosen_columns(file: TableFile, kinds: Mapping[str, KindName] | None) -> dict[str, KindName]:
    """The kinds by the names that a table has.

    Raises:
        DataError: a column is not there, or holds no single values.
    """
    chosen = {composed(name): kind for name, kind in (kinds or {}).items()}
    for name in chosen:
        if name in file.unread:
            raise nested_values(name, file.unread[name])
    require_names(file.names, tuple(chosen))
    return chosen


def _doubt_names(table: Table) -> Table:
    """The table with a warning, where a column's name looks like a value of the first row."""
    for number, column in enumerate(table.columns):
        value = parse_number(column.name)
        if value is not None and value == value and not column.name.isdecimal():
            note = "its name is a number: is the first line of the file one of column names?"
            doubtful = replace(column, notes=(*column.notes, note))
            return replace(table, columns=(*table.columns[:number], doubtful, *table.columns[number + 1 :]))
    return table
