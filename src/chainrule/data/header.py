"""The first line of a CSV file: what separates its fields, and the columns' names."""

from __future__ import annotations

import codecs
import csv
import re
from pathlib import Path

from ..errors import DataError
from .table import require_different
from .text import composed

#: What may stand between fields: the header line has most of it, or an earlier one where two are as frequent.
SEPARATORS = (",", ";", "\t", "|")
WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
TO_UTF8 = "iconv -f {} -t UTF-8 OLD.csv > NEW.csv, or save it as UTF-8 in the program that wrote it"
#: A header line that is shown in an error is cut to so many characters.
SHOWN = 60


def find_separator(path: Path, start: bytes) -> str:
    """What separates the fields, by the header line without what is quoted in it.

    Args:
        path: the file, for errors.
        start: its first bytes.

    Raises:
        DataError: they are not those of a CSV file as UTF-8 text.
    """
    if start.startswith(WIDE_MARKS):
        raise DataError(f"{path} is UTF-16 text", expected="UTF-8", instead=TO_UTF8.format("UTF-16"))
    if b"\0" in start:
        raise DataError(f"{path} is a binary file", expected="CSV as UTF-8 text, or Parquet")
    if b"\r" in start and b"\n" not in start:
        raise DataError(
            f"{path} has lines that end with a carriage return alone",
            expected="line feeds, with or without one before them",
            instead="tr '\\r' '\\n' < OLD.csv > NEW.csv",
        )
    bare = re.sub(r'"(?:[^"]|"")*"', "", _decoded(start).lstrip()).strip().splitlines()
    return max(SEPARATORS, key=bare[0].count) if bare else ","


def read_names(path: Path, separator: str, start: bytes) -> tuple[str, ...]:
    """The columns' names: the first line's fields; polars would rename those that are equal.

    Args:
        path: the file.
        separator: what stands between fields.
        start: its first bytes, for errors.

    Raises:
        DataError: it has no such line, or its names are none or equal.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            written = next(fields for fields in csv.reader(file, delimiter=separator) if fields)
        except UnicodeDecodeError:
            raise DataError(f"{path} is not UTF-8 text", instead=TO_UTF8.format("WINDOWS-1252")) from None
        except (csv.Error, StopIteration):
            raise DataError(f"{path} has no line of column names", expected="CSV or Parquet") from None
    names = tuple(composed(name.strip()) for name in written)
    if "" in names:
        first = names.index("")
        raise DataError(
            f"{path} has no name for column {first + 1} in its first line, {shown_line(start)}",
            expected="a name for every column",
            instead="frame.to_csv(path, index=False) where pandas wrote it"
            if first == 0
            else "a first line of names alone, none of them empty, and nothing above it",
        )
    require_different(names)
    return names


def shown_line(start: bytes) -> str:
    """The first line of a file's first bytes, for errors.

    >>> shown_line(b"a,b\\n1,2\\n")
    "'a,b'"
    """
    line = next(iter(_decoded(start).strip().splitlines()), "")
    return repr(line if len(line) <= SHOWN else line[: SHOWN - 1] + "…")


def _decoded(start: bytes) -> str:
    return start.removeprefix(codecs.BOM_UTF8).decode("utf-8", errors="replace")
