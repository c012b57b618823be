"""How a CSV file is laid out: what separates its fields, and which of its lines are no rows."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Self

from ..errors import ArgumentError
from .delimiters import SEPARATORS, SPACES, UNIT, as_delimiter, in_units, unusual_delimiter
from .numbers import NUMBER_FORMATS, parse_number

COMMENT = "#"
#: So many lines from the first name on are looked at.
SAMPLE = 50
#: Above the names there are no more lines than so many.
MOST_ABOVE = 20

Lines = Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is laid out; what is ``None`` is found by its first lines.

    Args:
        delimiter: what stands between fields, a character or several, or ``"tab"``; ``" "`` or ``"space"``
            for any number of spaces.
        comment: what lines begin with that are no rows, such as ``"#"``; "": there are no such lines.
        skip_lines: the lines above the columns' names.
        header: whether there is a line of names.
        named: the number, from 1, of the line of names where that begins like a comment, else 0.
        row_names: whether each row begins with a name that is in a column without one, as R writes them.
        closed: whether each row, but not that of names, ends with a delimiter.

    Raises:
        ArgumentError: a delimiter or a comment that is none.

    >>> Layout(delimiter="tab").delimiter
    '\\t'
    """

    delimiter: str | None = None
    comment: str | None = None
    skip_lines: int | None = None
    header: bool = True
    named: int = 0
    row_names: bool = False
    closed: bool = False

    def __post_init__(self) -> None:
        if self.delimiter is not None:
            object.__setattr__(self, "delimiter", as_delimiter(self.delimiter))
        if self.comment is not None and (self.comment != self.comment.strip() or '"' in self.comment):
            raise ArgumentError(f"comment {self.comment!r}", expected="what a line begins with, such as #")

    @property
    def plain(self) -> bool:
        """Whether readers of CSV understand such a file as it is."""
        without = self.skip_lines or self.comment or self.named
        other = self.row_names or self.closed or self.delimiter == SPACES or len(self.delimiter or "") > 1
        return self.header and not without and not other

    def found_in(self, text: str) -> Self:
        """The layout of a file, what is not given found by its first lines.

        >>> found = Layout().found_in("# made in May\\nSales\\n\\nregion;n\\nNorth;5\\nSouth;7")
        >>> found.delimiter, found.comment, found.skip_lines
        (';', '#', 3)
        """
        numbered = enumerate(text.replace("\r", "").split("\n"), 1)
        lines = [(n, line) for n, line in numbered if n > (self.skip_lines or 0) and line.strip()]
        comment = self.comment
        if comment is None:
            comment = COMMENT if lines and lines[0][1].lstrip().startswith(COMMENT) else ""
        rows = _records((n, line) for n, line in lines if not (comment and line.lstrip().startswith(comment)))
        if not rows and self.comment is None:
            rows, comment = _records(lines), ""  # all begin so, as colours do
        remarks = [(n, line.lstrip().lstrip(comment).strip()) for n, line in lines if rows and n < rows[0][0]]
        if not self.header or not remarks or not _are_names(remarks[-1], rows[: SAMPLE - 1], self.delimiter):
            return self._of(rows[:SAMPLE], replace(self, comment=comment))
        if self.comment is None and len(remarks) == 1:
            comment = ""  # where no other line above them begins so, rows may, such as colours
        known = replace(self, comment=comment, named=remarks[-1][0])
        return self._of([remarks[-1], *rows[: SAMPLE - 1]], known)

    def _of(self, lines: Lines, known: Self) -> Self:
        """The delimiter, and the lines above the names, by the lines that are no comments."""
        if not lines:
            return replace(known, delimiter=self.delimiter or ",", skip_lines=self.skip_lines or 0)
        if self.skip_lines is None and self.header and not known.named:
            for delimiter in (self.delimiter,) if self.delimiter else SEPARATORS:
                above = _lines_above(lines, delimiter)
                if above:
                    return replace(known, delimiter=delimiter, skip_lines=lines[above][0] - 1)
        delimiter = self.delimiter or _delimiter(lines)
        fields = [fields_of(line, delimiter) for _, line in lines]
        found = replace(known, delimiter=delimiter, skip_lines=self.skip_lines or 0)
        if not self.header:
            return found
        return replace(found, row_names=_are_named(fields), closed=_are_closed(fields))


