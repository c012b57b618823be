"""How errors list names."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

SHOWN = 8
#: A cell that is quoted, or a name in a table, is cut to so many characters.
LONGEST_WORD = 60


def listing(names: Sequence[str]) -> str:
    """The first few names in quotes, and how many there are in all.

    >>> listing(["a", "b"])
    "'a', 'b'"
    >>> listing([str(i) for i in range(100)])
    "'0', '1', '2', '3', '4', '5', '6', '7', … (100 in all)"
    """
    shown = ", ".join(repr(name) for name in names[:SHOWN])
    return shown if len(names) <= SHOWN else f"{shown}, … ({len(names)} in all)"


def count_rows(count: int) -> str:
    """So many rows, in words.

    >>> count_rows(1), count_rows(1200)
    ('1 row', '1,200 rows')
    """
    return counted(count, "row")


def counted(count: int, one: str, many: str | None = None) -> str:
    """So many of something, in words.

    >>> counted(1, "field"), counted(2, "line that begins", "lines that begin")
    ('1 field', '2 lines that begin')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def did_you_mean(name: str, known: Sequence[str]) -> str | None:
    """The known name closest to a mistyped one, in quotes, or ``None``.

    >>> did_you_mean("alcohl", ["alcohol", "ash"])
    "'alcohol'"
    """
    close = get_close_matches(name.lower(), [each.lower() for each in known], n=1)
    return next((repr(each) for each in known if close and each.lower() == close[0]), None)


def cut(word: str) -> str:
    """A cell's word or a column's name as it is shown among others: not of any length.

    >>> cut("x" * 1000)[-3:], len(cut("x" * 1000))
    ('xx…', 60)
    """
    return word if len(word) <= LONGEST_WORD else f"{word[: LONGEST_WORD - 1]}…"
