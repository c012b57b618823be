"""Conditions, and their values: 𝟙[a > b] is 1 where a > b and 0 elsewhere.

A comparison is a condition, and stands by itself only where one is asked for: in an indicator, as the
condition of cases, and joined to others by and, or and not. Everywhere else it is the array 𝟙[a > b].
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .arithmetic import add, apply, coefficient, is_zero, negative, repeats_scalar, zero
from .formula import ONE, REBUILT, ZERO, Formula, is_number

OPPOSITE: dict[str, tuple[str, Any]] = {
    ">": ("≤", np.less_equal), "≤": (">", np.greater), "<": ("≥", np.greater_equal), "≥": ("<", np.less),
    "=": ("≠", np.not_equal), "≠": ("=", np.equal),
}  # fmt: skip
#: The relation of b to a, where a has the other to b.
TURNED: dict[str, tuple[str, Any]] = {
    ">": ("<", np.less), "<": (">", np.greater), "≥": ("≤", np.less_equal), "≤": ("≥", np.greater_equal),
}  # fmt: skip
JOINED: dict[str, Callable[..., Any]] = {
    "and": np.logical_and, "or": np.logical_or, "xor": np.logical_xor, "not": np.logical_not,
}  # fmt: skip


def _bare(term: Formula) -> Formula:
    return term.parts[0] if repeats_scalar(term) else term


def indicator(condition: Formula) -> Formula:
    """𝟙[condition]."""
    return condition if condition.kind == "indicator" else Formula("indicator", (condition,), condition.shape)


def condition_of(truth: Formula) -> Formula:
    """The condition whose indicator an array of truth values is, or the array itself, which has a name."""
    return truth.parts[0] if truth.kind == "indicator" else truth


def comparison(a: Formula, symbol: str, b: Formula, shape: tuple[int, ...], call: Any) -> Formula:
    """𝟙[a > b], or another relation's; 1 − x > 0 and max(x, 0) < 1 as x < 1, 2 x > −x as x > 0."""
    a = _within(a, symbol, b)
    (first, x), (second, other) = coefficient(a), coefficient(b)
    if x == other and x != ONE and first != second and not is_zero(b):
        symbol, call = TURNED.get(symbol, (symbol, call)) if first < second else (symbol, call)
        return comparison(x, symbol, zero(x.shape), shape, call)
    if is_zero(b) and a.kind == "add" and symbol in TURNED:
        limit = [term for term in a.parts if is_number(_bare(term))]
        others = [term for term in a.parts if term not in limit]
        if len(limit) == 1 and _bare(limit[0]).data > 0 and all(coefficient(x)[0] < 0 for x in others):
            turned, opposite = TURNED[symbol]
            return comparison(add(*map(negative, others)), turned, limit[0], shape, opposite)
    return indicator(Formula("compare", (a, b), shape, (symbol, call)))


def _within(a: Formula, symbol: str, b: Formula) -> Formula:
    """x of max(x, c) where a number b above c is compared with it from above, and of min(x, c) likewise."""
    if a.kind != "apply" or (a.data[0], symbol) not in (("max", "<"), ("min", ">")):
        return a
    limits = [part for part in a.parts if is_number(_bare(part))]
    others = [part for part in a.parts if part not in limits]
    if len(limits) != 1 or len(others) != 1 or not is_number(_bare(b)):
        return a
    limit, bound = _bare(limits[0]).data, _bare(b).data
    return others[0] if (limit < bound if symbol == "<" else limit > bound) else a


def joined(name: str, *truths: Formula) -> Formula:
    """𝟙[and(a > b, c > d)], or of or, xor and not."""
    if name == "not":
        return indicator(negated(condition_of(truths[0])))
    return indicator(_joined(name, *map(condition_of, truths)))


def _joined(name: str, *conditions: Formula) -> Formula:
    return apply(name, conditions, conditions[0].shape, JOINED[name])


def negated(condition: Formula) -> Formula:
    """The opposite condition."""
    if condition.kind == "compare":
        return Formula("compare", condition.parts, condition.shape, OPPOSITE[condition.data[0]])
    return _joined("not", condition)


def tightened(factors: Sequence[Formula]) -> list[Formula]:
    """Factors without the indicators that others imply: 𝟙[x ≤ 1] ∘ 𝟙[x < −1] is 𝟙[x < −1].

    So is max(x, 0) ∘ 𝟙[x > 0] max(x, 0).
    """
    bounds = {factor: found for factor in factors if (found := _bound(factor))}
    positive = {where for factor in factors if (where := _where_positive(factor)) is not None}
    return [
        factor
        for factor in factors
        if factor not in positive
        and (factor not in bounds or not any(_implies(other, bounds[factor]) for other in bounds.values()))
    ]


def _where_positive(factor: Formula) -> Formula | None:
    """The indicator of where max(x, 0), or a power of it, is not zero."""
    base = factor.parts[0] if factor.kind == "power" and is_number(factor.parts[1]) else factor
    if base.kind != "apply" or base.data[0] != "max" or len(base.parts) != 2:
        return None
    above = [part for part in base.parts if not is_zero(part)]
    return comparison(above[0], ">", ZERO, base.shape, np.greater) if len(above) == 1 else None


Bound = tuple[Formula, bool, float, bool]


def _bound(factor: Formula) -> Bound | None:
    """What is bounded, whether from above, by which number, and whether that itself is let through."""
    condition = condition_of(factor)
    if factor.kind != "indicator" or condition.kind != "compare" or condition.data[0] not in "<≤>≥":
        return None
    x, limit = condition.parts
    limit = limit.parts[0] if repeats_scalar(limit) else limit
    sign = condition.data[0]
    return (x, sign in "<≤", limit.data, sign in "≤≥") if is_number(limit) else None


def _implies(a: Bound, b: Bound) -> bool:
    """Whether what keeps one bound keeps another, which lets more through."""
    if a == b or a[:2] != b[:2]:
        return False
    (_, above, mine, itself), (_, _, other, other_itself) = a, b
    closer = mine < other if above else mine > other
    return closer or (mine == other and other_itself and not itself)


REBUILT["indicator"] = lambda f, parts: indicator(*parts)
REBUILT["cases"] = lambda f, parts: Formula("cases", (condition_of(parts[0]), *parts[1:]), f.shape)
