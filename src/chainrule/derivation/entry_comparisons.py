"""Comparisons of entries, written short: 9 x > −x as x > 0.

sympy does not end where both sides are multiples of one sum, as in 9 (y − x) > x − y.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

SAME = 1e-12  # relative, of the ratios of terms


def compared(relation: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    """``relation(a, b)``, where a is a multiple of b as that of what they have in common with 0."""
    from sympy import expand

    ratio = _ratio(a, b)
    if ratio is None or ratio == 1:
        return relation(a, b)
    common = b if ratio > 1 else -b
    size = abs(next(iter(common.as_coefficients_dict().values())))
    return relation(expand(common / size), 0)


def _ratio(a: Any, b: Any) -> Any:
    """The number by which b is multiplied to give a, term by term; None where there is none."""
    from sympy import Expr, S

    if not (isinstance(a, Expr) and isinstance(b, Expr)):
        return None
    first, second = a.as_coefficients_dict(), b.as_coefficients_dict()
    if first.keys() != second.keys() or S.One in first or 0 in second.values():
        return None
    ratios = [first[term] / second[term] for term in first]
    alike = all(abs(ratio - ratios[0]) <= SAME * abs(ratios[0]) for ratio in ratios)
    return ratios[0] if ratios and alike else None
