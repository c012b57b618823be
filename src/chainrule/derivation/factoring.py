"""Terms of a sum taken together: A B + C B as (A + C) B, and Σ m ∘ x + c Σ m as Σ m ∘ (x + c).

Or taken apart, to meet others: Σ (x − 1) + 3 of three elements is Σ x.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from functools import reduce
from itertools import combinations
from operator import and_
from typing import NamedTuple

from ..graph import Shape
from .arithmetic import add, coefficient, filled, product, quotient, repeats_scalar, sides
from .formula import ONE, Formula, is_number, number
from .matrices import matmul
from .totals import total


def merged(formula: Formula) -> list[Formula]:
    """The ways to make one of some terms of a sum; where one makes all of them one, that alone."""
    if formula.kind != "add":
        return []
    apart = _permutations(formula.parts)
    if apart:
        return [add(*apart)] if len(apart) > len(formula.parts) else []
    ways = [*_of_products(formula.parts), *_of_sums(formula.parts), *_of_counts(formula.parts)]
    whole = next((term for left, term in ways if not left and term != formula), None)
    found = [_in_place(formula, left, term) for left, term in ways] if whole is None else [whole]
    return [way for way in found if way != formula]


def _in_place(formula: Formula, left: list[Formula], term: Formula) -> Formula:
    """The terms that are left, and what the others are together where the first of those stood."""
    place = next((i for i, part in enumerate(formula.parts) if part not in left), len(left))
    return add(*left[:place], term, *left[place:])


def with_common_factor(formula: Formula) -> Formula:
    """r − 2 x r as r (1 − 2 x), and ½ x − ½ as ½ (x − 1): what stands in front of every term of a sum."""
    if formula.kind != "add":
        return formula
    split = [coefficient(term.parts[0] if repeats_scalar(term) else term) for term in formula.parts]
    fractions = [sides(rest) for _, rest in split]
    factors, divisors = (_common(side) for side in zip(*fractions, strict=True))
    size = abs(split[0][0])
    size = size if all(abs(value) == size for value, _ in split) else 1.0
    if size == 1 and not factors and not divisors:
        return formula
    front = -size if all(value < 0 for value, _ in split) else size
    left = []
    for (value, rest), (above, below) in zip(split, fractions, strict=True):
        if factors or divisors:
            rest = _without(above, factors)
            rest = quotient(rest, _without(below, divisors)) if len(below) > len(divisors) else rest
        left.append(product(number(value / front), rest))
    inside = add(*left)
    inside = inside if inside.shape or not formula.shape else filled(inside, formula.shape)
    whole = product(number(front), *factors, inside)
    return quotient(whole, product(*divisors)) if divisors else whole


def _common(sides: tuple[list[Formula], ...]) -> list[Formula]:
    return list(reduce(and_, map(Counter, sides)).elements())


def _without(factors: list[Formula], some: list[Formula]) -> Formula:
    left = (Counter(factors) - Counter(some)).elements()
    return product(*left) if len(factors) > len(some) else ONE


Merged = tuple[list[Formula], Formula]  # the terms that are left, and what the others are together


def _of_products(terms: tuple[Formula, ...]) -> Iterator[Merged]:
    """Products with one matrix on one side."""
    for last in (True, False):
        split = [_split(term, last) for term in terms]
        for side in dict.fromkeys(side for _, side in split if side is not None):
            inside = [rest for rest, own in split if own == side]
            rest = add(*inside)
            if len(inside) > 1 and rest.ndim:
                left = [term for term, (_, own) in zip(terms, split, strict=True) if own != side]
                yield left, matmul(rest, side) if last else matmul(side, rest)


def _permutations(terms: tuple[Formula, ...]) -> list[Formula]:
    """Products of the same factors in other orders, none of them taken together; of other terms nothing.

    Such is the derivative of a power: Bᵀ Aᵀ Aᵀ + Aᵀ Bᵀ Aᵀ + Aᵀ Aᵀ Bᵀ.
    """
    apart = [product for term in terms for product in _apart(term)]
    factors = [Counter(term.parts) for term in apart if term.kind == "matmul"]
    same = len(factors) == len(apart) > 2 and all(each == factors[0] for each in factors)
    return apart if same else []


def _apart(term: Formula) -> list[Formula]:
    """(A + B) C as A C and B C."""
    for i, factor in enumerate(term.parts if term.kind == "matmul" else ()):
        if factor.kind == "add":
            before, after = term.parts[:i], term.parts[i + 1 :]
            return [found for part in factor.parts for found in _apart(matmul(*before, part, *after))]
    return [term]


def _split(term: Formula, last: bool) -> tuple[Formula, Formula | None]:
    """A term without the last (or first) factor of its matrix product, and that factor."""
    front, rest = coefficient(term)
    scalars = rest.parts[:-1] if rest.kind == "product" else ()
    core = rest.parts[-1] if rest.kind == "product" else rest
    if core.kind != "matmul" or any(part.shape for part in scalars):
        return term, None
    kept, side = (core.parts[:-1], core.parts[-1]) if last else (core.parts[1:], core.parts[0])
    return product(number(front), *scalars, matmul(*kept)), side


class _Sum(NamedTuple):
    """A multiple of a sum over axes, and the factors of what is summed."""

    scalars: list[Formula]
    factors: list[Formula]
    axes: tuple[int, ...]
    shape: Shape

    def without(self, factor: Formula) -> Formula:
        """What is left of the terms, repeated to their shape."""
        factors = list(self.factors)
        factors.remove(factor)
        rest = product(*self.scalars, *factors) if self.scalars or factors else ONE
        return rest if rest.shape else filled(rest, self.shape)


def _of_sums(terms: tuple[Formula, ...]) -> Iterator[Merged]:
    """Two sums over the same axes of products with one factor, or of anything but for numbers in front."""
    split = [(i, found) for i, term in enumerate(terms) if (found := _as_sum(term)) is not None]
    for (first, a), (second, b) in combinations(split, 2):
        if (a.axes, a.shape) != (b.axes, b.shape):
            continue
        common = next((factor for factor in a.factors if factor in b.factors), None)
        left = [term for i, term in enumerate(terms) if i not in (first, second)]
        if common is not None:
            yield left, total(product(common, add(a.without(common), b.without(common))), a.axes)
        elif all(map(is_number, (*a.scalars, *b.scalars))):
            yield left, total(add(*[product(*each.scalars, *each.factors) for each in (a, b)]), a.axes)


def _as_sum(term: Formula) -> _Sum | None:
    factors = list(term.parts) if term.kind == "product" else [term]
    found = [factor for factor in factors if factor.kind == "sum"]
    scalars = [factor for factor in factors if factor.kind != "sum"]
    if len(found) != 1 or any(factor.shape for factor in scalars):
        return None
    ((x,), axes) = found[0].parts, found[0].data
    return _Sum(scalars, list(x.parts) if x.kind == "product" else [x], axes, x.shape)


def _of_counts(terms: tuple[Formula, ...]) -> Iterator[Merged]:
    """A number of times a number that is added to each term of a sum, beside a number."""
    numbers = [term for term in terms if is_number(term)]
    for term in terms if numbers else ():
        front, added = coefficient(term)
        if added.kind != "sum" or added.shape or added.parts[0].kind != "add":
            continue
        (x,) = added.parts
        same = [part for part in x.parts if not part.shape or repeats_scalar(part)]
        rest = [part for part in x.parts if part not in same]
        if same and rest:
            counted = [
                product(number(math.prod(x.shape)), part.parts[0] if part.shape else part) for part in same
            ]
            left = [other for other in terms if other not in (term, *numbers)]
            each = [*counted, total(add(*rest), added.data)]
            yield left, add(*numbers, *[product(number(front), part) for part in each])
