"""What stands between the fields of a CSV file: one character, several, or any number of spaces."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from ..errors import ArgumentError

#: What is between fields most often: the first line has most of it, or an earlier one where two are as
#: frequent.
SEPARATORS = (",", ";", "\t", "|")
#: A delimiter that stands for any number of spaces and tabs.
SPACES = " "
NAMES = {"tab": "\t", r"\t": "\t", "space": SPACES}
#: Stands for a delimiter of several characters where readers of CSV know only one.
UNIT = "\x1f"
#: Symbols that are in no number, date or name, with the spaces around them.
RUN = re.compile(r"[ \t]*(?:[^\w\s\"'.+\-/()\[\]%$€£#@&]|[\x1c-\x1f])+[ \t]*")


def as_delimiter(given: str) -> str:
    """A delimiter that a user gives.

    Raises:
        ArgumentError: it has letters, digits, quotation marks or a line's end, or is nothing.

    >>> as_delimiter("tab"), as_delimiter("||")
    ('\\t', '||')
    """
    found = NAMES.get(given, given)
    fitting = found.isascii() and not set(found) & set('"\r\n\0')
    if not found or not fitting or (len(found) > 1 and (found.isspace() or any(map(str.isalnum, found)))):
        raise ArgumentError(
            f"delimiter {given!r}",
            expected="what stands between fields: a character, several that are no letters, tab, or space "
            "for any number of them",
        )
    return found


def in_units(lines: Iterable[str], delimiter: str) -> Iterator[str]:
    """Lines of a file with ``UNIT`` for a delimiter that is not within quotation marks.

    >>> [line.replace(UNIT, "¦") for line in in_units(['a||b', '"c||', '||d"||e'], "||")]
    ['a¦b', '"c||', '||d"¦e']
    """
    quoted = False  # whether the line begins within quotation marks
    for line in lines:
        parts = line.split('"')
        parts[quoted::2] = [part.replace(delimiter, UNIT) for part in parts[quoted::2]]
        quoted ^= len(parts) % 2 == 0
        yield '"'.join(parts)


def unusual_delimiter(records: Sequence[str], usual: str) -> str | None:
    """A delimiter that is none of ``SEPARATORS``, where each record has it as often as the first.

    Args:
        records: the first of a file, that of names first.
        usual: of ``SEPARATORS`` the one that the first has most of.

    >>> unusual_delimiter(["a||b", "1||2"], "|"), unusual_delimiter(["a|b|", "1||2"], "|")
    ('||', None)
    >>> unusual_delimiter(["a^b", "1^2"], ","), unusual_delimiter(["a, b", '1, "x, y"'], ",")
    ('^', ', ')
    """
    bare = ["".join(record.split('"')[::2]) for record in records]  # what is quoted separates nothing
    alone = not bare[0].count(usual)
    runs: list[str] = RUN.findall(bare[0])
    for run in dict.fromkeys(runs):
        alike = len(bare) > 1 and len({each.count(run) for each in bare}) == 1
        if alone and alike:
            return run if run.isascii() else None
        whole = all(each.count(usual) == each.count(run) * run.count(usual) for each in bare)
        if alike and whole and run.isascii() and _needed(run, usual, records):
            return run
    return None


def _needed(run: str, usual: str, records: Sequence[str]) -> bool:
    """Whether the usual separator in it alone would not do: spaces beside it are harmless without quotes.

    Doubled commas, semicolons and tabs are rather columns without names and values.
    """
    if run.strip(" ") == usual:
        return any(f'{usual} "' in record for record in records)
    return bool(run.strip(f" {usual}")) or (usual == "|" and len(run.strip(" ")) > 1)
