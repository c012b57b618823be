"""Products with masks of ones and zeros that have names: a triangle, or what Cholesky's rule takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import permutations

import numpy as np

from .arithmetic import add, apply, product, repeats_scalar, scaled
from .formula import Formula, is_number, number
from .numbers import strict_triangle, triangle

SOFTMAX = {"softmax": None, "softmax of each row": -1, "softmax of each column": -2}  # and its axis


def is_mask(value: np.ndarray) -> bool:
    """Whether a product with it has a name."""
    return bool(triangle(value) or strict_triangle(value)) or _is_phi(value)


def masked(mask: Formula, x: Formula) -> Formula:
    """tril(X) of a product with a mask of ones on and below the diagonal, or triu(X), or Φ(X)."""
    scalars, rest = scaled(x)
    value = mask.data.value
    if _is_phi(value):
        return product(*scalars, apply("Φ", (rest,), rest.shape, phi))
    name = triangle(value)
    if name:
        return product(*scalars, apply(name, (rest,), rest.shape, CALLS[name]))
    name = strict_triangle(value)
    return product(*scalars, apply(name, (rest, number(OFF_DIAGONAL[name])), rest.shape, CALLS[name]))


def whole(added: Formula) -> Formula:
    """X of triu(X) + tril(X, −1), and of tril(X) + triu(X, 1)."""
    for with_diagonal, without in permutations(added.parts, 2):
        (scalars, a), (others, b) = scaled(with_diagonal), scaled(without)
        halves = scalars == others and a.kind == b.kind == "apply" and (len(a.parts), len(b.parts)) == (1, 2)
        if halves and {a.data[0], b.data[0]} == set(CALLS) and a.parts[0] == b.parts[0]:
            left = [term for term in added.parts if term not in (with_diagonal, without)]
            return whole(add(product(*scalars, a.parts[0]), *left))
    return added


def condition_of_softmax(formula: Formula) -> Formula | None:
    """Where alone a softmax is not 0: the condition in softmax({x where it holds, else −∞}); else None."""
    inner = formula.parts[0] if formula.kind == "apply" and formula.data[0] in SOFTMAX else None
    if inner is None or inner.kind != "cases" or not repeats_scalar(inner.parts[2]):
        return None
    return inner.parts[0] if is_number(inner.parts[2].parts[0], -np.inf) else None


def without_masks(part: Formula, outside: Mapping[Formula, Formula]) -> Formula:
    """A product without masks that a factor has already: tril(A ∘ X) is A ∘ X of a masked softmax A.

    Args:
        part: what is written.
        outside: the condition of each named value outside of which it is 0.
    """
    if part.kind == "product":
        conditions = [outside[factor] for factor in part.parts if factor in outside]
        masks = [factor for factor in part.parts if factor.kind == "indicator"]
        again = [factor for factor in masks if factor.parts[0] in conditions]
        return product(*[factor for factor in part.parts if factor not in again]) if again else part
    if part.kind == "apply" and part.data[0] in CALLS:
        inner = part.parts[0]
        for factor in inner.parts if inner.kind == "product" else ():
            condition = outside.get(factor)
            if condition is None or condition.kind != "literal" or not is_mask(condition.data.value):
                continue
            if masked(condition, inner) == part:
                return inner
    return part


def _triangle(part: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    return lambda x, k=0: part(x, int(k))


CALLS = {"tril": _triangle(np.tril), "triu": _triangle(np.triu)}
OFF_DIAGONAL = {"tril": -1, "triu": 1}


def phi(x: np.ndarray) -> np.ndarray:
    """What is below the diagonal of a square matrix, and half of what is on it."""
    below: np.ndarray = np.tril(x) - np.diag(np.diag(x)) / 2
    return below


def _is_phi(mask: np.ndarray) -> bool:
    """Whether to multiply by a mask is to take :func:`phi`."""
    square = mask.ndim == 2 and mask.shape[0] == mask.shape[1] > 1
    return square and np.array_equal(mask, phi(np.ones(mask.shape)))
