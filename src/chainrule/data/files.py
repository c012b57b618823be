"""CSV and Parquet files, opened and read piece by piece."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..errors import DataError
from .blocks import block_size, csv_blocks
from .decimals import has_decimal_commas
from .extra import import_extra
from .frames import frame_cells
from .header import LINE_ENDS, TO_LINE_FEEDS, TO_UTF8, read_names, readable_text, shown_line
from .inference import Cells
from .kinds import KindName
from .layout import Layout
from .plain_csv import PlainCsv, plain_csv
from .polars_words import word_cells
from .quoting import quote_fault, require_sound_quotes
from .table import require_different, require_names
from .text import composed
from .wording import counted, listing

PARQUET_MARK = b"PAR1"
#: Bytes of a file that are looked at before it is read.
BEGINNING = 1 << 16
#: An address, one of whose slashes a path does not keep.
ADDRESS = re.compile(r"[a-z][a-z0-9+.]+:/", re.I)
#: The layout of a file that is to be found in these.
FOUND = Layout()
#: How polars begins what it says of a quotation mark.
QUOTE_FAULTS = ('could not parse `"', "CSV malformed")


@dataclass(frozen=True, slots=True, eq=False)
class TableFile:
    """A file that holds a table.

    Args:
        path: where it is.
        names: of the columns that are read.
        missing: words that mean "no value".
        lazy: the frame that polars reads when it is asked to, the columns of CSV as words; the others too.
        csv: the text of it; ``None`` for Parquet.
        notes: how the file is read, where a reader may think otherwise.
        places: where the columns that are read stand among all.
        unread: columns that hold no single values, and what they hold.
        decimal_commas: whether some of the first rows have numbers such as 1,5.
    """

    path: Path
    names: tuple[str, ...]
    missing: frozenset[str]
    lazy: Any
    csv: PlainCsv | None = None
    notes: tuple[str, ...] = ()
    places: tuple[int, ...] = ()
    unread: Mapping[str, str] = field(default_factory=dict)
    decimal_commas: bool = False

    def pieces(self, rows: int | None, kinds: Mapping[str, KindName]) -> Iterator[dict[str, Cells]]:
        """The cells by column of about so many rows, one piece after another; ``None``: all rows in one.

        Args:
            rows: of each piece, about.
            kinds: what columns are to be read as, where that is known.

        Raises:
            DataError: the file is damaged.
        """
        polars = import_extra("polars", "a table file")
        if self.csv is not None:
            require_sound_quotes(self.csv)
        try:
            for frame in self._frames(polars, rows):
                yield self._cells(frame, kinds, whole=rows is None)
        except (polars.exceptions.PolarsError, polars.exceptions.PanicException) as error:
            raise self._fault(error) from None

    def _cells(self, frame: Any, kinds: Mapping[str, KindName], whole: bool) -> dict[str, Cells]:
        if self.csv is not None:  # all words; without narwhals, which takes a tenth of a second to load
            thousands = self.decimal_commas or not whole
            return dict(word_cells(frame, self.names, kinds, self.missing, thousands))
        narwhals = import_extra("narwhals", "a table file")
        return frame_cells(narwhals.from_native(frame, eager_only=True), self.names, kinds, self.missing)

    def _frames(self, polars: Any, rows: int | None) -> Iterator[Any]:
        read = self.lazy.select(polars.nth(self.places))
        if rows is None:
            yield read.collect()
            return
        if self.csv is None:
            yield from read.collect_batches(chunk_size=rows)
            return
        # polars would read ahead, as far as the whole file where it is faster than we are.
        separator = self.csv.separator
        width = len(self.lazy.collect_schema())
        names = separator.join(map(str, range(width))).encode() + b"\n"
        places = list(self.places)
        begun = False
        for block in csv_blocks(self.csv.file, block_size(width)):
            if begun or block.strip():  # no blank line above the names is a row, and every one below them
                whole = names + block if begun else block
                frame = polars.read_csv(whole, separator=separator, infer_schema=False, columns=places)
                yield from frame.iter_slices(rows)
                begun = True

    def _fault(self, error: BaseException) -> DataError:
        if not isinstance(error, Exception):  # a panic of polars, whose words are for its developers
            return DataError(f"{self.path} is damaged")
        said = str(error).strip().splitlines()[0]
        if "invalid utf-8" in said:
            return DataError(f"{self.path} is not UTF-8 text", instead=TO_UTF8.format("WINDOWS-1252"))
        if self.csv is not None and said.startswith("found more fields"):
            return _ragged(self.csv, len(self.lazy.collect_schema()))
        fault = quote_fault(self.csv) if self.csv and said.startswith(QUOTE_FAULTS) else None
        return fault or DataError(f"{self.path} cannot be read as a table: {said}", expected="CSV or Parquet")


def open_table_file(
    path: Path,
    missing: frozenset[str] = frozenset(),
    layout: Layout = FOUND,
    drop: Collection[str] = (),
) -> TableFile:
    """A CSV or Parquet file, of which the beginning has been looked at.

    Args:
        path: the file.
        missing: words that mean "no value".
        layout: of CSV.
        drop: columns that are not read.

    Raises:
        DataError: it is missing, empty, no table, or its columns have no or equal names.
        MissingExtraError: polars is not installed.
    """
    polars = import_extra("polars", "a table file")
    start = first_bytes(path)
    text = None
    try:
        if start.startswith(PARQUET_MARK):
            lazy = polars.scan_parquet(path)
            names = tuple(map(str, lazy.collect_schema().names()))
            require_different(names)
            return _columns_kept(TableFile(path, names, missing, lazy), drop)
        text = open_csv(path, layout, start)
        names = read_names(text)
        lazy = polars.scan_csv(text.file, separator=text.separator, infer_schema=False)
        if len(lazy.collect_schema()) != len(names):
            raise DataError(
                f"{path} has a first line of which it is not clear where it ends, {shown_line(text)}",
                expected="names in quotation marks where they hold a line's end or a quotation mark",
            )
    except (polars.exceptions.PolarsError, polars.exceptions.PanicException) as error:
        raise TableFile(path, (), missing, None, text)._fault(error) from None
    notes = (*text.notes, *_doubts(lazy, names))
    file = TableFile(path, names, missing, lazy, text, notes, decimal_commas=has_decimal_commas(text))
    return _columns_kept(file, drop)


def _columns_kept(file: TableFile, drop: Collection[str]) -> TableFile:
    """The file without columns that are not to be read, and without those that hold no single values."""
    require_names(file.names, tuple(drop))
    gone = set(map(composed, drop))
    types = zip(file.names, file.lazy.collect_schema().dtypes(), strict=True)
    unread = {
        name: f"a {dtype.base_type().__name__} in each row"
        for name, dtype in types
        if dtype.is_nested() and composed(name) not in gone
    }
    places = [k for k, name in enumerate(file.names) if name not in unread and composed(name) not in gone]
    if not places:
        raise DataError(
            f"of the {counted(len(file.names), 'column')} of {file.path} none is left to read",
            expected="one or more",
        )
    names = tuple(file.names[k] for k in places)
    return replace(file, names=names, places=tuple(places), unread=unread)


def _doubts(lazy: Any, names: tuple[str, ...]) -> Iterator[str]:
    """What a reader of the first line may have thought otherwise."""
    if len(names) == 1:
        yield (
            "one column: nothing that separates fields is found in the first line; where something does, "
            "delimiter='space' (--delimiter space), for one"
        )
    written = map(str.strip, lazy.collect_schema().names())  # equal ones are renamed, empty ones too
    both = enumerate(zip(names, written, strict=True), 1)
    unnamed = [name for k, (name, given) in both if name == f"column {k}" != given]
    if unnamed:
        yield f"{counted(len(unnamed), 'column')} without a name: {listing(unnamed)}"


def open_csv(path: Path, layout: Layout, start: bytes) -> PlainCsv:
    """A CSV file of which these are the first bytes, in the layout that is asked for or found in them."""
    lines = readable_text(path, start)
    whole = lines if len(start) < BEGINNING else lines.rpartition("\n")[0]
    return plain_csv(path, layout.found_in(whole or lines))


def cell_text(path: Path, column: str, row: int, layout: Layout = FOUND) -> str | None:
    """A cell of a CSV file as it is written there; ``None`` where it is empty, or the file is Parquet.

    Args:
        path: the file.
        column: its name.
        row: its number, from 1.
        layout: of the file.

    Raises:
        DataError: as for :func:`open_table_file`.
    """
    file = open_table_file(path, layout=layout)
    if file.csv is None:
        return None
    cells = file.lazy.slice(row - 1, 1).collect().to_series(file.places[file.names.index(column)]).to_list()
    return cells[0].strip() if cells and cells[0] else None


def first_bytes(source: Path, count: int = BEGINNING) -> bytes:
    """The beginning of a file, which holds more than spaces.

    Raises:
        DataError: it does not, or there is no such file.
    """
    if source.is_fifo() or source == Path("-"):
        raise DataError(
            f"{source} is a stream",
            expected="a file, as a table is read more than once",
            instead="... > table.csv, and then table.csv",
        )
    if ADDRESS.match(str(source)):
        raise DataError(
            f"{source} is an address",
            expected="a file on this machine",
            instead="download it: curl -LO ADDRESS",
        )
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


def _ragged(text: PlainCsv, width: int) -> DataError:
    """That a row has more fields than there are names, or a line's end that some readers take for two."""
    place = _longer_row(text, width)
    if place is None and (returned := _lone_return(text.path)):
        return DataError(
            f"{text.path} cannot be read as a table: a carriage return alone is in line {returned}",
            expected=LINE_ENDS,
            instead=TO_LINE_FEEDS,
        )
    more = f"{place or 'a row has more fields'} than the {width} of the first line"
    return DataError(
        f"{text.path} cannot be read as a table: {more}, {shown_line(text)}",
        expected="as many in every row",
        instead='a field that contains the separator in quotation marks, "1,5"; of lines above the names, '
        "such as a title, tell the number: skip_lines=2 (--skip-lines 2)",
    )


def _longer_row(text: PlainCsv, width: int) -> str | None:
    """The first row that has more fields than that, in words."""
    with text.file.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        lines = csv.reader(file, delimiter=text.separator)
        with suppress(csv.Error):  # a field longer than the reader takes
            for number, fields in enumerate(lines):
                if len(fields) > width:
                    line = text.line(lines.line_num)
                    return f"data row {number} (line {line}) has {counted(len(fields), 'field')}, more"
    return None


def _lone_return(path: Path) -> int | None:
    """The first line within which there is a carriage return, which some readers take for a line's end."""
    with path.open("rb") as file:
        return next((number for number, line in enumerate(file, 1) if b"\r" in line.rstrip(b"\r\n")), None)
