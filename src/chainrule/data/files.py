"""CSV and Parquet files, opened and read piece by piece."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import DataError
from .blocks import csv_blocks
from .extra import import_extra
from .frames import series_cells
from .inference import Cells
from .kinds import KindName
from .table import require_different

#: What may stand between fields: the header line has most of it, or an earlier one where two are as frequent.
SEPARATORS = (",", ";", "\t", "|")
PARQUET_MARK = b"PAR1"
WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
REASONS = {
    'could not parse `"': "a quoted field does not end",
    "CSV malformed": "a quotation mark stands inside a field",
}
TO_UTF8 = "iconv -f {} -t UTF-8 OLD.csv > NEW.csv, or save it as UTF-8 in the program that wrote it"


@dataclass(frozen=True, slots=True, eq=False)
class TableFile:
    """A file that holds a table.

    Args:
        path: where it is.
        names: the columns' names.
        missing: words that mean "no value".
        lazy: the frame that polars reads when it is asked to, the columns of CSV as words.
        separator: what stands between the fields of CSV; ``None`` for Parquet.
    """

    path: Path
    names: tuple[str, ...]
    missing: frozenset[str]
    lazy: Any
    separator: str | None = None

    def pieces(self, rows: int | None, kinds: Mapping[str, KindName]) -> Iterator[dict[str, Cells]]:
        """The cells by column of about so many rows, one piece after another; ``None``: all rows in one.

        Args:
            rows: of each piece, about.
            kinds: what columns are to be read as, where that is known.

        Raises:
            DataError: the file is damaged, or its columns hold lists.
        """
        polars = import_extra("polars", "a table file")
        narwhals = import_extra("narwhals", "a table file")
        try:
            for frame in self._frames(polars, rows):
                wrapped = narwhals.from_native(frame, eager_only=True)
                yield {
                    name: series_cells(
                        narwhals, name, wrapped.get_column(given), kinds.get(name), self.missing
                    )
                    for name, given in zip(self.names, wrapped.columns, strict=True)
                }
        except (polars.exceptions.PolarsError, polars.exceptions.PanicException) as error:
            raise self._fault(error) from None

    def _frames(self, polars: Any, rows: int | None) -> Iterator[Any]:
        if rows is None:
            yield self.lazy.collect()
            return
        if self.separator is None:
            yield from self.lazy.collect_batches(chunk_size=rows)
            return
        # polars would read ahead, as far as the whole file where it is faster than we are.
        words = dict.fromkeys(map(str, range(len(self.names))), polars.String)
        for number, block in enumerate(csv_blocks(self.path)):
            named = {"infer_schema": False} if number == 0 else {"has_header": False, "schema": words}
            if block.strip():
                yield from polars.read_csv(block, separator=self.separator, **named).iter_slices(rows)

    def _fault(self, error: BaseException) -> DataError:
        if not isinstance(error, Exception):  # a panic of polars, whose words are for its developers
            return DataError(f"{self.path} is damaged")
        said = str(error).strip().splitlines()[0]
        if "invalid utf-8" in said:
            return DataError(f"{self.path} is not UTF-8 text", instead=TO_UTF8.format("WINDOWS-1252"))
        if said.startswith("found more fields"):
            return _ragged(self.path, len(self.names))
        reason = next((words for start, words in REASONS.items() if said.startswith(start)), said)
        return DataError(f"{self.path} cannot be read as a table: {reason}", expected="CSV or Parquet")


def open_table_file(path: Path, missing: frozenset[str] = frozenset()) -> TableFile:
    """A CSV or Parquet file, of which the beginning has been looked at.

    Raises:
        DataError: it is missing, empty, no table, or its columns have no or equal names.
        MissingExtraError: polars is not installed.
    """
    polars = import_extra("polars", "a table file")
    start = first_bytes(path)
    try:
        if start.startswith(PARQUET_MARK):
            lazy = polars.scan_parquet(path)
            names = tuple(map(str, lazy.collect_schema().names()))
            require_different(names)
            return TableFile(path, names, missing, lazy)
        separator = _separator(path, start)
        names = _checked_names(path, _header(path, separator))
        lazy = polars.scan_csv(path, separator=separator, infer_schema=False)
    except (polars.exceptions.PolarsError, polars.exceptions.PanicException) as error:
        raise TableFile(path, (), missing, None)._fault(error) from None
    return TableFile(path, names, missing, lazy, separator)


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
    if not start.removeprefix(codecs.BOM_UTF8).strip():
        raise DataError(f"{source} is empty", expected="a line of column names and at least one row")
    return start


def _separator(path: Path, start: bytes) -> str:
    """What separates the fields, by the header line without what is quoted in it."""
    if start.startswith(WIDE_MARKS):
        raise DataError(f"{path} is UTF-16 text", expected="UTF-8", instead=TO_UTF8.format("UTF-16"))
    if b"\0" in start:
        raise DataError(f"{path} is a binary file", expected="CSV as UTF-8 text, or Parquet")
    first_line = start.lstrip().decode("utf-8", errors="replace")
    bare = re.sub(r'"(?:[^"]|"")*"', "", first_line).strip().splitlines()
    return max(SEPARATORS, key=bare[0].count) if bare else ","


def _header(path: Path, separator: str) -> list[str]:
    """The first line's fields; polars would rename those that are equal."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            return next(fields for fields in csv.reader(file, delimiter=separator) if fields)
        except UnicodeDecodeError:
            raise DataError(f"{path} is not UTF-8 text", instead=TO_UTF8.format("WINDOWS-1252")) from None
        except (csv.Error, StopIteration):
            raise DataError(f"{path} has no line of column names", expected="CSV or Parquet") from None


def _checked_names(path: Path, written: list[str]) -> tuple[str, ...]:
    names = [name.strip() for name in written]
    if "" in names:
        raise DataError(
            f"{path} has no name for column {names.index('') + 1}",
            expected="a name for every column",
            instead="frame.to_csv(path, index=False) where pandas wrote it",
        )
    require_different(names)
    return tuple(names)


def _ragged(path: Path, width: int) -> DataError:
    """Which row has more fields than there are names."""
    place = "a row has more fields than"
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        separator = _separator(path, first_bytes(path))
        lines = csv.reader(file, delimiter=separator)
        for number, fields in enumerate(lines):
            if len(fields) > width:
                place = f"data row {number} (line {lines.line_num}) has {len(fields)} fields, more than"
                break
    return DataError(
        f"{path} cannot be read as a table: {place} the {width} of the header line",
        expected="as many in every row",
        instead='a field that contains the separator in quotation marks: "1,5"',
    )
