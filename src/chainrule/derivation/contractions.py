"""Contractions as products of matrices, where they are that; else with their indices."""

from __future__ import annotations

from string import ascii_lowercase

import numpy as np

from ..graph import Shape
from ..primitives.contraction import parse
from .arithmetic import apply, product, scaled, spread
from .calls import Call
from .formula import Formula
from .matrices import matmul, transpose
from .totals import total
from .writing import letters_of


def contraction(spec: str, a: Formula, b: Formula, shape: Shape) -> Formula:
    """``einsum(spec, a, b)`` as a formula."""
    first, second, output = parse(spec)
    letters = first + second
    if not (first and second) and output in (letters, letters[1::-1]):
        return product(a, b) if output == letters else transpose(product(a, b))
    shared = set(first) & set(second)
    summed = shared - set(output)
    both_matrices = max(len(first), len(second)) <= 2
    if both_matrices and len(shared) == len(summed) == 1 and len(first + second) > 2:
        return _matrix_product(first, second, output, a, b)
    stacked = _product_of_stacks(first, second, output, a, b)
    if stacked is not None:
        return stacked
    if not shared and len(first) == len(second) == 1:
        return matmul(a, transpose(b)) if output == first + second else matmul(b, transpose(a))
    aligned = _element_wise(first, second, output, a, b)
    return aligned or flat(Formula("contract", (a, b), shape, f"{first},{second}->{output}"))


def flat(formula: Formula) -> Formula:
    """(Σ_j (Σ_k x_k y_kj)_j z_j) as Σ_jk x_k y_kj z_j: all factors below one sum, scalars in front."""
    letters, output, _ = letters_of(formula.data)
    used = set("".join(letters))
    scalars: list[Formula] = []
    factors: list[tuple[Formula, str]] = []
    for own, part in zip(letters, formula.parts, strict=True):
        front, rest = scaled(part)
        scalars += front
        if rest.kind != "contract":
            factors.append((rest, own))
            continue
        inner, result, _ = letters_of(rest.data)
        free = iter(letter for letter in ascii_lowercase if letter not in used)
        renamed = dict(zip(result, own, strict=True))
        for letter in dict.fromkeys("".join(inner)):
            renamed.setdefault(letter, letter if letter not in used else next(free))
        used |= set(renamed.values())
        factors += [
            (x, "".join(map(renamed.__getitem__, each))) for x, each in zip(rest.parts, inner, strict=True)
        ]
    spec = f"{','.join(own for _, own in factors)}->{output}"
    return product(*scalars, Formula("contract", tuple(x for x, _ in factors), formula.shape, spec))


def _product_of_stacks(first: str, second: str, output: str, a: Formula, b: Formula) -> Formula | None:
    """The product of each matrix of a stack, the axes of the stack brought to the front."""
    for matrices, vector, x, v in ((first, second, a, b), (second, first, b, a)):
        if len(matrices) > 2 and matrices == output + vector and len(vector) == 1:
            return matmul(x, v)
    stack = output[:-2]
    first, a = _stack_first(first, stack, a)
    second, b = _stack_first(second, stack, b)
    if not _of_stacks(first, second, output):
        return None
    return _matrix_product(first[-2:], second[-2:], output[-2:], a, b)


def _stack_first(letters: str, stack: str, x: Formula) -> tuple[str, Formula]:
    if not stack or not set(stack) <= set(letters) or letters.startswith(stack):
        return letters, x
    ordered = stack + "".join(letter for letter in letters if letter not in stack)
    axes = tuple(map(letters.index, ordered))
    return ordered, transposed(x, axes)


def transposed(x: Formula, axes: tuple[int, ...]) -> Formula:
    """x with its axes in another order: Xᵀ where the last two are exchanged."""
    if x.ndim >= 2 and axes == (*range(x.ndim - 2), x.ndim - 1, x.ndim - 2):
        return transpose(x)
    scalars, rest = scaled(x)
    shape = tuple(x.shape[axis] for axis in axes)
    call = Call(np.transpose, (("axes", axes),))
    return product(*scalars, apply(f"transpose[{', '.join(map(str, axes))}]", (rest,), shape, call))


def _of_stacks(first: str, second: str, output: str) -> bool:
    """Whether it is the product of each matrix of a stack with a matrix, or with that of another stack."""
    if min(map(len, (first, second, output))) < 2:
        return False
    stack, ours, theirs = output[:-2], set(first[-2:]), set(second[-2:])
    matrices = len(ours) == len(theirs) == 2 and ours ^ theirs == set(output[-2:])
    return matrices and {first[:-2], second[:-2]} in ({stack}, {stack, ""})


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
