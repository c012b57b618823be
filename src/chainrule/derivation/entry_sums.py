"""Sums of alike terms in the entries of arrays, Σₖ (pₖ − yₖ) Xₖ₁: of every row of a batch, or every input."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from .arithmetic import add, coefficient, negative, product
from .entry_names import Entry, Place
from .formula import ONE, Formula, number, symbol, walk
from .names import Name, shifted
from .series import FEWEST, Series

FEWEST_OF_ROWS = 2  # terms below one Σ of two: those of the rows and of the columns of an array
FEWEST_IN_ALL = 6  # terms below these two
SIZES = (1, 2, 3)  # of terms that go on together: (Yₖ₁ Pₖ − Yₖ), summed over k


class Running(dict[tuple[Entry, int], int]):
    """The axes of entries along which terms go on, each with how far it is ahead of k.

    Attributes:
        alike: sums below Σ that all terms have in common; an entry in one of them does not go on.
    """

    def __init__(self) -> None:
        super().__init__()
        self.alike: set[Formula] = set()


def with_entry_sums(formula: Formula, entries: Mapping[Name, Entry], letters: str) -> Formula:
    """The formula with each long run of alike terms below one Σ, the inner ones first, by free letters."""
    return _Sums(dict(entries), letters).of(formula)


@dataclass(frozen=True, slots=True)
class _Sums:
    """What is known of names: which entry each one is; those with a letter for a place are added."""

    entries: dict[Name, Entry]
    letters: str

    def of(self, formula: Formula) -> Formula:
        if formula.parts:
            formula = replace(formula, parts=tuple(map(self.of, formula.parts)))
        return together(self._folded(formula)) if formula.kind == "add" else formula

    def _folded(self, formula: Formula) -> Formula:
        """A sum with its runs below Σ, and runs of these below another; short runs if that leaves one Σ."""
        long = self._with_runs(formula, FEWEST)
        if long.kind == "add" and len(formula.parts) >= FEWEST_IN_ALL:
            short = self._with_runs(formula, FEWEST_OF_ROWS)
            return short if short.kind != "add" else long
        return long

    def _with_runs(self, formula: Formula, fewest: int) -> Formula:
        terms: list[Formula] = []
        rest = formula.parts
        while rest:
            found = next(filter(None, (self._run(rest, size, fewest) for size in SIZES)), None)
            term, count = found or (rest[0], 1)
            terms.append(term)
            rest = rest[count:]
        if len(terms) == 1:
            return terms[0]
        shorter = replace(formula, parts=tuple(terms))
        return self._with_runs(shorter, fewest) if len(terms) < len(formula.parts) else formula

    def _run(self, terms: tuple[Formula, ...], size: int, fewest: int) -> tuple[Formula, int] | None:
        """The sum below Σ that terms begin with, so many of them in each, and how many it takes."""
        ends = range(size, len(terms) + 1, size)
        groups = tuple(add(*terms[end - size : end]) for end in ends)
        running = self._running(*groups[:2]) if len(groups) > 1 else None
        letter = self._letter(groups[0]) if running else None
        count = self._alike(groups, running) if running else 1
        if not running or not letter or count < fewest:
            return None
        return self._sum(groups[:count], running, letter), count * size

    def _running(self, first: Formula, second: Formula) -> Running | None:
        """Where the second term's entries lie one further; None where the terms differ otherwise."""
        found = Running()
        pairs = [(first, second)]
        while pairs:
            a, b = pairs.pop()
            if a == b:
                found.alike |= {part for part in walk(a) if part.kind == "series"}
                continue
            if a.kind == b.kind == "symbol":
                further = self._further(a, b)
                if further is None:
                    return None
                found.update(further)
            elif a.kind == b.kind == "series" and replace(a.data, term=b.data.term) == b.data:
                pairs += [(a.data.term, b.data.term), *zip(a.parts, b.parts, strict=True)]
            elif (a.kind, a.data, len(a.parts)) == (b.kind, b.data, len(b.parts)):
                pairs += zip(a.parts, b.parts, strict=True)
            else:
                return None
        return found

    def _further(self, first: Formula, second: Formula) -> dict[tuple[Entry, int], int] | None:
        """The axes along which an entry lies one further than another of its array."""
        entry, following = self.entries.get(first.data), self.entries.get(second.data)
        if entry is None or following is None or entry.at(()) != following.at(()):
            return None
        found: dict[tuple[Entry, int], int] = {}
        for axis, (i, j) in enumerate(zip(entry.places, following.places, strict=True)):
            if i != j and (isinstance(i, str) or isinstance(j, str) or j - i != 1):
                return None
            if isinstance(i, int) and i != j:
                found[entry, axis] = i
        return found

    def _alike(self, terms: tuple[Formula, ...], running: Running) -> int:
        """How many terms go on as the first two do."""
        count = 1
        while count < len(terms) and terms[count] == self._moved(terms[0], running, count):
            count += 1
        return count

    def _moved(self, term: Formula, running: Running, by: int) -> Formula:
        return self._renamed(term, running, lambda place: place + by)

    def _sum(self, terms: tuple[Formula, ...], running: Running, letter: str) -> Formula:
        """The terms below Σ, the number that they have in common before it."""
        front, _ = coefficient(terms[0])
        bare = [coefficient(term)[1] for term in terms]
        if front < 0 and all(map(_turned, bare)):
            front, bare = -front, [_turned(term) or term for term in bare]
        least = min(running.values())

        def running_place(place: int) -> str:
            return shifted(letter, place - least)

        general = self._renamed(bare[0], running, running_place)
        series = Series(general, least + 1, least + len(terms), letter)
        return product(number(front), Formula("series", tuple(bare), (), series))

    def _renamed(self, term: Formula, running: Running, place: Callable[[int], Place]) -> Formula:
        """The term with its running places changed."""
        if term in running.alike:
            return term
        if term.kind != "symbol":
            parts = tuple(self._renamed(part, running, place) for part in term.parts)
            if term.kind != "series":
                return replace(term, parts=parts)
            general = self._renamed(term.data.term, running, place)
            return replace(term, parts=parts, data=replace(term.data, term=general))
        entry = self.entries.get(term.data)
        if entry is None:
            return term
        places = tuple(
            place(i) if (entry, axis) in running and isinstance(i, int) else i
            for axis, i in enumerate(entry.places)
        )
        changed = entry.at(places)
        self.entries[changed.name] = changed
        return symbol(changed.name, ())

    def _letter(self, term: Formula) -> str | None:
        """The letter of a sum of such terms: another one than those of the sums in them."""
        used = {part.data.letter for part in walk(term) if part.kind == "series"}
        return next((letter for letter in self.letters if letter not in used), None)


