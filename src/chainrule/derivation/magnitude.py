"""How large a formula's value would be if nothing in it cancelled: what its rounding is relative to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .arithmetic import apply, filled
from .cross import both_terms
from .formula import ONE, Formula, number
from .normal import cumulative

ADDITIVE = frozenset(
    (
        "add",
        "product",
        "matmul",
        "convolution",
        "correlation",
        "transpose",
        "sum",
        "spread",
        "diag",
        "kron",
        "vec",
        "column",
        "reshape",
        "contract",
        "vector",
        "rows",
        "stack",
        "diagonal of",
        "trace",
    )
)
NON_NEGATIVE = frozenset(("ones", "zeros", "identity", "commutation", "indicator"))


def magnitude(formula: Formula) -> Formula:
    """The formula with the magnitudes of all terms and factors: |A| |B| + |C| of A B − C.

    Its value bounds that of the formula, and a few units in its last place bound the rounding errors (Higham,
    Accuracy and Stability of Numerical Algorithms, §3.5).
    """
    return _magnitude(formula, {})


def _magnitude(formula: Formula, known: dict[Formula, Formula]) -> Formula:
    if formula not in known:
        known[formula] = _of_kind(formula, known)
    return known[formula]


def _of_kind(formula: Formula, known: dict[Formula, Formula]) -> Formula:
    if formula.kind in NON_NEGATIVE:
        return formula
    if formula.kind == "number":
        return number(abs(formula.data))
    if formula.kind in ADDITIVE:
        return replace(formula, parts=tuple(_magnitude(part, known) for part in formula.parts))
    if formula.kind == "cross":
        a, b = (_magnitude(part, known) for part in formula.parts)
        return apply("both terms of ×", (a, b), formula.shape, both_terms)
    if formula.kind == "put":
        x, *places = formula.parts
        return replace(formula, parts=(_magnitude(x, known), *places))
    if formula.kind == "quotient":
        above, below = formula.parts
        return replace(formula, parts=(_magnitude(above, known), _absolute(below)))
    if formula.kind == "cases":
        condition, *branches = formula.parts
        return replace(formula, parts=(condition, *[_magnitude(branch, known) for branch in branches]))
    if formula.kind == "apply" and formula.data[1] is cumulative:
        return filled(ONE, formula.shape) if formula.shape else ONE  # of ½ (1 + erf), which cancels
    return _absolute(formula)


def _absolute(formula: Formula) -> Formula:
    return apply("abs", (formula,), formula.shape, np.abs)
