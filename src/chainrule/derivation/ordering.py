"""The order of factors and terms in a result: r (1 − 2 x) and not (1 − 2 x) r, x + h Aᵀ x and not turned."""

from __future__ import annotations

from .arithmetic import add, coefficient, product, repeats_scalar, scaled
from .formula import Formula, is_number, walk
from .totals import total


def ordered(part: Formula) -> Formula:
    """A product with 1 − x and the like last; a sum with x before what matrices make of x."""
    parts = part.parts
    if part.kind == "product":
        parts = tuple(sorted(parts, key=_adds_number))
    if part.kind == "add" and _is_of_one_value(part):
        parts = tuple(sorted(parts, key=lambda term: coefficient(term)[1].kind != "symbol"))
    if parts == part.parts:
        return part
    return product(*parts) if part.kind == "product" else add(*parts)


def _adds_number(factor: Formula) -> bool:
    """Whether it is 1 − x, or the like."""
    bare = [term.parts[0] if repeats_scalar(term) else term for term in factor.parts]
    return factor.kind == "add" and any(map(is_number, bare))


def _is_of_one_value(added: Formula) -> bool:
    """Whether all terms have a value in them that one of them is a multiple of, and none is taken away."""
    split = [coefficient(term) for term in added.parts]
    alone = {rest for _, rest in split if rest.kind == "symbol"}
    positive = all(front > 0 for front, _ in split)
    return positive and len(alone) == 1 and all(alone <= set(walk(rest)) for _, rest in split)


def apart(part: Formula) -> Formula:
    """Σ (a ∘ b + c ∘ d) as Σ a ∘ b + Σ c ∘ d, which are the inner products aᵀ b + cᵀ d."""
    if part.kind != "sum" or part.parts[0].ndim != 1 or not _adds_products(part.parts[0]):
        return part
    return _summed(part.parts[0])


def _adds_products(x: Formula, inside: bool = False) -> bool:
    _, rest = scaled(x)
    if rest.kind == "add":
        return all(_adds_products(term, True) for term in rest.parts)
    return inside and rest.kind == "product" and len(rest.parts) == 2


def _summed(x: Formula) -> Formula:
    scalars, rest = scaled(x)
    if rest.kind == "add":
        return product(*scalars, add(*map(_summed, rest.parts)))
    matrices_first = sorted(rest.parts, key=lambda factor: factor.kind != "matmul")
    return product(*scalars, total(product(*matrices_first), (0,)))
