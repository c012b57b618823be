"""Sums of alike terms, of every turn of a loop or of every layer, as one term below Σ over k."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from .formula import Formula, mapped

FEWEST = 4  # terms below one Σ


class Reader(Protocol):
    """What knows which names are numbered, and the letter to write for their numbers."""

    letter: str

    def index_of(self, formula: Formula) -> int | None: ...
    def pattern(self, formula: Formula, index: int) -> Any: ...
    def general(self, formulas: Sequence[Formula], indices: Sequence[int]) -> Formula | None: ...


@dataclass(frozen=True, slots=True)
class Series:
    """The term for k, k's least and greatest value, and the letter that k is here."""

    term: Formula
    least: int
    greatest: int
    letter: str


def with_series(formula: Formula, reader: Reader) -> Formula:
    """The formula with each run of alike terms below one Σ; its value is still that of the terms."""
    return mapped(formula, lambda part: _folded(part, reader) if part.kind == "add" else part)


def _folded(added: Formula, reader: Reader) -> Formula:
    terms: list[Formula] = []
    for run, indices in runs(added.parts, added.parts, reader, FEWEST):
        general = reader.general(run, indices) if indices else None
        if general is not None:
            series = Series(general, min(indices), max(indices), reader.letter)
            terms.append(Formula("series", tuple(run), added.shape, series))
        else:
            terms += run
    if len(terms) == len(added.parts):
        return added
    return terms[0] if len(terms) == 1 else Formula("add", tuple(terms), added.shape)


def runs(
    items: Sequence[Any], formulas: Sequence[Formula], reader: Reader, fewest: int
) -> list[tuple[list[Any], list[int]]]:
    """The items in runs whose formulas differ by one number that goes up or down by one; others alone."""
    found: list[tuple[list[Any], list[int]]] = []
    indices = [reader.index_of(formula) for formula in formulas]
    patterns = [
        None if index is None else reader.pattern(formula, index)
        for formula, index in zip(formulas, indices, strict=True)
    ]
    at = 0
    while at < len(items):
        end = _end_of_run(patterns, indices, at)
        long = end - at >= fewest
        end = end if long else at + 1
        numbers = [index for index in indices[at:end] if index is not None] if long else []
        found.append((list(items[at:end]), numbers))
        at = end
    return found


def _end_of_run(patterns: Sequence[Any], indices: Sequence[int | None], at: int) -> int:
    first, end = indices[at], at + 1
    if first is None:
        return end
    for step in (-1, 1):
        end = at + 1
        while (
            end < len(indices)
            and indices[end] == first + step * (end - at)
            and patterns[end] == patterns[at]
            and patterns[end] == patterns[at + 1]
        ):
            end += 1
        if end > at + 1:
            break
    return end
