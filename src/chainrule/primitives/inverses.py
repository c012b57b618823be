"""Inverses, solutions of linear equations, and the pseudo-inverse."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ..errors import ShapeError
from ..graph import ArrayType, Node, Sample, Shape, op, reshape
from ..linear_maps import Compose, General, LinearMap
from ..linear_maps.zeros import may_differ_from_zero
from .matrices import left, matmul, right, spread_matrix, spread_samples, square, tall, transposed
from .records import call, local, structural

if TYPE_CHECKING:
    from scipy.sparse import csr_array


def _solution_type(a: ArrayType, b: ArrayType) -> ArrayType:
    square(a, "solve")
    if b.shape[:-1] != a.shape[:-1]:
        raise ShapeError(
            f"solve of shapes {a.shape} and {b.shape}", expected="as many rows on the right as on the left"
        )
    return ArrayType(b.shape, np.result_type(a.dtype, b.dtype))


def _solved(a: Node, v: Node) -> Node:
    """A⁻¹V. Leading axes that A does not have become columns, so that A is factorised once."""
    extra = v.ndim - a.ndim
    order = (*range(extra, v.ndim - 1), *range(extra), v.ndim - 1)
    moved = op.transpose(v, axes=order)
    columns = math.prod(moved.shape[a.ndim - 1 :])
    solution = op.solve(a, reshape(moved, (*moved.shape[: a.ndim - 1], columns)))
    return op.transpose(reshape(solution, moved.shape), axes=tuple(int(at) for at in np.argsort(order)))


def _inverse_map(a: Node, shape: Shape) -> LinearMap:
    """V ↦ A⁻¹V, without forming the inverse."""
    n, columns = shape[-2:]
    return General(
        shape, shape, lambda v: _solved(a, v), lambda p: _solved(transposed(a), p), "A⁻¹ ⊗ I", dense_axes=2,
        block=lambda: _for_each_column(_inverse_pattern(a), columns), most=math.prod(shape) * n,
    )  # fmt: skip


def _for_each_column(pattern: np.ndarray, columns: int) -> csr_array:
    """The pattern of P ⊗ I: each column of V for itself."""
    from scipy.sparse import coo_array, csr_array, eye_array, kron

    return csr_array(kron(coo_array(pattern), eye_array(columns, dtype=bool)))


def _inverse_pattern(a: Node) -> np.ndarray:
    """Where an inverse may differ from zero: (i, j) for which a way leads from i to j along entries of A.

    For A⁻¹ is a polynomial of A, by Cayley and Hamilton. That of a triangle is the triangle.
    """
    known, n = may_differ_from_zero(a), a.shape[-1]
    if known is None or known.all():
        return np.ones((n, n), bool)
    reached: np.ndarray = known.reshape(-1, n, n).any(axis=0) | np.eye(n, dtype=bool)
    for k in range(n):  # Warshall's algorithm: ways that pass k
        reached[reached[:, k]] |= reached[k]
    return reached


def _solve_by_matrix(x: Node, a: Node, b: Node) -> LinearMap:
    """dX = −A⁻¹ dA X."""
    return Compose((_inverse_map(a, x.shape), right(-x, a.shape)))


def _inv_map(y: Node, a: Node) -> LinearMap:
    """dA⁻¹ = −A⁻¹ dA A⁻¹."""
    by_right = right(y, a.shape)
    return Compose((left(-y, by_right.target), by_right))


def _pinv_type(a: ArrayType, *, rcond: float) -> ArrayType:
    *batch, m, n = tall(a, "pinv").shape
    return a.with_shape((*batch, n, m))


def _pinv_map(y: Node, a: Node, *, rcond: float) -> LinearMap:
    """dA⁺ = −A⁺ dA A⁺ + A⁺A⁺ᵀ dAᵀ (I − AA⁺) + (I − A⁺A) dAᵀ A⁺ᵀA⁺.

    It holds where the rank stays; where it changes, the pseudo-inverse jumps. The products are taken in an
    order in which none is larger than A.
    Source: Golub and Pereyra, "The differentiation of pseudo-inverses" (1973).
    """
    yt, gram, kept = transposed(y), matmul(y, transposed(y)), matmul(y, a)

    def forward(v: Node) -> Node:
        vt = transposed(v)
        outside = vt - matmul(vt, a, y)
        inside = matmul(vt, yt)
        return matmul(gram, outside) + matmul(inside - matmul(kept, inside), y) - matmul(y, v, y)

    def backward(p: Node) -> Node:
        pt = transposed(p)
        inside = matmul(y, pt)
        outside = pt - matmul(a, inside)
        return matmul(outside, gram) + matmul(yt, inside - matmul(inside, kept)) - matmul(yt, p, yt)

    return General(a.shape, y.shape, forward, backward, "∂A⁺/∂A", dense_axes=2)


def _solve_samples(rng: np.random.Generator) -> list[Sample]:
    shapes: list[tuple[Shape, Shape]] = [((3, 3), (3, 2)), ((2, 2, 2), (2, 2, 1)), ((1, 1), (1, 0))]
    return [Sample((spread_matrix(rng, a), rng.normal(size=b))) for a, b in shapes]


structural(
    "inv",
    type_rule=lambda a: square(a, "inv"),
    evaluate=np.linalg.inv,
    jacobian=local(_inv_map),
    show=call("linalg.inv"),
    lower="routine",
    instruction="inv",
    samples=spread_samples((3, 3), (2, 2, 2), (1, 1), (0, 0)),
)

structural(
    "solve",
    type_rule=_solution_type,
    evaluate=np.linalg.solve,
    jacobian=local(_solve_by_matrix, lambda x, a, b: _inverse_map(a, b.shape)),
    show=call("linalg.solve", 2),
    lower="routine",
    instruction="solve",
    samples=_solve_samples,
)

structural(
    "pinv",
    type_rule=_pinv_type,
    evaluate=np.linalg.pinv,
    jacobian=local(_pinv_map),
    show="np.linalg.pinv({0}, rcond={rcond})",
    lower="reference",
    samples=lambda rng: [
        Sample((spread_matrix(rng, shape),), {"rcond": 1e-15}) for shape in ((3, 2), (2, 2, 2))
    ],
)
