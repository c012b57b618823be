"""The beginning of a CSV file: whether it is one, and the columns' names."""

from __future__ import annotations

import codecs
import csv
import re
from pathlib import Path

from ..errors import DataError
from .delimiters import UNIT
from .plain_csv import PlainCsv
from .table import require_different
from .text import composed

#: How text that is not UTF-8 begins, that of 32 bits first: it begins as that of 16 does.
WIDE_MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
TO_UTF8 = "iconv -f {} -t UTF-8 OLD.csv > NEW.csv, or save it as UTF-8 in the program that wrote it"
LINE_ENDS = "line feeds, with or without one before them"
TO_LINE_FEEDS = "tr '\\r' '\\n' < OLD.csv > NEW.csv"
#: How files of other kinds begin, what they are, and what makes a table of them.
OTHER_FILES = {
    rb"PK\x03\x04": ("a spreadsheet or another archive", "save the sheet as CSV in UTF-8"),
    rb"\xd0\xcf\x11\xe0": ("an old spreadsheet", "save the sheet as CSV in UTF-8"),
    rb"\x1f\x8b": ("compressed", "gunzip FILE"),
    rb"\x28\xb5\x2f\xfd": ("compressed", "unzstd FILE"),
    rb"BZh\d": ("compressed", "bunzip2 FILE"),
    rb"\xfd7zXZ": ("compressed", "unxz FILE"),
    rb"ARROW1": ("an Arrow (Feather) file", "polars.read_ipc(path).write_parquet(...)"),
    rb"SQLite format 3": ("a database", "Table.from_frame of polars.read_database_uri(query, ...)"),
    rb"%PDF-": ("a PDF document", "copy the table into a spreadsheet, and save it as CSV in UTF-8"),
    rb"(?i)\s*<(!doctype html|html|table)\b": ("a web page", "save the table that it shows as CSV"),
    rb"\s*\{\s*\"": ("JSON", "polars.read_ndjson(path).write_csv(...), or Table.from_frame of that frame"),
    rb"\s*\[\s*[\[{]": ("JSON", "polars.read_json(path).write_csv(...), or Table.from_frame of that frame"),
}
#: A header line that is shown in an error is cut to so many characters.
SHOWN = 60


def readable_text(path: Path, start: bytes) -> str:
    """The first lines of a CSV file, as text.

    Args:
        path: the file, for errors.
        start: its first bytes.

    Raises:
        DataError: they are not those of a CSV file as UTF-8 text.
    """
    wide = next((name for mark, name in WIDE_MARKS.items() if start.startswith(mark)), _unmarked(start))
    if wide:
        raise DataError(f"{path} is {wide} text", expected="UTF-8", instead=TO_UTF8.format(wide))
    for mark, (kind, instead) in OTHER_FILES.items():
        if re.match(mark, start):
            raise DataError(f"{path} is {kind}", expected="CSV as UTF-8 text, or Parquet", instead=instead)
    if b"\0" in start:
        raise DataError(f"{path} is a binary file", expected="CSV as UTF-8 text, or Parquet")
    if b"\r" in start and b"\n" not in start:
        raise DataError(
            f"{path} has lines that end with a carriage return alone",
            expected=LINE_ENDS,
            instead=TO_LINE_FEEDS,
        )
    return _decoded(start)


def _unmarked(start: bytes) -> str | None:
    """The encoding of text without a mark in which each other byte is nothing, as UTF-16's mostly is."""
    for name, high in (("UTF-16LE", start[1::2]), ("UTF-16BE", start[::2])):
        if len(start) > 3 and high.count(0) > 0.9 * len(high) and start.count(0) < 0.6 * len(start):
            return name
    return None


def read_names(text: PlainCsv) -> tuple[str, ...]:
    """The columns' names: the first line's fields; polars would rename those that are equal.

    The second, where it has none, as that of an index that pandas wrote, is "column 2".

    Raises:
        DataError: the file has no such line, or most of its names are none, or some are equal.
    """
    path = text.path
    with text.file.open(encoding="utf-8-sig", newline="") as file:
        try:
            written = next(fields for fields in csv.reader(file, delimiter=text.separator) if fields)
        except UnicodeDecodeError:
            raise DataError(f"{path} is not UTF-8 text", instead=TO_UTF8.format("WINDOWS-1252")) from None
        except (csv.Error, StopIteration):
            raise DataError(f"{path} has no line of column names", expected="CSV or Parquet") from None
    given = [composed(name.strip()) for name in written]
    names = tuple(name or f"column {k}" for k, name in enumerate(given, 1))
    if 2 * given.count("") > len(given):
        first = given.index("")
        raise DataError(
            f"{path} has no name for column {first + 1} in its first line, {shown_line(text)}",
            expected="a name for every column",
            instead="a first line of names, none of them empty; of lines above it, tell the number: "
            "skip_lines=2 (--skip-lines 2)",
        )
    require_different(names)
    return names


def shown_line(text: PlainCsv) -> str:
    """The first line of a file, for errors."""
    with text.file.open("rb") as opened:
        start = _decoded(opened.read(1 << 16))
    line = next(iter(start.strip().splitlines()), "").replace(UNIT, text.delimiter)
    return repr(line if len(line) <= SHOWN else line[: SHOWN - 1] + "…")


def _decoded(start: bytes) -> str:
    return start.removeprefix(codecs.BOM_UTF8).decode("utf-8", errors="replace")
