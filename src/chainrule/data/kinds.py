"""What a column holds: numbers, truth values, categories, dates or free text; and how it is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Self, get_args

from ..errors import ArgumentError
from .dates import date_format
from .numbers import number_format, parse_number
from .text import TRUTH_VALUES

Kind = Literal["number", "boolean", "category", "date", "text"]
#: A kind, or a kind and a format with a colon between them, such as ``"date:%d/%m/%Y"``.
KindName = str
PLAIN_NUMBER = "1234.5"
ISO_DATE = "%Y-%m-%d"


@dataclass(frozen=True, slots=True)
class ColumnType:
    """What a column's values are, and how they are written.

    Args:
        kind: what they are.
        format: how numbers or dates are written: a name that
            :func:`~chainrule.data.numbers.number_format` knows, or a date in the notation of ``strptime``;
            "" where it does not matter, or is still to be found.

    >>> ColumnType.named("date:%d/%m/%Y", "when")
    ColumnType(kind='date', format='%d/%m/%Y')
    """

    kind: Kind
    format: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.format}" if self.format else self.kind

    @classmethod
    def named(cls, name: object, column: str) -> Self:
        """The type of that name, checked.

        Raises:
            ArgumentError: there is no such kind or format.
        """
        kind, _, format = str(name).partition(":")
        for known in get_args(Kind):
            if kind == known:
                found = cls(known, format)
                found._require_format(column)
                return found
        raise ArgumentError(
            f"column {column!r} is to be read as {name!r}", expected="one of " + ", ".join(get_args(Kind))
        )

    @property
    def computed(self) -> bool:
        """Whether the values are float64, rather than words."""
        return self.kind in ("number", "boolean", "date")

    @property
    def parser(self) -> tuple[Callable[[str], float | None], str]:
        """How a word becomes a number, and what one value is called in errors."""
        if self.kind == "boolean":
            return parse_truth, "true or false"
        if self.kind == "date":
            name = self.format or ISO_DATE
            return date_format(name).parse, f"a date written as {name}"
        name = self.format or PLAIN_NUMBER
        wanted = "a number" if name == PLAIN_NUMBER else f"a number written as {name}"
        return number_format(name).parse, wanted

    def _require_format(self, column: str) -> None:
        if not self.format:
            return
        if self.kind == "date":
            date_format(self.format)
        elif self.kind == "number":
            number_format(self.format)
        else:
            raise ArgumentError(
                f"column {column!r} is to be read as {str(self)!r}", expected="number: or date: with a format"
            )


def parse_truth(word: str) -> float | None:
    """``true`` as 1, ``false`` as 0 in any case, and the numbers 1 and 0; ``None`` for any other word."""
    value = TRUTH_VALUES.get(word.lower(), parse_number(word))
    return value if value is None or value in (0.0, 1.0) or value != value else None
