"""How long an entry's expression is to read: what decides in which names it is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .series import FEWEST

LONGEST = 60  # operations in an entry that is written in the arguments alone
LONGEST_OF_VALUES = 40  # of one that is written in named values, and not in the derivatives by them
DEEPEST = 3  # sums within one another in such an entry
MOST_CONDITIONS = 1  # in a term that is written in the arguments alone


def reads_well_in_arguments(entry: Any) -> bool:
    """Whether it is short, and what its pieces depend on is one number for each term of a sum."""
    return operations(entry) <= LONGEST and all(
        len(_compared(term)) <= MOST_CONDITIONS for term in terms_of(entry)
    )


def reads_well_in_values(entry: Any, arrays: Mapping[Any, Any]) -> bool:
    """Whether it is short, or no sums stand in sums in sums and its terms are of few kinds.

    Args:
        entry: the expression.
        arrays: for the symbol of each entry one that stands for its whole array.
    """
    deep = operations(entry) > LONGEST_OF_VALUES and _depth_of_sums(entry) > DEEPEST
    return not deep and _operations_written(entry, arrays) <= LONGEST_OF_VALUES


def terms_of(entry: Any) -> tuple[Any, ...]:
    """The terms of a sum, or of the only sum among the factors of a product."""
    import sympy

    sums = [factor for factor in sympy.Mul.make_args(entry) if factor.is_Add]
    found: tuple[Any, ...] = sums[0].args if len(sums) == 1 else (entry,)
    return found


def operations(entry: Any) -> int:
    """The operations in an expression."""
    import sympy

    return int(sympy.count_ops(entry))


def _compared(term: Any) -> set[Any]:
    """What the conditions of a term's pieces compare with 0."""
    import sympy

    found = [extreme.args[0] - sum(extreme.args[1:]) for extreme in term.atoms(sympy.Max, sympy.Min)]
    for piece in term.atoms(sympy.Piecewise):
        conditions = sympy.Tuple(*[condition for _, condition in piece.args])
        relations = conditions.atoms(sympy.core.relational.Relational)
        found += [relation.lhs - relation.rhs for relation in relations]
    return {-difference if difference.could_extract_minus_sign() else difference for difference in found}


def _operations_written(entry: Any, arrays: Mapping[Any, Any]) -> int:
    """Its operations; alike terms that one Σₖ will hold count once."""
    if not entry.args:
        return 0
    if not entry.is_Add:
        own = max(1, len(entry.args) - 1) if entry.is_Mul or entry.is_Pow or entry.is_Function else 0
        return own + sum(_operations_written(part, arrays) for part in entry.args)
    alike: dict[Any, list[Any]] = {}
    for term in entry.args:
        alike.setdefault(term.xreplace(arrays), []).append(term)
    return sum(
        (1 + _operations_written(terms[0], arrays)) * (len(terms) if len(terms) < FEWEST else 1)
        for terms in alike.values()
    )


def _depth_of_sums(expression: Any) -> int:
    """How many sums stand within one another."""
    inside = max(map(_depth_of_sums, expression.args), default=0)
    return inside + bool(expression.is_Add)
