"""What is in a table, what will be done with each column, and what a reader should know first."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .column import Column
from .dates import show_date
from .encoding import Choices
from .encodings import ENCODINGS
from .inference import FEW
from .passes import Passes, parts
from .summary import ColumnSummary, summarise
from .table import Table
from .text import to_text
from .wording import count_rows, cut

#: Fewer rows say nothing about whether a column identifies them.
ENOUGH = 10
#: Why no model can learn from a column, whatever its type.
EMPTY, CONSTANT = "no value in any row", "the same value in every row"
IDENTIFIER_NAME = re.compile(
    r"(?:^|[\W_])(?:id|uid|uuid|guid|key|idx|index|row|rowid|rownum)$|[a-z]I[dD]$|^column \d+$", re.I
)
#: Numbers that often stand for no value.
NINES = re.compile(r"-?9{2,}")
UUID = re.compile(r"\{?[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\}?", re.I)
#: How many times the quartiles' distance a value must be from the median to be worth a warning.
FAR = 1000.0
EXAMPLES = 3
#: Whole numbers below this are written to the last digit.
LONG = 1e15
#: Rows from the first value on in which others are looked for.
NEAR = 1000


@dataclass(frozen=True, slots=True, eq=False)
class ColumnProfile:
    """A column, and what will be done with it as an input.

    Args:
        name: its name.
        type: its type, as ``kinds`` takes it.
        summary: its values in a few numbers.
        examples: a few of its values.
        range: the least and the greatest number or date; "" for words.
        left_out: why it is no input, unless its type is asked for; "" where it is one.
        use: what becomes of it as an input.
        notes: warnings.
    """

    name: str
    type: str
    summary: ColumnSummary
    examples: tuple[str, ...]
    range: tuple[str, str] | None
    left_out: str
    use: str
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The profile as what JSON can hold."""
        return {
            "name": self.name,
            "type": self.type,
            "missing": self.summary.missing,
            "distinct": self.summary.distinct,
            "examples": list(self.examples),
            "range": None if self.range is None else list(self.range),
            "use": self.use,
            "left_out": self.left_out or None,
            "warnings": list(self.notes),
        }


def profile_table(table: Table, folder: str | Path | None = None) -> tuple[ColumnProfile, ...]:
    """What is in each column of a table, and what will be done with it.

    Args:
        table: the table.
        folder: of a table larger than memory: where to sort a column, in a file that is gone then.

    >>> table = Table.from_columns({"id": range(1, 13), "size": np.linspace(0, 1, 12), "name": ["x"] * 12})
    >>> [(each.name, each.use, each.left_out) for each in profile_table(table)][:2]
    [('id', '', 'row numbers'), ('size', 'standardised', '')]
    """
    return tuple(profile_column(column, folder) for column in table.columns)


def profile_column(column: Column, folder: str | Path | None = None) -> ColumnProfile:
    """What is in a column, and what will be done with it; ``folder`` as for :func:`profile_table`."""
    summary = summarise(column, folder)
    left_out = "" if column.chosen else reason_to_leave_out(column, summary)
    use = (
        ""
        if left_out or column.kind == "text"
        else str(ENCODINGS[column.kind].fit(_finite(column), Choices()))
    )
    return ColumnProfile(
        column.name,
        str(column.type),
        summary,
        _examples(column, summary),
        _range(column, summary),
        left_out,
        use,
        (*column.warnings, *_warnings(column, summary)),
    )


def reason_to_leave_out(column: Column, summary: ColumnSummary) -> str:
    """Why a column is no input that a model can learn from; "" where it is one.

    Left out are columns without a value or with the same one in every row; free text; and what identifies a
    row without describing it: row numbers, whole numbers or words that never return, UUIDs.
    """
    present = summary.rows - summary.missing
    if present == 0:
        return EMPTY
    if summary.distinct == 1 and not summary.missing:
        return CONSTANT
    if column.kind == "number":
        return _number_identifies(column, summary) if present >= ENOUGH else ""
    if column.kind not in ("text", "category") or column.stray:
        return ""
    unique = summary.distinct == present
    if present >= ENOUGH and unique and all(UUID.fullmatch(word) for word in column.words.vocabulary[:FEW]):
        return "identifiers: UUIDs"
    if present >= ENOUGH and unique and (column.kind == "text" or IDENTIFIER_NAME.search(column.name)):
        return "identifiers: no word returns"
    return f"free text: {summary.distinct:,} different values" if column.kind == "text" else ""


