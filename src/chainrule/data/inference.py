"""Which type a column of words has, found piece by piece."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .dates import DATE_FORMATS
from .decimals import THOUSAND, ThousandsDoubt
from .durations import DURATION
from .kinds import ISO_DATE, PLAIN_NUMBER, ColumnType, Kind, parse_truth
from .numbers import MISSING_VALUES, NUMBER_FORMATS, has_leading_zero
from .text import TRUTH_VALUES, to_text
from .words import Words

#: So many different words are categories, whatever the number of rows.
FEW = 20
#: Beyond that, categories return at least this often on average.
REPEATS = 4
#: … and are never more than this.
MOST = 10_000
#: A format that fits fewer than half of so many words is not tried on more of them.
FIRST_WORDS = 50
#: Formats that words such as 01/02/2024 or 1,234 fit alike.
ALIKE: Mapping[str, str] = MappingProxyType(
    {
        "%m/%d/%Y": "%d/%m/%Y",
        "%d-%m-%Y": "%m-%d-%Y",
        "%m/%d/%y": "%d/%m/%y",
        "1,234.5": "1.234,5",
        "1234.5": "1.234,5",
    }
)
#: A format that fits fewer rows than it does not is given up after so many.
ENOUGH = 1000
DECIMAL_COMMA = "1.234,5"
#: Formats that go without saying.
DEFAULTS = (PLAIN_NUMBER, ISO_DATE)
#: What a column's piece is: words, or numbers, truth values and moments of a table that has types.
Cells = NDArray[Any] | Words


@dataclass(slots=True)
class Tally:
    """How many rows a format fits, and the first word that it does not."""

    type: ColumnType
    good: int = 0
    bad: int = 0
    stray: tuple[str, int] | None = None

    def add(self, words: Words, counts: list[int], first_row: int) -> None:
        """Count a piece's words; ``first_row`` is the number of its first row."""
        parse = self.type.parser[0]
        for code, (word, count) in enumerate(zip(words.vocabulary, counts, strict=True)):
            value = parse(word)
            if value is None:
                self.bad += count
                if self.stray is None:
                    self.stray = word, first_row + int(np.argmax(words.codes == code))
                if code >= FIRST_WORDS and self.bad > self.good:
                    return
            elif value == value:  # a word for "no value" is no evidence
                self.good += count

    def alive(self) -> bool:
        """Whether it may still fit more rows than it does not."""
        return self.good >= self.bad or self.bad < ENOUGH


