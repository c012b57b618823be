"""The forms of an entry's expression, of which the shortest to read is written."""

from __future__ import annotations

from typing import Any

from .entries import distribution, logistic

SIMPLIFIED = 30  # operations in an entry that simplification is tried on
FACTORED = 200  # operations in an entry that common factors are looked for in
MOST_PIECES = 3  # functions of cases that are made one
MOST_PIECES_OF_ONE = 6  # of these, where all conditions are on one number
MOST_RELATIONS = 4  # in a condition whose shortest form is looked for


def forms_of(expression: Any) -> list[Any]:
    """Forms of an entry, of which one is the shortest to read."""
    import sympy

    pieces = expression.atoms(sympy.Piecewise)
    of_one = len({x for piece in pieces for _, condition in piece.args for x in condition.free_symbols}) == 1
    most = MOST_PIECES_OF_ONE if of_one else MOST_PIECES
    folded = _shorter_cases(sympy.piecewise_fold(expression)) if 0 < len(pieces) <= most else expression
    found = [expression, folded, _term_by_term(folded)]
    if sympy.count_ops(folded) <= FACTORED:
        found.append(sympy.factor_terms(folded, clear=False))
    return [*found, *_rational_forms(folded)]


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
    if sympy.count_ops(plain) > SIMPLIFIED or not plain.is_rational_function():
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


def _shorter_cases(expression: Any) -> Any:
    """Cases that can hold, each condition in its shortest form; what holds at last holds elsewhere."""
    import sympy

    def shortest_form(condition: Any) -> Any:
        relations = len(condition.atoms(sympy.core.relational.Relational))
        if not 1 < relations <= MOST_RELATIONS:
            return condition
        regular = sympy.simplify_logic(condition)
        return min((condition, regular, regular.simplify()), key=sympy.count_ops)

    def shorter(*pieces: Any) -> Any:
        kept, so_far = [], sympy.false
        for value, condition in pieces:
            shortest = shortest_form(condition)
            so_far = shortest_form(sympy.Or(so_far, shortest))
            always = so_far == sympy.true
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
