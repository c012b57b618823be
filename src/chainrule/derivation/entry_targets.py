"""Sums of entries that are 1: those of a softmax always, those of a one-hot target at the point."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..graph import Shape
from .arithmetic import add
from .chain import Chain
from .comparing import written
from .entry_names import Entry, Place
from .evaluation import Values, evaluate
from .formula import ONE, Formula, mapped, substituted, walk
from .names import Name


def with_whole_softmax(
    formula: Formula, entries: Mapping[Name, Entry], rows: Mapping[Name, Shape]
) -> Formula:
    """The formula with 1 for the sum of all entries of a row, of arrays (with their shapes) of such rows."""

    def change(part: Formula) -> Formula:
        if part.kind != "add":
            return part
        groups: dict[tuple[Name, tuple[Place, ...]], list[Formula]] = {}
        for term in part.parts:
            entry = entries.get(term.data) if term.kind == "symbol" else None
            if entry is not None and not entry.output and entry.array in rows:
                groups.setdefault((entry.array, entry.places[:-1]), []).append(term)
        whole = [terms for (array, _), terms in groups.items() if len(terms) == rows[array][-1]]
        taken = {term for terms in whole for term in terms}
        return (
            add(*[term for term in part.parts if term not in taken], *[ONE] * len(whole)) if whole else part
        )

    return mapped(formula, change)


def with_whole_targets(
    chain: Chain, entries: Mapping[Name, Entry], formula: Formula, values: Values
) -> tuple[Formula, str]:
    """The formula with 1 for sums of all entries of a row that are 1 at the point, and the reason."""
    still = {anchor.name: anchor.node.shape for anchor in chain.order if anchor not in chain.moving}
    found: dict[Formula, Name] = {}
    for part in walk(formula):
        array = _of_whole_row(part, entries, still)
        if array is not None and np.isclose(evaluate(part, values), 1.0, rtol=0, atol=1e-12):
            found[part] = array
    return substituted(formula, dict.fromkeys(found, ONE)), _said(found)


def _said(sums: Mapping[Formula, Name]) -> str:
    if len(sums) == 1:
        return f"{written(*sums)} = 1"
    arrays = dict.fromkeys(name.text for name in sums.values())
    return f"the rows of {' and '.join(arrays)} sum to 1" if arrays else ""


def _of_whole_row(part: Formula, entries: Mapping[Name, Entry], still: Mapping[Name, Shape]) -> Name | None:
    """The array of which a sum holds all entries of a row, each once."""
    of = [entries.get(term.data) if term.kind == "symbol" else None for term in part.parts]
    if part.kind != "add" or None in of:
        return None
    known = [entry for entry in of if entry is not None]
    (array, *others), rows = {entry.array for entry in known}, {entry.places[:-1] for entry in known}
    shape = still.get(array)
    if others or not shape or len(rows) > 1 or any(entry.output for entry in known):
        return None
    return array if {entry.places[-1] for entry in known} == set(range(shape[-1])) else None
