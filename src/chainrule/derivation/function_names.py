"""Functions with a letter, σ and Φ, by a word instead where a value or another function has that letter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from .formula import Formula, mapped, walk
from .masks import phi
from .names import Name
from .normal import cumulative, density
from .step import Step


def with_words(steps: Sequence[Step], names: Iterable[Name]) -> tuple[Step, ...]:
    """The lines with sigmoid(z) for σ(z), where σ is a value of the user's, and other functions alike.

    Φ is the normal distribution function where both this one and the map of Cholesky's rule occur.
    """
    letters = {name.text[0] for name in names}
    parts = {part for step in steps for side in (step.left, step.right) for part in walk(side)}
    applied = {part.data for part in parts if part.kind == "apply"}
    twice = ("Φ", phi) in applied and ("Φ", cumulative) in applied
    words = {
        function: word
        for function in applied
        if (word := _word(*function)) and (_letter(function[0]) in letters or (twice and function[1] is phi))
    }
    return tuple(_renamed(step, words) for step in steps) if words else tuple(steps)


def _word(name: str, call: object) -> str | None:
    for own, word in ((phi, "lower"), (cumulative, "normcdf"), (density, "normpdf")):
        if call is own:
            return word
    return WORDS.get(name)


WORDS = {"σ": "sigmoid", "log Γ": "lgamma", "ψ": "digamma", "ψ′": "trigamma"}


def _letter(function: str) -> str:
    """Γ of log Γ, and ψ of ψ′."""
    return function.removesuffix("′")[-1]


def _renamed(step: Step, words: dict[tuple[str, object], str]) -> Step:
    def change(part: Formula) -> Formula:
        if part.kind == "series":
            return replace(part, data=replace(part.data, term=mapped(part.data.term, change)))
        if part.kind != "apply" or part.data not in words:
            return part
        return replace(part, data=(words[part.data], part.data[1]))

    rule = step.rule
    for (letter, call), word in words.items():
        rule = rule.replace(f" {letter}(", f" {word}(") if call is phi else rule
    return replace(step, left=mapped(step.left, change), right=mapped(step.right, change), rule=rule)