def _records(lines: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
    """The lines, those in one that a field in quotation marks holds together, with the number of the first.

    >>> _records([(1, '"two'), (2, 'lines"'), (3, "one")])
    [(1, '"two\\nlines"'), (3, 'one')]
    """
    records: list[tuple[int, str]] = []
    quoted = False
    for number, line in lines:
        if quoted:
            first, begun = records.pop()
            records.append((first, f"{begun}\n{line}"))
        else:
            records.append((number, line))
        quoted ^= bool(line.count('"') % 2)
    return records


def fields_of(line: str, delimiter: str) -> list[str]:
    """The fields of one line; itself where its quotation marks are at fault.

    >>> fields_of('North  "New York" 5', " ")
    ['North', 'New York', '5']
    """
    if delimiter == SPACES and '"' not in line:
        return line.split()
    spaced = delimiter == SPACES
    if len(delimiter) > 1:
        line, delimiter = next(in_units([line], delimiter)), UNIT
    try:
        lines = csv.reader([line.strip() if spaced else line], delimiter=delimiter, skipinitialspace=spaced)
        return next(lines, [])
    except csv.Error:  # others say what is wrong, and where
        return [line]


def _delimiter(lines: Lines) -> str:
    """What the first line has most of; where it has nothing else, what all lines have as many of."""
    bare = "".join(lines[0][1].split('"')[::2])  # what is quoted separates nothing
    found = max(SEPARATORS, key=bare.count)
    unusual = unusual_delimiter([line for _, line in lines], found)
    if bare.count(found):
        return unusual or found
    if unusual and _is_header([fields_of(line, unusual) for _, line in lines]):
        return unusual
    rows = [fields_of(line, SPACES) for _, line in lines]
    alike = len({len(row) for row in rows}) == 1 and len(rows[0]) > 1
    return SPACES if (alike and _has_numbers(rows[1:])) or _are_named(rows) else found


def _are_named(rows: Sequence[Sequence[str]]) -> bool:
    """Whether each row but the first begins with a name of its own, above which none stands."""
    width = len(rows[0]) + 1
    below = rows[1:]
    alike = bool(below) and all(len(row) == width and row[-1].strip() for row in below)
    return alike and len({row[0] for row in below}) == len(below) and _is_header(rows)


def _are_closed(rows: Sequence[Sequence[str]]) -> bool:
    """Whether each row but the first has one more field than that, with nothing in it."""
    width = len(rows[0]) + 1
    below = rows[1:]
    one_line = not any("\n" in name for name in rows[0])
    return bool(below) and one_line and all(len(row) == width and not row[-1].strip() for row in below)


def _are_names(remark: tuple[int, str], rows: Lines, delimiter: str | None) -> bool:
    """Whether a comment above the rows has their columns' names, and the first row has not."""
    sample = [remark, *rows]
    between = delimiter or _delimiter(sample)
    names, *below = (fields_of(line, between) for _, line in sample)
    return 1 < len(names) == len(below[0]) and all(names) and not _is_header(below)


def _lines_above(lines: Lines, delimiter: str) -> int:
    """How many of the lines, such as a title, stand above that of the columns' names.

    They fill half of the fields at most; those below have names above numbers, all of one width.
    """
    rows = [fields_of(line, delimiter) for _, line in lines]
    width = len(rows[-1])
    filled = [sum(bool(field.strip()) for field in row) for row in rows]
    above = next((k for k, count in enumerate(filled) if 2 * count > width), 0)
    below = rows[above:]
    alike = width > 1 and all(len(row) == width for row in below)
    return above if 0 < above <= MOST_ABOVE and alike and _is_header(below) else 0


def _is_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first of the rows has names, and the others a number in some column."""
    names = [name.strip() for name in rows[0]]
    unlike = all(names) and len(set(names)) == len(names) and not any(map(_is_number, names))
    return unlike and _has_numbers(rows[1:])


def _has_numbers(rows: Sequence[Sequence[str]]) -> bool:
    """Whether some column holds numbers alone."""
    return bool(rows) and any(all(map(_is_number, column)) for column in zip(*rows, strict=False))


def _is_number(word: str) -> bool:
    values = (each.parse(word.strip()) for each in NUMBER_FORMATS.values())
    return parse_number(word.strip()) is not None or any(value is not None for value in values)
