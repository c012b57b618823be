"""How much there is to read in a formula: what simplification makes less."""

from __future__ import annotations

from typing import NamedTuple

from .formula import Formula, is_number, walk
from .numbers import decimal, exact

OF_DOUBLE_FRACTION = 4.0  # for a fraction that stands in a fraction
OF_INNER_SUM = 0.7  # for a sum in parentheses that stand in parentheses


class StandIn(NamedTuple):
    """What stands for an atom, and the atom's cost."""

    number: int
    cost: float


def cost(formula: Formula) -> float:
    """How much there is to read: names and operations, and what stands in one of its own kind."""
    parts = list(walk(formula))
    return sum(_weight(part) + 0.2 * max(0, len(part.parts) - 2) for part in parts) + nesting(formula)


def longest_sum(formula: Formula) -> int:
    """The terms of the longest sum in it."""
    return max((len(part.parts) for part in walk(formula) if part.kind == "add"), default=1)


def _weight(part: Formula) -> float:
    if part.kind == "number":
        return _weight_of_number(part.data)
    if isinstance(part.data, StandIn):
        return part.data.cost
    if part.kind == "add":  # 1 − x is no longer than x − 1
        return 1.1 - sum(_is_negative(term) for term in part.parts)
    return {"quotient": 1.2, "spread": 0.1}.get(part.kind, 1.0)


def _weight_of_number(value: float) -> float:
    found = exact(value)
    if found is None:
        return 3.0
    size = abs(found[0])
    return 0.1 + 0.3 * len(decimal(size) or str(size)) + 0.3 * bool(found[1])


def _is_negative(term: Formula) -> bool:
    return term.kind == "product" and len(term.parts) == 2 and is_number(term.parts[0], -1)


def nesting(formula: Formula, fractions: bool = False, sums: bool = False) -> float:
    """The cost of fractions within fractions, and of sums within sums that are factors.

    Args:
        formula: what is read.
        fractions: whether a fraction is around it.
        sums: whether parentheses are around it.
    """
    found = 0.0
    if formula.kind == "quotient":
        found += OF_DOUBLE_FRACTION * fractions
        fractions = True
    enclosed = formula.kind in ("product", "quotient", "power")
    for part in formula.parts:
        if enclosed and part.kind == "add":
            found += OF_INNER_SUM * sums + nesting(part, fractions, True)
        else:
            found += nesting(part, fractions, sums)
    return found
