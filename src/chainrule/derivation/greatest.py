"""Where an array is its greatest entry: 𝟙[x = max(x)], shared by as many entries as tie."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import numpy as np

from .arithmetic import filled
from .evaluation import Values, evaluate
from .formula import ONE, Formula, substituted, walk
from .step import Step

VIEWS = {"spread", "column", "reshape", "transpose", "slice", "index"}
Definitions = Mapping[Formula, Formula]


def untied(formula: Formula, definitions: Definitions, values: Values) -> Formula:
    """A derivative without the numbers of entries that are the greatest, where each is 1 at a point.

    Args:
        formula: the derivative, in which 𝟙[x = max(x)] is divided by these numbers.
        definitions: the formula of each named value.
        values: the arrays of all names at the point.
    """
    alone = [count for count in set(_counts(formula, definitions)) if np.all(evaluate(count, values) == 1)]
    return substituted(formula, {count: filled(ONE, count.shape) if count.shape else ONE for count in alone})


def with_ties_said(steps: Iterable[Step], definitions: Definitions) -> Iterator[Step]:
    """The lines; the first in which the place of a greatest entry stands says if entries may tie."""
    said = False
    for step in steps:
        if not said and any(_is_place(part, definitions) for part in walk(step.right)):
            shared = any(_counts(step.right, definitions))
            remark = "shared where several entries tie" if shared else "where no two entries tie"
            said, step = True, replace(step, remark="; ".join(filter(None, (step.remark, remark))))
        yield step


def _counts(formula: Formula, definitions: Definitions) -> Iterator[Formula]:
    """How many entries are the greatest: sums of 𝟙[x = max(x)]."""
    for part in walk(formula):
        if part.kind == "sum" and _is_place(part.parts[0], definitions):
            yield part


def _is_place(part: Formula, definitions: Definitions) -> bool:
    """Whether it is 𝟙[x = max(x)], or of the least."""
    compared = part.parts[0] if part.kind == "indicator" else part
    if compared.kind != "compare" or compared.data[0] != "=":
        return False
    x, most = compared.parts
    most = _below_views(most)
    most = _below_views(definitions.get(most, most))
    return most.kind == "apply" and most.data[0].split(" ")[0] in ("max", "min") and most.parts == (x,)


def _below_views(part: Formula) -> Formula:
    """The array that is repeated or arranged otherwise, as p of p 𝟏ᵀ and 𝟏 pᵀ."""
    if part.kind == "matmul" and len(part.parts) == 2:
        part = next((x for x in part.parts if _below_views(x).kind != "ones"), part)
    return _below_views(part.parts[0]) if part.kind in VIEWS else part
