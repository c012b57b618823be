"""A file as pieces of a table, one after another."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from .files import open_table_file
from .kinds import KindName
from .layout import Layout
from .reading import chosen_columns
from .table import Table


def scan_table(
    path: str | os.PathLike[str],
    rows: int = 1 << 16,
    kinds: Mapping[str, KindName] | None = None,
    *,
    missing: Collection[str] = (),
    drop: Collection[str] = (),
    **layout: Any,
) -> Iterator[Table]:
    """A CSV or Parquet file as tables of so many rows each, read one after another.

    Each piece's types are inferred from that piece: give ``kinds``, such as a model's, where they must agree.

    Args:
        path: the file, as for :func:`~chainrule.data.read_table`.
        rows: of each piece, about.
        kinds: as for :func:`~chainrule.data.read_table`.
        missing: as for :func:`~chainrule.data.read_table`.
        drop: as for :func:`~chainrule.data.read_table`.
        layout: delimiter, comment, skip_lines and header, as for :func:`~chainrule.data.read_table`.

    Raises:
        DataError: the file is missing, empty or no table.
        MissingExtraError: polars is not installed.

    >>> from chainrule.data import example_table
    >>> [len(piece) for piece in scan_table(example_table("wine"))]
    [178]
    """
    file = open_table_file(Path(path), frozenset(missing), Layout(**layout), drop)
    chosen = chosen_columns(file, kinds)
    first = 1
    for cells in file.pieces(rows, chosen):
        read = Table.from_cells(cells, chosen, first_row=first, decimal_commas=file.decimal_commas)
        piece = replace(read, unread=file.unread)
        first += len(piece)
        yield piece
