"""Matrix algebra on nodes, as the rules of linear algebra are written.

Matrices are the last two axes; the axes before them are a batch. Where two operands have different numbers of
batch axes, the last ones belong together: a tangent may lead with more axes than the matrices beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from string import ascii_uppercase

import numpy as np

from ..errors import ShapeError
from ..graph import ArrayType, Node, Sample, Shape, op, reshape
from ..linear_maps import Contract


def transposed(x: Node) -> Node:
    """Xᵀ."""
    axes = tuple(range(x.ndim))
    return op.transpose(x, axes=(*axes[:-2], axes[-1], axes[-2]))


def matmul(*factors: Node) -> Node:
    """The product A·B·…, from the left."""
    return reduce(_product, factors)


def _product(a: Node, b: Node) -> Node:
    lead = _batch_letters(max(a.ndim, b.ndim))
    first, second = (lead[len(lead) - (x.ndim - 2) :] for x in (a, b))
    return op.einsum(a, b, spec=f"{first}ij,{second}jk->{lead}ik")


def left(x: Node, source: Shape) -> Contract:
    """The map V ↦ X V of matrices V of a shape: X ⊗ I."""
    lead = _batch_letters(x.ndim)
    target = (*source[:-2], x.shape[-2], source[-1])
    return Contract(source, target, f"{lead}jk", f"{lead}ik", x, f"{lead}ij")


def right(x: Node, source: Shape) -> Contract:
    """The map V ↦ V X of matrices V of a shape: I ⊗ Xᵀ."""
    lead = _batch_letters(x.ndim)
    return Contract(source, (*source[:-1], x.shape[-1]), f"{lead}ij", f"{lead}ik", x, f"{lead}jk")


def _batch_letters(ndim: int) -> str:
    """Letters for the batch axes of an array of matrices."""
    return ascii_uppercase[: ndim - 2]


def symmetric(x: Node) -> Node:
    """(X + Xᵀ)/2."""
    return 0.5 * (x + transposed(x))


def antisymmetric(x: Node) -> Node:
    """(X − Xᵀ)/2."""
    return 0.5 * (x - transposed(x))


def row(x: Node) -> Node:
    """A vector as a matrix of one row."""
    return reshape(x, (*x.shape[:-1], 1, x.shape[-1]))


def column(x: Node) -> Node:
    """A vector as a matrix of one column."""
    return reshape(x, (*x.shape, 1))


def diagonal(x: Node) -> Node:
    """The diagonal of a square matrix."""
    *lead, n, _ = x.shape
    return op.slice(reshape(x, (*lead, n * n)), index=((0, n + 1, n),), batch=len(lead))


def diagonal_matrix(x: Node) -> Node:
    """The square matrix with a vector on its diagonal."""
    *lead, n = x.shape
    flat = op.place(x, shape=(*lead, n * n), index=((0, n + 1, n),), batch=len(lead))
    return reshape(flat, (*lead, n, n))


def square(x: ArrayType, name: str) -> ArrayType:
    """The type itself, if it is of square matrices."""
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise ShapeError(f"{name} of shape {x.shape}", expected="square matrices: the last two axes equal")
    return x


def tall(x: ArrayType, name: str) -> ArrayType:
    """The type itself, if it is of matrices with at least as many rows as columns."""
    if x.ndim < 2 or x.shape[-2] < x.shape[-1]:
        raise ShapeError(f"{name} of shape {x.shape}", expected="at least as many rows as columns")
    return x


def spread_matrix(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """A matrix, or a batch of them, whose singular values are about 3, 6, 9, ...: apart, and away from 0."""
    return rng.normal(size=shape) / 2 + 3 * np.arange(1, shape[-1] + 1) * np.eye(shape[-2], shape[-1])


def spread_samples(*shapes: Shape) -> Callable[[np.random.Generator], list[Sample]]:
    """Samples of one such matrix of each shape."""
    return lambda rng: [Sample((spread_matrix(rng, shape),)) for shape in shapes]


def symmetric_samples(*shapes: Shape) -> Callable[[np.random.Generator], list[Sample]]:
    """Samples of the symmetric part of one such matrix of each shape; they are positive definite."""

    def samples(rng: np.random.Generator) -> list[Sample]:
        matrices = [spread_matrix(rng, shape) for shape in shapes]
        return [Sample((0.5 * (a + a.swapaxes(-1, -2)),)) for a in matrices]

    return samples
