"""Eigenvalues and eigenvectors of symmetric matrices, and singular values and vectors.

``eigh`` is a function of the symmetric part of its argument, as ``cholesky`` is.

Repeated values. In the space of a repeated eigenvalue or singular value no basis is preferred, and
the vectors have no derivative. The convention here is that they do not turn in it: 1/(wⱼ − wᵢ) is 0 where the
gap is within rounding of 0. Derivatives are then always finite. They are right for functions of the values
that treat equal ones alike, and for functions of the vectors that see the space as a whole: a projection, the
polar factor U Vᵀ. They are not right for V f(Λ) Vᵀ, where f' times what dA has off the diagonal of that space
is in the derivative of neither the values nor the vectors; nor, for that reason, are second derivatives of
Σ f(w).
"""

from __future__ import annotations

import math

import numpy as np

from ..errors import ShapeError
from ..graph import ArrayType, Node, Shape, op
from ..linear_maps import Compose, General, LinearMap, Scale, Sum
from .factorisations import nearly_symmetric, symmetric_part
from .matrices import (
    antisymmetric,
    column,
    diagonal,
    diagonal_matrix,
    matmul,
    right,
    row,
    spread_samples,
    square,
    symmetric,
    symmetric_samples,
    transposed,
)
from .packing import Packing, pack
from .records import call, local, structural

ROUNDING = 4  # computed eigenvalues of A are off by a few rounding errors of ‖A‖


def _over_gaps(gap: Node, values: Node) -> Node:
    """1/gap, and 0 where a gap between these values is within rounding of 0."""
    magnitude = column(column(op.sum(op.absolute(values), axis=(values.ndim - 1,))))
    rounding = ROUNDING * float(np.finfo(gap.dtype).eps) * magnitude
    return 1 / op.where(op.less_equal(op.absolute(gap), rounding), math.inf, gap)


def eigh(a: Node) -> tuple[Node, ...]:
    """The eigenvalues w, ascending, and eigenvectors V of symmetric matrices."""
    return _eigh_packing(a.shape).parts(op.eigh(a))


def svd(a: Node) -> tuple[Node, ...]:
    """The reduced singular value decomposition: U, the singular values, descending, and Vᵀ."""
    return _svd_packing(a.shape).parts(op.svd(a))


def _eigh_packing(shape: Shape) -> Packing:
    n = shape[-1]
    return Packing(((n,), (n, n)))


def _svd_packing(shape: Shape) -> Packing:
    m, n = shape[-2:]
    k = min(m, n)
    return Packing(((m, k), (k,), (k, n)))


def _eigh_map(y: Node, a: Node) -> LinearMap:
    """With M = Vᵀ dA V: dw = diag(M) and dV = V (F ∘ M), where Fᵢⱼ = 1/(wⱼ − wᵢ).

    Source: Giles, "Collected matrix derivative results" (2008).
    """
    packing = _eigh_packing(a.shape)
    w, V = packing.parts(y)
    F = _over_gaps(row(w) - column(w), w)

    def forward(v: Node) -> Node:
        M = matmul(transposed(V), symmetric(v), V)
        return packing.join(diagonal(M), matmul(V, F * M))

    def backward(p: Node) -> Node:
        pw, pV = packing.parts(p)
        M = diagonal_matrix(pw) + F * matmul(transposed(V), pV)
        return symmetric(matmul(V, M, transposed(V)))

    return General(a.shape, y.shape, forward, backward, "∂(w, V)/∂A", dense_axes=2)


