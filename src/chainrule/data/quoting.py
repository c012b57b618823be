"""Quotation marks in CSV: those that stand where none may, found and named."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from ..errors import DataError
from .plain_csv import PlainCsv

#: Bytes that are looked at together.
BLOCK = 1 << 23
#: A field that is shown in an error is cut to so many characters.
SHOWN = 40


def require_sound_quotes(text: PlainCsv) -> None:
    """Refuse a file in which a field in quotation marks has another mark inside that is not doubled.

    Readers of CSV make different things of it, such as one field of two rows.

    Raises:
        DataError: names the line.
    """
    if _has_single_mark(text):
        fault = quote_fault(text)
        if fault is not None:
            raise fault


def quote_fault(text: PlainCsv) -> DataError | None:
    """What is wrong with a file's quotation marks, and in which line; ``None`` where that is not known."""
    path, row, line, inside = text.path, 0, 1, None
    with text.file.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        lines = csv.reader(file, delimiter=text.separator, strict=True)
        try:
            for fields in lines:
                marked = [each for each in fields if '"' in each]
                if marked and inside is None:
                    inside = f"{marked[0][:SHOWN]} in data row {row} (line {text.line(line)})"
                row, line = row + bool(fields), lines.line_num + 1
        except csv.Error as error:
            if "end of data" in str(error):
                return _error(
                    path, f"the field in quotation marks that begins in line {text.line(line)} does not end"
                )
            if "expected after" in str(error):
                said = "a quotation mark stands inside a field in quotation marks"
                return _error(path, f"{said}, in data row {row} (line {text.line(lines.line_num)})")
            return None
    return None if inside is None else _error(path, f"a quotation mark stands inside a field: {inside}")


def _error(path: Path, said: str) -> DataError:
    return DataError(
        f"{path} cannot be read as a table: {said}",
        expected='quotation marks around the whole field, and two for one in it: "say ""hello"""',
    )


def _has_single_mark(text: PlainCsv) -> bool:
    """Whether a quotation mark has neither another nor a field's end beside it."""
    symbols = np.memmap(text.file, dtype=np.uint8, mode="r")
    inner = np.ones(256, dtype=bool)  # by symbol, whether a field goes on beside it
    inner[list(f'"\r\n{text.separator}'.encode())] = False
    for start in range(0, len(symbols), BLOCK):
        marks = start + np.flatnonzero(symbols[start : start + BLOCK] == ord('"'))
        marks = marks[(marks > 0) & (marks < len(symbols) - 1)]
        if (inner[symbols[marks - 1]] & inner[symbols[marks + 1]]).any():
            return True
    return False
