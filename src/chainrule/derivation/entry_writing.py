"""The formula of an entry's expression: of its forms the one that is shortest to read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .alphabet import Alphabet
from .arithmetic import cases
from .chain import Chain
from .conditions import negated
from .entry_forms import forms_of, length, with_distribution
from .entry_sums import with_entry_sums
from .entry_targets import with_whole_softmax
from .formula import Formula, is_number, mapped
from .legibility import nesting

DATA = ("x", "X", "y", "Y")  # what the names of a function's data begin with
FEW = 3  # forms of an entry that are written, of which one is taken


class EntryWriter:
    """Writes the expressions of entries as formulas, each one once."""

    def __init__(self, chain: Chain, alphabet: Alphabet) -> None:
        self.chain = chain
        self.alphabet = alphabet
        self._formulas: dict[Any, Formula] = {}
        numbers = [anchor for anchor in chain.order if anchor.is_argument and not anchor.node.ndim]
        self._parameters = {a.symbol for a in numbers if not a.name.label.startswith(DATA)}

    def formula(self, entry: Any) -> Formula:
        """The formula that is shortest to read, every term of a sum by itself."""
        if entry not in self._formulas:
            self._formulas[entry] = self._shortest(entry)
        return self._formulas[entry]

    def summed(self, formula: Formula) -> Formula:
        """The formula with alike terms below Σ."""
        return with_entry_sums(formula, self.alphabet.entries, self.chain.letters)

    def _shortest(self, entry: Any) -> Formula:
        entry = with_distribution(entry) if self.chain.facts.normal else entry
        forms = sorted(forms_of(entry), key=length)[:FEW]
        rights = [self._right(form) for form in forms]
        lengths = [length(form) + nesting(right) for form, right in zip(forms, rights, strict=True)]
        return rights[lengths.index(min(lengths))]

    def _right(self, form: Any) -> Formula:
        written_out = _zero_first(self.alphabet.translation.back(form))
        whole = with_whole_softmax(written_out, self.alphabet.entries, self.alphabet.softmaxes)
        return mapped(self.chain.facts.with_letters(whole), self._numbers_first)

    def _numbers_first(self, part: Formula) -> Formula:
        """λ w₁ of w₁ λ: arguments that are one number stand before what else there is, but for x and y."""
        if part.kind != "product":
            return part
        return replace(part, parts=tuple(sorted(part.parts, key=lambda x: not self._is_parameter(x))))

    def _is_parameter(self, part: Formula) -> bool:
        return is_number(part) or part in self._parameters


def _zero_first(formula: Formula) -> Formula:
    """As in the lecture: 0 where z ≤ 0, and the rest elsewhere."""

    def change(part: Formula) -> Formula:
        if part.kind == "cases" and is_number(part.parts[2], 0) and part.parts[0].kind == "compare":
            return cases(negated(part.parts[0]), part.parts[2], part.parts[1])
        return part

    return mapped(formula, change)
