"""Tables larger than memory: a file as pieces of a table, one after another."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import DataError
from .extra import import_extra
from .reading import PARQUET_MARK, first_bytes, polars_reason, read_header
from .table import Table

#: The kinds of columns are inferred from this many rows.
SAMPLE_ROWS = 10_000


def scan_table(path: str | os.PathLike[str], rows: int = 1 << 16) -> Iterator[Table]:
    """A CSV or Parquet file as tables of so many rows each, read one after another.

    Args:
        path: the file, as for :func:`~chainrule.data.read_table`.
        rows: of each piece, about.

    Raises:
        DataError: the file is missing, empty or no table.
        MissingExtraError: polars is not installed.

    >>> from chainrule.data import example_table
    >>> [len(piece) for piece in scan_table(example_table("wine"))]
    [178]
    """
    polars = import_extra("polars", "a table file")
    source = Path(path)
    try:
        for frame in _lazy(polars, source).collect_batches(chunk_size=rows):
            yield Table.from_frame(frame)
    except polars.exceptions.PolarsError as error:
        raise DataError(
            f"{source} cannot be read as a table: {polars_reason(error)}", expected="CSV or Parquet"
        ) from None


def _lazy(polars: Any, source: Path) -> Any:
    start = first_bytes(source)
    if start.startswith(PARQUET_MARK):
        return polars.scan_parquet(source)
    separator, written = read_header(polars, source, start)
    sample = polars.read_csv(source, separator=separator, n_rows=SAMPLE_ROWS, infer_schema_length=None)
    # Whole numbers among the first rows may be followed by others.
    numbers = {name: polars.Float64 for name, dtype in sample.schema.items() if dtype.is_numeric()}
    lazy = polars.scan_csv(
        source, separator=separator, schema_overrides=numbers, infer_schema_length=SAMPLE_ROWS
    )
    return lazy.rename({name: name.strip() for name in written})
