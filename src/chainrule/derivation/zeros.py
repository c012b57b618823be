"""Products with what is zero but at some places: p ∘ put[k](v) is put[k](p[k] v), and pᵀ put[k](v) is p[k] v.

So the gradient of −log p[k] by what the softmax p is taken of is p − onehot(k).
"""

from __future__ import annotations

from collections.abc import Mapping

from .algebra import simplified
from .arithmetic import add, product, repeats_scalar, scaled
from .formula import Formula, mapped
from .legibility import cost
from .matrices import diagonal, matmul, transpose
from .places import picked, put

Names = Mapping[Formula, Formula]


def with_places(formula: Formula, names: Names) -> Formula:
    """A product with zeros computed where these are not; the same where that isn't shorter.

    Args:
        formula: a product element by element, or of matrices.
        names: the names of what is picked from other values, z of z = p[k].
    """
    found = _inner(formula, names) if formula.kind == "matmul" else _element_wise(formula, names)
    return found if found is not None and cost(found) < cost(formula) else formula


def _element_wise(formula: Formula, names: Names) -> Formula | None:
    """Of a product with zeros, or with a sum in which zeros are a term."""
    for factor in formula.parts:
        others = list(formula.parts)
        others.remove(factor)
        if factor.kind == "diag" and factor.parts[0].ndim == 1:
            return _on_diagonal(others, factor, names)
        if _is_put(factor) and len(others) > sum(not other.shape for other in others):
            return _at_places(others, factor, names)
        if factor.kind == "add" and any(map(_is_sparse, factor.parts)):
            terms = [product(*others, term) for term in factor.parts]
            whole = add(*[with_places(term, names) if term.kind == "product" else term for term in terms])
            return simplified(whole)
    return None


def _at_places(factors: list[Formula], zeros: Formula, names: Names) -> Formula:
    """x ∘ put[k](v) as put[k](x[k] ∘ v)."""
    scalars = [factor for factor in factors if not factor.shape]
    arrays = [_picked(factor, zeros, names) for factor in factors if factor.shape]
    value = simplified(mapped(product(*arrays, zeros.parts[0]), lambda part: names.get(part, part)))
    return product(*scalars, put(value, zeros.data, zeros.parts[1:], zeros.shape))


def _on_diagonal(factors: list[Formula], diag: Formula, names: Names) -> Formula:
    """X ∘ diag(v) as diag(diag(X) ∘ v)."""
    (v,) = diag.parts
    scalars = [factor for factor in factors if not factor.shape]
    arrays = [Formula("diagonal of", (factor,), v.shape) for factor in factors if factor.shape]
    value = simplified(mapped(product(*arrays, v), lambda part: names.get(part, part)))
    return product(*scalars, diagonal(value))


def _inner(formula: Formula, names: Names) -> Formula | None:
    """xᵀ put[k](v) as x[k] v."""
    for i, (row, zeros) in enumerate(zip(formula.parts, formula.parts[1:], strict=False)):
        x = transpose(row)
        if x.ndim == 1 and row.shape == (1, *x.shape) and _is_put(zeros) and zeros.ndim == 1:
            left, value = _picked(x, zeros, names), zeros.parts[0]
            both = product(left, value) if not value.shape else matmul(transpose(left), value)
            both = simplified(mapped(both, lambda part: names.get(part, part)))
            return matmul(*formula.parts[:i], both, *formula.parts[i + 2 :])
    return None


def _is_put(x: Formula) -> bool:
    return x.kind == "put"


def _is_sparse(term: Formula) -> bool:
    return scaled(term)[1].kind in ("put", "diag")


def _picked(x: Formula, zeros: Formula, names: Names) -> Formula:
    """x at the places where zeros are not."""
    places = zeros.parts[1:]
    if repeats_scalar(x):
        return x.parts[0]
    found = (
        Formula("index", (x, *places), zeros.parts[0].shape, zeros.data)
        if places
        else picked(x, zeros.data.entries)
    )
    return names.get(found, found)
