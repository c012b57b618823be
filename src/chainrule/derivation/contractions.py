"""Contractions as products of matrices, where they are that; else with their indices."""

from __future__ import annotations

from ..graph import Shape
from ..primitives.contraction import parse
from .formula import Formula, matmul, product, spread, total, transpose


def contraction(spec: str, a: Formula, b: Formula, shape: Shape) -> Formula:
    """``einsum(spec, a, b)`` as a formula."""
    first, second, output = parse(spec)
    if not first or not second:
        return product(a, b)
    shared = set(first) & set(second)
    summed = shared - set(output)
    both_matrices = max(len(first), len(second)) <= 2
    if both_matrices and len(shared) == len(summed) == 1 and len(first + second) > 2:
        return _matrix_product(first, second, output, a, b)
    if not shared and len(first) == len(second) == 1:
        return matmul(a, transpose(b)) if output == first + second else matmul(b, transpose(a))
    aligned = _element_wise(first, second, output, a, b)
    return aligned or Formula("contract", (a, b), shape, spec)


def _matrix_product(first: str, second: str, output: str, a: Formula, b: Formula) -> Formula:
    """One summed letter: a product of matrices and vectors, transposed as the letters say."""
    (summed,) = set(first) & set(second)
    if output and (output[0] in second):
        first, second, a, b = second, first, b, a
    left = a if first[-1] == summed else transpose(a)
    right = b if second[0] == summed else transpose(b)
    return matmul(left, right)


def _element_wise(first: str, second: str, output: str, a: Formula, b: Formula) -> Formula | None:
    """Products element by element, repeated along what one lacks and summed over what is not returned."""
    order = first if len(first) >= len(second) else second
    letters = {"first": (first, a), "second": (second, b)}
    sizes = dict(zip(first + second, a.shape + b.shape, strict=True))
    if set(output) - set(order) or (set(first) | set(second)) - set(order):
        return None
    shape = tuple(sizes[letter] for letter in order)
    factors = []
    for own, x in letters.values():
        if len(own) == 2 and own == order[::-1]:
            own, x = order, transpose(x)
        if [letter for letter in order if letter in own] != list(own):
            return None
        factors.append(spread(x, shape, tuple(i for i, letter in enumerate(order) if letter not in own)))
    summed = tuple(i for i, letter in enumerate(order) if letter not in output)
    result = total(product(*factors), summed)
    left = [letter for letter in order if letter in output]
    if left == list(output):
        return result
    return transpose(result) if left[::-1] == list(output) and len(left) == 2 else None