def _svd_map(y: Node, a: Node) -> LinearMap:
    """With M = Uᵀ dA V: ds = diag(M), and where A is square, dU = U (S + K) and dV = V (S − K).

    Sᵢⱼ is the symmetric part of M over sⱼ − sᵢ, Kᵢⱼ its antisymmetric part over sⱼ + sᵢ. The part of dA
    outside the spaces that U and V span adds (I − U Uᵀ) dA V Σ⁻¹ and (I − V Vᵀ) dAᵀ U Σ⁻¹.
    Source: Giles, "Collected matrix derivative results" (2008), the squares sⱼ² − sᵢ² taken apart.
    """
    m, n = a.shape[-2:]
    packing = _svd_packing(a.shape)
    U, s, Vh = packing.parts(y)
    Ut, V = transposed(U), transposed(Vh)
    gaps, sums = _over_gaps(row(s) - column(s), s), _over_gaps(row(s) + column(s), s)
    inverse = 2 * diagonal(sums)

    def forward(v: Node) -> Node:
        M = matmul(Ut, v, V)
        S, K = gaps * symmetric(M), sums * antisymmetric(M)
        dU, dVh = matmul(U, S + K), matmul(K - S, Vh)
        if m > n:
            dU += (matmul(v, V) - matmul(U, M)) * row(inverse)
        if n > m:
            dVh += (matmul(Ut, v) - matmul(M, Vh)) * column(inverse)
        return packing.join(dU, diagonal(M), dVh)

    def backward(p: Node) -> Node:
        pU, ps, pVh = packing.parts(p)
        of_U, of_V = matmul(Ut, pU), matmul(Vh, transposed(pVh))
        M = symmetric(gaps * (of_U + of_V)) + antisymmetric(sums * (of_U - of_V)) + diagonal_matrix(ps)
        result = matmul(U, M, Vh)
        if m > n:
            result += matmul((pU - matmul(U, of_U)) * row(inverse), Vh)
        if n > m:
            result += matmul(U, (pVh - matmul(transposed(of_V), Vh)) * column(inverse))
        return result

    return General(a.shape, y.shape, forward, backward, "∂(U, s, V)/∂A", dense_axes=2)


def _eigvalsh_map(w: Node, a: Node) -> LinearMap:
    """dwᵢ = vᵢᵀ dA vᵢ."""
    _, V = eigh(a)
    return _bilinear(V, V, a)


def _svdvals_map(s: Node, a: Node) -> LinearMap:
    """dsᵢ = uᵢᵀ dA vᵢ."""
    U, _, Vh = svd(a)
    return _bilinear(U, transposed(Vh), a)


def _bilinear(U: Node, V: Node, a: Node) -> LinearMap:
    """dA ↦ uᵢᵀ dA vᵢ, for the columns of U and V."""
    return Compose((Sum(U.shape, (U.ndim - 2,)), Scale(U), right(V, a.shape)))


def _svd_type(a: ArrayType) -> ArrayType:
    return _svd_packing(_matrices(a).shape).type_of(a)


def _svdvals_type(a: ArrayType) -> ArrayType:
    *batch, m, n = _matrices(a).shape
    return a.with_shape((*batch, min(m, n)))


def _matrices(a: ArrayType) -> ArrayType:
    if a.ndim < 2:
        raise ShapeError(f"svd of shape {a.shape}", expected="matrices: at least two axes")
    return a


structural(
    "eigh",
    type_rule=lambda a: _eigh_packing(square(a, "eigh").shape).type_of(a),
    evaluate=lambda a: _eigh_packing(a.shape).pack(np.linalg.eigh(nearly_symmetric(a))),
    jacobian=local(_eigh_map),
    show="pack(np.linalg.eigh(symmetric_part({0})), 1)",
    lower="routine",
    instruction="eigh_lo",
    helpers=(symmetric_part, pack),
    samples=symmetric_samples((3, 3), (2, 2, 2), (1, 1), (0, 0)),
)

structural(
    "eigvalsh",
    type_rule=lambda a: a.with_shape(square(a, "eigvalsh").shape[:-1]),
    evaluate=lambda a: np.linalg.eigvalsh(nearly_symmetric(a)),
    jacobian=local(_eigvalsh_map),
    show="np.linalg.eigvalsh(symmetric_part({0}))",
    lower="routine",
    instruction="eigvalsh_lo",
    helpers=(symmetric_part,),
    samples=symmetric_samples((3, 3), (2, 2, 2), (1, 1), (0, 0)),
)

structural(
    "svd",
    type_rule=_svd_type,
    evaluate=lambda a: _svd_packing(a.shape).pack(np.linalg.svd(a, full_matrices=False)),
    jacobian=local(_svd_map),
    show="pack(np.linalg.svd({0}, full_matrices=False), 2)",
    lower="routine",
    instruction="svd_s",
    helpers=(pack,),
    samples=spread_samples((3, 3), (4, 2), (2, 2, 3), (1, 1), (0, 2)),
)

structural(
    "svdvals",
    type_rule=_svdvals_type,
    evaluate=lambda a: np.linalg.svd(a, compute_uv=False),
    jacobian=local(_svdvals_map),
    show=call("linalg.svdvals"),
    lower="routine",
    instruction="svd",
    samples=spread_samples((3, 3), (4, 2), (2, 2, 3), (1, 1), (0, 2)),
)
