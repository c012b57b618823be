"""The forms of an entry's expression, of which the shortest to read is written."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from .entries import distribution, logistic

MOST_SYMBOLS = 10  # in an entry that simplification is tried on
SIMPLIFIED = 30  # operations in an entry that simplification is tried on
MOST_COLLECTED = 30  # terms in a sum in which common sums are looked for
FACTORED = 200  # operations in an entry that common factors are looked for in
MOST_PIECES = 3  # functions of cases that are made one
MOST_PIECES_OF_ONE = 6  # of these, where all conditions are on one number
MOST_RELATIONS = 4  # in a condition whose shortest form is looked for


def forms_of(expression: Any) -> list[Any]:
    """Forms of an entry, of which one is the shortest to read."""
    import sympy

    folded = _folded(expression)
    found = [expression, folded, _term_by_term(folded)]
    if sympy.count_ops(folded) <= FACTORED:
        found.append(sympy.factor_terms(folded, clear=False))
    return [*found, *_rational_forms(folded)]


def _folded(expression: Any) -> Any:
    """Few functions of cases as one; of a sum, those of the terms that depend on the same."""
    import sympy

    pieces = expression.atoms(sympy.Piecewise)
    if not pieces:
        return expression
    groups: dict[Any, list[Any]] = {}
    for term in expression.args if expression.is_Add else ():
        groups.setdefault(frozenset(_conditions_of(term)), []).append(term)
    if len(groups) > 1:
        return sympy.Add(*[_folded(sympy.Add(*terms)) for terms in groups.values()])
    if len(pieces) <= (MOST_PIECES_OF_ONE if len(_conditions_of(expression)) == 1 else MOST_PIECES):
        return _shorter_cases(sympy.piecewise_fold(expression))
    return sympy.Mul(*map(_folded, expression.args)) if expression.is_Mul else expression


def _conditions_of(expression: Any) -> set[Any]:
    """The symbols in the conditions of its cases."""
    import sympy

    pieces = expression.atoms(sympy.Piecewise)
    return {x for piece in pieces for _, condition in piece.args for x in condition.free_symbols}


def with_distribution(expression: Any) -> Any:
    """An entry with Φ in place of erf, erf(x/√2) being 2 Φ(x) − 1."""
    import sympy

    found = expression.replace(sympy.erf, lambda x: 2 * distribution()(sympy.sqrt(2) * x) - 1)
    return min((found, sympy.expand_mul(found)), key=sympy.count_ops)


def _rational_forms(expression: Any) -> list[Any]:
    """Cancelled and factored, σ(x) and tanh(x) as numbers by themselves."""
    import sympy

    functions = sorted(expression.atoms(logistic(), distribution(), sympy.tanh), key=sympy.default_sort_key)
    stand_ins = {function: sympy.Dummy() for function in functions}
    plain = expression.xreplace(stand_ins)
    if len(plain.free_symbols) > MOST_SYMBOLS or sympy.count_ops(plain) > SIMPLIFIED:
        return []
    if not plain.is_rational_function():
        return []
    back = {stand_in: function for function, stand_in in stand_ins.items()}
    return [change(plain).xreplace(back) for change in (_together, sympy.factor, sympy.cancel)]


def _together(expression: Any) -> Any:
    """Over one bar, nothing multiplied out."""
    import sympy

    return sympy.factor_terms(sympy.together(expression))


def _term_by_term(expression: Any) -> Any:
    """The terms of a sum, each in its shortest form."""
    import sympy

    factors = sympy.Mul.make_args(expression)
    sums = [factor for factor in factors if factor.is_Add]
    if len(sums) != 1:
        return expression
    terms = [
        min([term, *_rational_forms(term)], key=lambda form: (form.is_Add, length(form)))
        for term in sums[0].args
    ]
    others = [factor for factor in factors if factor is not sums[0]]
    return sympy.Mul(*others, sympy.Add(*terms), evaluate=False) if others else sympy.Add(*terms)


def collected(entries: Any) -> Any:
    """Entries in which a sum that is a factor of several terms stands once."""
    import sympy

    result = entries.copy()
    for index, entry in np.ndenumerate(entries):
        if entry.has(sympy.Add) and sympy.count_ops(entry) <= FACTORED:
            factored = sympy.factor_terms(entry, clear=False)
            shorter = _collected(factored)
            result[index] = entry if shorter == factored else shorter
    return result


def _collected(expression: Any) -> Any:
    import sympy

    if expression.is_Mul:
        return sympy.Mul(*map(_collected, expression.args))
    if not expression.is_Add or len(expression.args) > MOST_COLLECTED:
        return expression
    sums = Counter(factor for term in expression.args for factor in _sums_in(term))
    common, times = max(sums.items(), key=lambda item: item[1], default=(None, 1))
    if times < 2:
        return expression
    inside = [term for term in expression.args if common in _sums_in(term)]
    rest = [term for term in expression.args if common not in _sums_in(term)]
    return sympy.Add(common * sympy.Add(*[term / common for term in inside]), *rest)


def _sums_in(term: Any) -> list[Any]:
    """The sums among the factors of a term."""
    import sympy

    return [factor for factor in sympy.Mul.make_args(term) if factor.is_Add]


def _shorter_cases(expression: Any) -> Any:
    """Cases that can hold, each condition in its shortest form; what holds at last holds elsewhere.

    Of the greatest of several numbers the derivative is 0/0 where none is the greatest, which cannot be.
    """
    import sympy

    def shortest_form(condition: Any) -> Any:
        relations = len(condition.atoms(sympy.core.relational.Relational))
        if not 1 < relations <= MOST_RELATIONS:
            return condition
        regular = sympy.simplify_logic(condition, deep=False)
        several = condition.has(sympy.Eq, sympy.Ne) and len(condition.free_symbols) > 1
        shortest = regular if several else regular.simplify()
        return min((condition, regular, shortest), key=sympy.count_ops)

    def shorter(*pieces: Any) -> Any:
        kept, so_far = [], sympy.false
        pieces = tuple(piece for piece in pieces if not piece[0].has(sympy.nan, sympy.zoo)) or pieces
        for k, (value, condition) in enumerate(pieces, 1):
            shortest = shortest_form(condition)
            so_far = shortest_form(sympy.Or(so_far, shortest))
            always = so_far == sympy.true or k == len(pieces)
            kept.append((value, sympy.true if always else shortest))
            if always:
                break
        return sympy.Piecewise(*kept)

    return expression.replace(sympy.Piecewise, shorter)


def length(expression: Any) -> float:
    """How long it is to read; nested cases and long sums read badly."""
    import sympy

    pieces = expression.atoms(sympy.Piecewise)
    inside = sum(piece is not expression for piece in pieces)
    return float(sympy.count_ops(expression)) + 5.0 * inside + 0.5 * _longest_sum(expression)


def _longest_sum(expression: Any) -> int:
    import sympy

    return max((len(added.args) for added in expression.atoms(sympy.Add)), default=1)
