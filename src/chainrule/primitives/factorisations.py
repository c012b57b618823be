"""Triangular factors: Cholesky and QR.

``cholesky`` is a function of the symmetric part (A + Aᵀ)/2, which for a symmetric A is A, bit for bit. So its
gradient is symmetric. NumPy reads one triangle; what is not symmetric is therefore refused.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from ..errors import ArgumentError
from ..graph import Node, Shape, op
from ..linear_maps import General, LinearMap
from .matrices import (
    matmul,
    spread_samples,
    square,
    symmetric,
    symmetric_samples,
    tall,
    transposed,
)
from .packing import Packing, pack
from .records import local, structural

ASYMMETRY = 0.01  # of the greatest element


def symmetric_part(a: np.ndarray) -> Any:
    """(A + Aᵀ)/2."""
    half = 0.5 * a
    return half + half.swapaxes(-1, -2)


def nearly_symmetric(a: np.ndarray) -> np.ndarray:
    """The symmetric part of a matrix that is meant to be symmetric.

    Raises:
        ArgumentError: it is not, by more than rounding or a finite difference explains.
    """
    part: np.ndarray = symmetric_part(a)
    greatest = np.max(np.abs(a), axis=(-1, -2), initial=0.0)
    if np.any(np.max(np.abs(part - a), axis=(-1, -2), initial=0.0) > ASYMMETRY * greatest):
        raise ArgumentError(
            "a matrix that is not symmetric",
            expected="a symmetric matrix, for np.linalg.cholesky, eigh and eigvalsh",
            instead="(A + A.T) / 2, or what NumPy reads: np.tril(A) + np.tril(A, -1).T",
        )
    return part


def qr(a: Node) -> tuple[Node, ...]:
    """The reduced QR decomposition of matrices with at least as many rows as columns."""
    return _qr_packing(a.shape).parts(op.qr(a))


def _qr_packing(shape: Shape) -> Packing:
    m, n = shape[-2:]
    return Packing(((m, n), (n, n)))


def _cholesky_map(L: Node, a: Node) -> LinearMap:
    """dL = L Φ(L⁻¹ dA L⁻ᵀ), where Φ takes the lower triangle with half the diagonal.

    Source: Murray, "Differentiation of the Cholesky decomposition" (2016).
    """
    n = a.shape[-1]
    triangle = np.tri(n, dtype=a.dtype)
    half, inverse = triangle - 0.5 * np.eye(n, dtype=a.dtype), op.inv(L) * triangle  # without rounding above

    def forward(v: Node) -> Node:
        return matmul(L, matmul(inverse, symmetric(v), transposed(inverse)) * half)

    def backward(p: Node) -> Node:
        return symmetric(matmul(transposed(inverse), matmul(transposed(L), p) * half, inverse))

    return General(a.shape, L.shape, forward, backward, "∂L/∂A", dense_axes=2, block=partial(_leading, n))


def _leading(n: int) -> np.ndarray:
    """L[i, j] is computed from the rows and columns of A up to i, and from one of them up to j."""
    i, j, k, l = np.ogrid[:n, :n, :n, :n]  # noqa: E741
    depends = (j <= i) & (np.maximum(k, l) <= i) & (np.minimum(k, l) <= j)
    return depends.reshape(n * n, n * n)


def _qr_map(y: Node, a: Node) -> LinearMap:
    """With C = Qᵀ dA R⁻¹: dR = T R and dQ = dA R⁻¹ − Q T.

    T is the upper triangle of C with the transpose of the rest added. R must be regular.
    Source: Walter and Lehmann, "Algorithmic differentiation of linear algebra functions" (2010).
    """
    n = a.shape[-1]
    packing = _qr_packing(a.shape)
    Q, R = packing.parts(y)
    inverse, upper, lower = op.inv(R), np.tri(n, dtype=a.dtype).T, np.tri(n, k=-1, dtype=a.dtype)

    def forward(v: Node) -> Node:
        X = matmul(v, inverse)
        C = matmul(transposed(Q), X)
        T = C * upper + transposed(C * lower)
        return packing.join(X - matmul(Q, T), matmul(T, R))

    def backward(p: Node) -> Node:
        pQ, pR = packing.parts(p)
        T = matmul(pR, transposed(R)) - matmul(transposed(Q), pQ)
        C = T * upper + transposed(T) * lower
        return matmul(pQ + matmul(Q, C), transposed(inverse))

    return General(a.shape, y.shape, forward, backward, "∂(Q, R)/∂A", dense_axes=2)


structural(
    "cholesky",
    type_rule=lambda a: square(a, "cholesky"),
    evaluate=lambda a: np.linalg.cholesky(nearly_symmetric(a)),
    jacobian=local(_cholesky_map),
    show="np.linalg.cholesky(symmetric_part({0}))",
    lower="routine",
    instruction="cholesky_lo",
    helpers=(symmetric_part,),
    samples=symmetric_samples((3, 3), (2, 2, 2), (1, 1), (0, 0)),
)

structural(
    "qr",
    type_rule=lambda a: _qr_packing(tall(a, "qr").shape).type_of(a),
    evaluate=lambda a: _qr_packing(a.shape).pack(np.linalg.qr(a)),
    jacobian=local(_qr_map),
    show="pack(np.linalg.qr({0}), 2)",
    lower="reference",
    helpers=(pack,),
    samples=spread_samples((3, 3), (4, 2), (2, 3, 2), (1, 1), (2, 0)),
)