def _candidates() -> list[Tally]:
    return [
        *(Tally(ColumnType("number", name)) for name in NUMBER_FORMATS),
        *(Tally(ColumnType("date", name)) for name in DATE_FORMATS),
        Tally(ColumnType("number", DURATION)),  # where not all are times of day
    ]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The type that was found, and what a reader should know of it.

    Args:
        type: the type.
        notes: warnings in words.
        stray: the first word that is none of the numbers or dates that others are, its row, and their type.
    """

    type: ColumnType
    notes: tuple[str, ...] = ()
    stray: tuple[str, int, ColumnType] | None = None


class Inference:
    """Evidence of a column's type: pieces of it are added, and then the verdict is asked for.

    Args:
        kind: the kind that was asked for, whose format is still to be found; ``None`` for any.
        decimal_commas: whether other columns have numbers such as 1,5, so that 1.234 is a thousand.

    >>> def kind(*words):
    ...     evidence = Inference()
    ...     evidence.add(Words.of(words))
    ...     return str(evidence.verdict().type)
    >>> kind("1", "2.5", None), kind("1.234,50", "2,5"), kind("007", "010"), kind("red", "green")
    ('number', 'number:1.234,5', 'category', 'category')
    >>> kind("31/1/2024", "1/2/2024"), kind("31", "42", "4O")
    ('date:%d/%m/%Y', 'text')
    >>> kind("true", "FALSE", "1", "n/a")
    'boolean'
    """

    def __init__(self, kind: Kind | None = None, decimal_commas: bool = False) -> None:
        self._kind, self._decimal_commas = kind, decimal_commas
        self._thousands = ThousandsDoubt()
        self._rows = self._present = self._zero_led = 0
        self._native: set[Kind] = set()
        self._worded_piece = False
        self._words: set[str] = set()
        self._values: dict[str, NDArray[Any]] = {}
        self._tallies = [each for each in _candidates() if kind in (None, each.type.kind)]

    def add(self, cells: Cells) -> None:
        """Look at the next piece."""
        if isinstance(cells, Words):
            self._add_words(cells)
        else:
            self._add_native(cells)
        self._rows += len(cells)

    def verdict(self) -> Verdict:
        """What the column is, by all pieces so far."""
        if self._kind is not None:
            best = max(self._tallies, key=lambda tally: tally.good, default=None)
            format = "" if best is None else best.type.format
            return Verdict(ColumnType(self._kind, "" if format in DEFAULTS else format))
        if not self._worded_piece:
            native: set[Kind] = self._native or {"number"}
            return Verdict(ColumnType(native.pop() if len(native) == 1 else "text"))
        if self._true_or_false:
            return Verdict(ColumnType("boolean"))
        return self._parsed() or self._worded(*self._absence())

    def _parsed(self) -> Verdict | None:
        """The verdict of numbers or dates, perhaps with a few words among them."""
        fitting = {tally.type.format: tally for tally in self._tallies if tally.good}
        clean = [tally for tally in fitting.values() if not tally.bad]
        if not clean:
            best = max(fitting.values(), key=lambda tally: tally.good - tally.bad, default=None)
            if best is None or best.stray is None or self._codes:
                return None
            if best.good <= best.bad and not self._all_dates:
                return None
            return Verdict(ColumnType("text"), stray=(*best.stray, best.type))
        first = clean[0].type
        if first.kind == "number" and self._zero_led:
            return self._worded(f"{self._zero_led} values begin with a 0, as codes do, not numbers")
        other = ALIKE.get(first.format)
        doubtful = other in fitting and not fitting[other].bad
        if first.format == PLAIN_NUMBER:
            doubtful &= self._thousands.reasonable(self._decimal_commas)
            if doubtful and self._decimal_commas:
                first, other = ColumnType("number", DECIMAL_COMMA), PLAIN_NUMBER
        note = f"read as {first}, but {first.kind}:{other} would fit as well"
        return Verdict(
            replace(first, format="") if first.format in DEFAULTS else first, (note,) if doubtful else ()
        )

    @property
    def _codes(self) -> bool:
        """Whether few words return so often that they are codes, whatever they look like."""
        return len(self._different) <= min(FEW, self._present // REPEATS)

    @property
    def _true_or_false(self) -> bool:
        """Whether all words are truth values, perhaps with 0, 1 and words for "no value" among them."""
        different = self._different
        if any(parse_truth(word) is None for word in different):
            return False
        return any(word.lower() in TRUTH_VALUES for word in different)

    @property
    def _all_dates(self) -> bool:
        """Whether each word is a date in some format, though not all in the same one."""
        formats = [each.parse for each in DATE_FORMATS.values()]
        return all(any(parse(word) is not None for parse in formats) for word in self._different)

    def _absence(self) -> Iterable[str]:
        """What to say of a word that means "no value" elsewhere, and may do so here."""
        for word in sorted(self._different):
            if word.lower() in MISSING_VALUES:
                yield f"{word!r} is read as a word like any other, not as a missing value"

    def _worded(self, *notes: str) -> Verdict:
        few = len(self._different) <= max(FEW, min(self._present // REPEATS, MOST))
        return Verdict(ColumnType("category" if few else "text"), notes)

    def _add_native(self, values: NDArray[Any]) -> None:
        kind: Kind = {"b": "boolean", "M": "date"}.get(values.dtype.kind, "number")  # type: ignore[assignment]
        known = values == values
        present = values[known]
        if len(present) or values.dtype.kind in "biu":
            self._native.add(kind)
        self._tell_values_apart(present)
        self._present += len(present)
        whole = values == np.floor(values) if kind == "number" else known
        if kind != "number" or (known & ~whole).any() or (np.abs(present) >= THOUSAND).any():
            self._thousands.refute()
        firsts = {
            partly: self._first(values, known & ~whole if partly else known) for partly in (False, True)
        }
        for tally in filter(Tally.alive, self._tallies):
            format = tally.type.format
            fits = tally.type.kind == kind and (format == ISO_DATE if kind == "date" else format != DURATION)
            partly = fits and format == DECIMAL_COMMA
            good = int(whole.sum()) if partly else len(present) if fits else 0
            tally.good += good
            tally.bad += len(present) - good
            if good < len(present):
                tally.stray = tally.stray or firsts[partly]

    def _first(self, values: NDArray[Any], mask: NDArray[np.bool_]) -> tuple[str, int] | None:
        """The first value under a mask as a word, and its row."""
        if not mask.any():
            return None
        first = int(np.argmax(mask))
        return str(to_text(values[first : first + 1])[0]), self._rows + 1 + first

    def _add_words(self, words: Words) -> None:
        counts = words.counts.tolist()
        for tally in filter(Tally.alive, self._tallies):
            tally.add(words, counts, self._rows + 1)
        counted = zip(words.vocabulary, counts, strict=True)
        self._present += sum(counts)
        if any(tally.type.kind == "number" and tally.alive() for tally in self._tallies):
            self._zero_led += sum(count for word, count in counted if has_leading_zero(word))
        self._thousands.add(words.vocabulary)
        self._worded_piece |= bool(words.vocabulary)
        self._tell_apart(words.vocabulary)

    @property
    def _different(self) -> set[str]:
        """The different words, and numbers and moments as words; of many more than ``MOST`` only so many."""
        return self._words.union(*(map(str, to_text(values)) for values in self._values.values()))

    def _tell_apart(self, words: Iterable[str]) -> None:
        room = max(0, MOST + 1 - len(self._words))
        if room:
            new = (word for word in words if word not in self._words)
            self._words.update(list(islice(new, room)))

    def _tell_values_apart(self, present: NDArray[Any]) -> None:
        """Keep values as they are: as words, thousands of columns of numbers would take all memory."""
        known = self._values.get(present.dtype.kind, present[:0])
        if len(present) and len(known) <= MOST:
            self._values[present.dtype.kind] = _different(np.concatenate([known, present]))[: MOST + 1]


def _different(values: NDArray[Any]) -> NDArray[Any]:
    """The different ones, ascending; ``np.unique`` would load ``numpy.ma``."""
    ascending = np.sort(values)
    return np.asarray(ascending[np.append(True, ascending[1:] != ascending[:-1])])