def together(formula: Formula) -> Formula:
    """¼ Σₖ aₖ − ¼ Σₖ bₖ as ¼ Σₖ (aₖ − bₖ)."""
    if formula.kind != "add":
        return formula
    terms = list(formula.parts)
    for i, first in enumerate(terms):
        alike = [term for term in terms[i:] if _front_and_turns(term) == _front_and_turns(first)]
        if _front_and_turns(first) is None or len(alike) < 2:
            continue
        rest = [term for term in terms if term not in alike]
        found = [*rest[:i], _one_sum(alike), *rest[i:]]
        return together(replace(formula, parts=tuple(found))) if len(found) > 1 else found[0]
    return formula


def _front_and_turns(term: Formula) -> tuple[float, Series] | None:
    """The size of the number in front of a sum below Σ, and over what that goes."""
    front, series = coefficient(term)
    return (abs(front), replace(series.data, term=ONE)) if series.kind == "series" else None


def _one_sum(terms: list[Formula]) -> Formula:
    """Sums below Σ over the same as one."""
    split = [coefficient(term) for term in terms]
    size = split[0][0]
    fronts = [number(front / size) for front, _ in split]
    each = [
        add(*[product(front, part) for front, part in zip(fronts, parts, strict=True)])
        for parts in zip(*[series.parts for _, series in split], strict=True)
    ]
    general = add(
        *[product(front, series.data.term) for front, (_, series) in zip(fronts, split, strict=True)]
    )
    whole = Formula("series", tuple(each), (), replace(split[0][1].data, term=general))
    return product(number(size), whole)


def _turned(term: Formula) -> Formula | None:
    """x (b − a) of x (a − b)."""
    for i, factor in enumerate(term.parts if term.kind == "product" else ()):
        if factor.kind == "add" and len(factor.parts) == 2 and coefficient(factor.parts[1])[0] < 0:
            first, second = factor.parts
            turned = add(negative(second), negative(first))
            return product(*term.parts[:i], turned, *term.parts[i + 1 :])
    return None
