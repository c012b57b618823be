"""Sums that forward propagation knows: those of a softmax are 1, those of what is centred are 0."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

from .algebra import simplified
from .arithmetic import add, apply, coefficient, filled, is_zero, product, scaled, sides, zero
from .formula import ONE, Formula, number, substituted
from .masks import SOFTMAX
from .segments import Anchor
from .shaping import reshaped
from .totals import total, totals_of_terms

Sums = dict[Formula, Formula]


def known_sum(formula: Formula, known: Mapping[Formula, Formula]) -> Formula:
    """A sum as it is known, 𝟏 or 0; the sum itself where neither is."""
    (x,), axes = formula.parts, formula.data
    scalars, rest = scaled(x)
    along = _axes_of_ones(rest)
    if along is not None and set(along) <= set(axes):
        left = [axis for axis in range(x.ndim) if axis not in along]
        repeated = filled(ONE, tuple(x.shape[axis] for axis in left))
        return product(*scalars, total(repeated, tuple(i for i, axis in enumerate(left) if axis in axes)))
    found = known.get(formula)
    if found is not None and _is_plain(found):
        return found
    return zero(formula.shape) if x.kind == "add" and is_zero(_by_terms(x, axes, known)) else formula


def known_sums(order: tuple[Anchor, ...]) -> Sums:
    """The sums of named values that their definitions tell."""
    found: Sums = {}
    for anchor in order:
        if not anchor.is_argument and anchor.node.type.is_float:
            found.update(_of_softmax(anchor))
            found.update(_of_mean(anchor))
            found.update(_of_centred(anchor, found))
    return found


def _is_plain(formula: Formula) -> bool:
    """Whether it is a number, repeated or not: a mean is a longer name for what is summed."""
    return formula.kind == "number" or (formula.kind == "spread" and formula.parts[0].kind == "number")


def _axes_of_ones(x: Formula) -> tuple[int, ...] | None:
    """The axes along which a softmax sums to one."""
    if x.kind != "apply" or x.data[0] not in SOFTMAX:
        return None
    axis = SOFTMAX[x.data[0]]
    return tuple(range(x.ndim)) if axis is None else (x.ndim + axis,)


def _of_softmax(anchor: Anchor) -> Iterator[tuple[Formula, Formula]]:
    """Σ s = 1 of s = softmax(x), and Σ exp(y) = 1 of y = log softmax(x)."""
    import numpy as np

    formula, s = anchor.formula, anchor.symbol
    logarithm = formula.kind == "apply" and formula.data[0].startswith("log softmax")
    if logarithm:
        formula = apply(formula.data[0].removeprefix("log "), formula.parts, formula.shape)
        s = apply("exp", (s,), s.shape, np.exp)
    along = _axes_of_ones(formula)
    for more in _subsets(set(range(s.ndim)) - set(along or ())) if along is not None else ():
        axes = tuple(sorted((*along, *more)))  # type: ignore[misc]
        yield total(s, axes), known_sum(Formula("sum", (formula,), total(s, axes).shape, axes), {})


def _subsets(axes: set[int]) -> Iterator[tuple[int, ...]]:
    for size in range(len(axes) + 1):
        yield from combinations(sorted(axes), size)


def _of_mean(anchor: Anchor) -> Iterator[tuple[Formula, Formula]]:
    """Σ x = n μ of μ = 1/n Σ x."""
    formula = anchor.formula
    value, rest = coefficient(formula)
    rest = rest.parts[0] if rest.kind == "column" else rest
    if rest.kind == "sum" and rest.parts[0].kind == "symbol":
        yield rest, product(number(1 / value), reshaped(anchor.symbol, rest.shape))


def _of_centred(anchor: Anchor, known: Sums) -> Iterator[tuple[Formula, Formula]]:
    """Σ x = 0 along an axis, where the terms of x's definition cancel in the sum."""
    formula = anchor.formula
    if formula.kind not in ("add", "product", "quotient") or formula.ndim == 0:
        return
    for axis in range(formula.ndim):
        added = total(formula, (axis,))
        if formula.kind == "add":
            each = totals_of_terms(formula, (axis,))
            added = simplified(add(*each)) if _may_cancel(each) else added
        if any(is_zero(_resolved(part, known)) for part in (added, *sides(added)[0])):
            yield total(anchor.symbol, (axis,)), zero(added.shape)


def _may_cancel(terms: list[Formula]) -> bool:
    """Whether two are alike but for the numbers in front."""
    bases = [coefficient(term)[1] for term in terms]
    return len(set(bases)) < len(bases)


def _resolved(formula: Formula, known: Mapping[Formula, Formula]) -> Formula:
    return known_sum(formula, known) if formula.kind == "sum" else formula


def _by_terms(x: Formula, axes: tuple[int, ...], known: Mapping[Formula, Formula]) -> Formula:
    """The sum of each term by itself, as it is known."""
    sums = totals_of_terms(x, axes)
    if not any(part in known for added in sums for part in (added, *sides(added)[0])):
        return ONE
    return simplified(add(*[substituted(added, known) for added in sums]))
