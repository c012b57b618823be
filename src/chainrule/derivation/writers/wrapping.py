"""Text made to fit a width: sentences broken between words, formulas where fewest brackets are around."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import accumulate

#: No line is made shorter than this, however narrow a terminal is.
NARROWEST = 40
#: A formula is broken in the last part of a line, if there is a place for it.
EARLIEST = 0.4

_OPENING, _CLOSING = "([{", ")]}"
#: Where a formula may be broken, the best places first: before a sign of addition or equality, or after the
#: mark between cases or rows; before one of multiplication; between factors, but not behind a Σ.
_PLACES = (
    re.compile(r" (?=[+−=] )|(?<=;) "),
    re.compile(r" (?=[∘⊗⊘∗⋆/] )|(?<=,) "),
    re.compile(r"(?<![∘⊗⊘∗⋆/+−=<>≤≥≠:]) (?![∘⊗⊘∗⋆/+−=<>≤≥≠])"),
)
_SUM = re.compile(r"Σ\S*$")


def columns(text: str) -> int:
    """The columns of a terminal that a text takes: two for 値, none for an accent that combines."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(bool(unicodedata.combining(letter)) for letter in text)


def fill_words(text: str, width: int, first: str = "", rest: str = "") -> str:
    """Sentences in lines of a width; ``first`` begins the first line, ``rest`` each other."""
    start, *words = text.split(" ")
    lines = [first + start]
    for word in words:
        if columns(lines[-1]) + 1 + columns(word) <= max(width, NARROWEST):
            lines[-1] += f" {word}"
        else:
            lines.append(rest + word)
    return "\n".join(line.rstrip() for line in lines)


def fill_formula(text: str, width: int, first: str, rest: str) -> str:
    """A formula in lines of a width, which may be exceeded where a formula has no place to be broken."""
    return "\n".join(_formula_lines(text, max(width, NARROWEST), first, rest))


def _formula_lines(text: str, width: int, first: str, rest: str) -> Iterator[str]:
    places, start, begin = _places(text), 0, first
    while columns(begin) + columns(text[start:]) > width:
        end = _break(text, places, start, width - columns(begin))
        if end is None:
            break
        yield begin + text[start:end]
        start, begin = end + 1, rest
    yield begin + text[start:]


def _break(text: str, places: dict[int, int], start: int, room: int) -> int | None:
    """Where a line ends that begins at ``start``: where it costs least, and there as late as it can."""
    later = [place for place in places if place > start]
    taken = {place: columns(text[start:place]) for place in later}
    fitting = [place for place in later if taken[place] <= room]
    late = [place for place in fitting if taken[place] >= EARLIEST * room] or fitting
    if not late:
        return min(later, default=None)
    return min(late, key=lambda place: (places[place], -place))


def _places(text: str) -> dict[int, int]:
    """Where a formula may be broken, and what each place costs: its rank, and the brackets around."""
    depths = list(accumulate((letter in _OPENING) - (letter in _CLOSING) for letter in text))
    return {
        found.start(): rank + depths[found.start()]
        for rank, sign in reversed(list(enumerate(_PLACES)))  # the best rank of a place last, which stays
        for found in sign.finditer(text)
        if not _SUM.search(text, 0, found.start())
    }