def _number_identifies(column: Column, summary: ColumnSummary) -> str:
    if summary.missing or summary.distinct < summary.rows:
        return ""
    values = column.numbers
    if values[0] in (0.0, 1.0) and values[-1] - values[0] == len(values) - 1 and _counts_up(values):
        return "row numbers"
    whole = all((block == np.floor(block)).all() for block in Passes(values))
    return "identifiers: no number returns" if whole and IDENTIFIER_NAME.search(column.name) else ""


def _counts_up(values: NDArray[np.float64]) -> bool:
    """Whether each number is one more than that before it."""
    overlapping = (values[part.start : part.stop + 1] for part in parts(len(values)))
    return all((np.diff(block) == 1).all() for block in overlapping)


def _finite(column: Column) -> Column:
    """The column without rows of infinite numbers, about which there is a warning."""
    infinite = np.isinf(column.numbers) if column.kind == "number" else np.zeros(0, dtype=bool)
    return column.take(~infinite) if infinite.any() else column


def _examples(column: Column, summary: ColumnSummary) -> tuple[str, ...]:
    if summary.common:
        return tuple(word for word, _ in summary.common[:EXAMPLES])
    first = int(np.argmin(column.missing))  # that is not missing
    near = column.take(slice(first, first + NEAR))
    shown = near.take(np.flatnonzero(~near.missing)[: 4 * EXAMPLES])
    format = column.type.format
    is_date = column.kind == "date"
    found = [show_date(each, format) for each in shown.numbers] if is_date else to_text(shown.numbers)
    return tuple(dict.fromkeys(map(str, found)))[:EXAMPLES]


def _range(column: Column, summary: ColumnSummary) -> tuple[str, str] | None:
    if summary.spread is None:
        return None
    ends = summary.spread.quantiles[0], summary.spread.quantiles[-1]
    if column.kind == "date":
        return show_date(ends[0], column.type.format), show_date(ends[1], column.type.format)
    return range_text(*ends)


def range_text(least: float, greatest: float) -> tuple[str, str]:
    """Two numbers in as many digits as tell them apart, six or more; whole ones to the last digit.

    >>> range_text(0.123456789, 2.0), range_text(-5.0, 1700000123.0)
    (('0.123457', '2'), ('-5', '1700000123'))
    """
    if all(end == round(end) and abs(end) < LONG for end in (least, greatest)):
        return f"{least:.0f}", f"{greatest:.0f}"
    ends = [(f"{least:.{digits}g}", f"{greatest:.{digits}g}") for digits in (6, 10, 14, 17)]
    return next((pair for pair in ends if pair[0] != pair[1]), ends[0])


def _warnings(column: Column, summary: ColumnSummary) -> Iterable[str]:
    if column.stray:
        word, row, type = column.stray
        yield f"{cut(word)!r} in data row {row} is not {type.parser[1]}, as those in other rows are"
    if summary.rows > 2 * (summary.rows - summary.missing) > 0:
        yield f"{summary.missing / summary.rows:.0%} of the values are missing"
    if column.kind != "number":
        return
    infinite = np.isinf(column.numbers)
    if infinite.any():
        first = int(np.argmax(infinite))
        yield f"{column.numbers[first]} in data row {column.rows[first]} cannot be computed with"
    if summary.spread is not None:
        least, low, middle, high, greatest = summary.spread.quantiles
        codes = [end for end in (least, greatest) if end == round(end) and NINES.fullmatch(f"{end:.0f}")]
        absent = [said for code in codes if (said := _code_of_none(column.numbers, code))]
        yield from absent
        if not absent and 0 < FAR * (high - low) < max(middle - least, greatest - middle):
            yield "extreme values: robust scaling is not moved by them"


def _code_of_none(numbers: NDArray[np.float64], code: float) -> str:
    """What to say of a number such as -999 that stands far from all others, in several rows; "" elsewhere."""
    others = numbers[np.isfinite(numbers) & (numbers != code)]
    count = int((numbers == code).sum())
    if count < 2 or not len(others):
        return ""
    least, greatest = others.min(), others.max()
    if max(least - code, code - greatest) <= greatest - least:
        return ""
    said = f"{code:.0f}, in {count_rows(count)}, is far from all others"
    return f"{said}: does it mean no value (--missing {code:.0f})?"
