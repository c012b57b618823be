"""A CSV file as every reader of CSV understands it: itself, or a copy of its rows alone."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from weakref import finalize

from ..errors import DataError
from .delimiters import SEPARATORS, SPACES, UNIT, in_units
from .layout import COMMENT, Layout, fields_of
from .wording import counted

#: What is between the fields of a copy that were between spaces.
COMMA = ","
#: The name of a column of rows' names.
ROW = "row"


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class PlainCsv:
    """Rows of fields with one character between them, below one line of names.

    Args:
        path: of the file as people know it.
        file: what to read; a copy lies there as long as this object lives.
        separator: what stands between fields.
        notes: what was left out of a copy.
        left_out: the numbers of the lines that were left out of it, from 1, ascending.
        added: how many lines of it the file has not.
        delimiter: what stands between fields in the file as people know it, where that is several characters.
    """

    path: Path
    file: Path
    separator: str
    notes: tuple[str, ...] = ()
    left_out: list[int] = field(default_factory=list)
    added: int = 0
    delimiter: str = UNIT

    def line(self, number: int) -> int:
        """The number in the file of the line that has this number in what is read."""
        number = max(number - self.added, 1)
        for gone in self.left_out:
            if gone > number:
                break
            number += 1
        return number


def plain_csv(path: Path, layout: Layout) -> PlainCsv:
    """A file of a layout that is known, copied to the disk where it needs to be.

    Raises:
        DataError: between spaces, a row has other than as many fields as there are names.
    """
    if layout.plain:
        return PlainCsv(path, path, layout.delimiter or COMMA, tuple(_notes(path, layout, [])))
    folder = Path(mkdtemp(prefix="chainrule-"))
    try:
        text = _copy(path, layout, folder / "plain.csv")
    except BaseException:
        rmtree(folder, ignore_errors=True)
        raise
    finalize(text, rmtree, folder, ignore_errors=True)
    return text


def _copy(path: Path, layout: Layout, copy: Path) -> PlainCsv:
    left_out, spaced, delimiter = list[int](), layout.delimiter == SPACES, layout.delimiter or COMMA
    separator = COMMA if spaced else delimiter if len(delimiter) == 1 else UNIT
    numbered = _rows(path, layout, left_out)
    if layout.row_names:
        numbered = _with_names(numbered, lambda names: f"{ROW}{delimiter}".encode() + names)
    if layout.closed:
        numbered = _with_names(numbered, lambda names: names.rstrip(b"\r\n") + f"{delimiter}\n".encode())
    lines = _between_commas(path, numbered) if spaced else (line for _, line in numbered)
    if separator == UNIT:
        words = (line.decode("utf-8", "surrogateescape") for line in lines)
        lines = (line.encode("utf-8", "surrogateescape") for line in in_units(words, delimiter))
    with copy.open("wb") as file:
        file.writelines(lines if layout.header else _below_names(lines, separator))
    notes = tuple(_notes(path, layout, left_out))
    return PlainCsv(path, copy, separator, notes, left_out, int(not layout.header), delimiter)


def _rows(path: Path, layout: Layout, left_out: list[int]) -> Iterator[tuple[int, bytes]]:
    """The numbered lines that are rows, or that of names; the numbers of the others are added to a list."""
    comment, above = (layout.comment or "").encode(), layout.skip_lines or 0
    quoted = False  # whether the line begins within quotation marks
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if number == 1:
                line = line.removeprefix(codecs.BOM_UTF8)
            if number == layout.named:
                line = line.lstrip().lstrip(comment or COMMENT.encode()).lstrip()
            elif number <= above or (comment and not quoted and line.lstrip().startswith(comment)):
                left_out.append(number)
                continue
            quoted ^= bool(line.count(b'"') % 2)
            yield number, line


def _with_names(
    lines: Iterator[tuple[int, bytes]], change: Callable[[bytes], bytes]
) -> Iterator[tuple[int, bytes]]:
    """The lines, that of names changed."""
    begun = False
    for number, line in lines:
        first = not begun and bool(line.strip())
        yield number, change(line) if first else line
        begun |= first


def _below_names(lines: Iterator[bytes], separator: str) -> Iterator[bytes]:
    """The lines below one of names, x1, x2, …, as many as the first line has fields."""
    first = next(lines, b"")
    fields = fields_of(first.decode("utf-8", "replace"), separator)
    yield separator.join(f"x{k + 1}" for k in range(len(fields))).encode() + b"\n"
    yield first
    yield from lines


def _between_commas(path: Path, lines: Iterator[tuple[int, bytes]]) -> Iterator[bytes]:
    """The lines with commas for spaces."""
    row, width = -1, None
    for number, line in lines:
        fields = fields_of(line.decode("utf-8", "surrogateescape"), SPACES)
        row += bool(fields) or width is not None
        width = width or len(fields) or None
        if fields and len(fields) != width:
            raise DataError(
                f"{path} cannot be read as a table: data row {row} (line {number}) has "
                f"{counted(len(fields), 'field')} between spaces, and the first line {width}",
                expected="as many in every row",
                instead='a field that contains spaces in quotation marks, "New York", and NA for one that is '
                "empty",
            )
        written = io.StringIO()
        csv.writer(written, lineterminator="\n").writerow(fields)
        yield written.getvalue().encode("utf-8", "surrogateescape")


def _notes(path: Path, layout: Layout, left_out: list[int]) -> Iterator[str]:
    above = [number for number in left_out if number <= (layout.skip_lines or 0)]
    if above:
        first = next(_lines(path)).strip()
        yield f"{counted(len(above), 'line')} above the columns' names left out, the first is {first!r}"
    if len(left_out) > len(above):
        said = counted(len(left_out) - len(above), "line that begins", "lines that begin")
        yield f"{said} with {layout.comment!r} left out, the first is line {left_out[len(above)]}"
    if layout.named:
        yield f"the columns' names are those of line {layout.named}, which begins with a comment's mark"
    if layout.row_names:
        yield f"each row begins with a field that has no name above it; it is named {ROW!r}"
    if layout.closed:
        yield "each row ends with a separator that the line of names has not"
    if not layout.header:
        yield "the columns are named x1, x2, …, as the file has no names"
    if layout.delimiter not in (None, *SEPARATORS):
        spaces = layout.delimiter == SPACES
        yield "spaces separate the fields" if spaces else f"{layout.delimiter!r} separates the fields"


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        yield from file
