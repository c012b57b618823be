"""Determinants: the determinant itself, its cofactors, and its logarithm."""

from __future__ import annotations

import numpy as np

from ..graph import Node, Sample, op, reshape
from ..linear_maps import Compose, General, LinearMap, Scale, Sum
from .matrices import (
    diagonal,
    diagonal_matrix,
    matmul,
    row,
    spread_matrix,
    spread_samples,
    square,
    transposed,
)
from .records import call, flat, local, structural
from .spectra import svd


def _inner_product(G: Node) -> LinearMap:
    """V ↦ Σ G ∘ V: the derivative of a number whose gradient is G."""
    return Compose((Sum(G.shape, (G.ndim - 2, G.ndim - 1)), Scale(G)))


def cofactors(a: np.ndarray) -> np.ndarray:
    """The cofactor matrix det(A)·A⁻ᵀ, which exists for singular matrices too.

    With A = U Σ Vᵀ it is det(U) det(V) U cof(Σ) Vᵀ, and cof(Σ)ᵢᵢ is the product of the other singular values.
    """
    U, s, Vh = np.linalg.svd(a, full_matrices=False)
    others = np.where(np.eye(s.shape[-1], dtype=bool), s.dtype.type(1), s[..., None, :]).prod(axis=-1)
    turned = np.sign(np.linalg.det(U) * np.linalg.det(Vh))
    result: np.ndarray = turned[..., None, None] * (U * others[..., None, :]) @ Vh
    return result


def _cofactor_map(y: Node, a: Node) -> LinearMap:
    """The second derivative of det, for singular matrices too; it is its own transpose.

    With M = Uᵀ dA V and Gᵢⱼ the product of all singular values but the i-th and j-th, cof(Σ) changes
    by Σⱼ Gᵢⱼ Mⱼⱼ on the diagonal and by −Gᵢⱼ Mⱼᵢ off it. The third derivative goes through the
    singular value decomposition: it is right where the singular values differ.
    """
    n = a.shape[-1]
    U, s, Vh = svd(a)
    turned = op.sign(op.det(U) * op.det(Vh))
    eye = np.eye(n, dtype=bool)
    others = op.where(eye[:, None] | eye, 1.0, reshape(s, (*s.shape[:-1], 1, 1, n)))
    products = op.where(eye, 0.0, op.prod(others, axis=(others.ndim - 1,)))
    G = products * reshape(turned, (*turned.shape, 1, 1))

    def product(v: Node) -> Node:
        M = matmul(transposed(U), v, transposed(Vh))
        on_diagonal = op.sum(G * row(diagonal(M)), axis=(M.ndim - 1,))
        return matmul(U, diagonal_matrix(on_diagonal) - G * transposed(M), Vh)

    return General(a.shape, y.shape, product, product, "∂cof(A)/∂A", dense_axes=2)


def _with_singular_samples(rng: np.random.Generator) -> list[Sample]:
    regular = [spread_matrix(rng, shape) for shape in ((1, 1), (2, 2), (2, 3, 3))]
    return [Sample((a,)) for a in (*regular, np.diag([1.0, -2.0, 0.0, 3.0]))]


structural(
    "det",
    type_rule=lambda a: a.with_shape(square(a, "det").shape[:-2]),
    evaluate=np.linalg.det,
    jacobian=local(lambda y, a: _inner_product(op.cofactor(a))),
    show=call("linalg.det"),
    lower="routine",
    instruction="det",
    samples=_with_singular_samples,
)

structural(
    "cofactor",
    type_rule=lambda a: square(a, "cofactor"),
    evaluate=cofactors,
    jacobian=local(_cofactor_map),
    show="cofactors({0})",
    lower="reference",
    helpers=(cofactors,),
    samples=_with_singular_samples,
)

structural(
    "det_sign",
    type_rule=lambda a: a.with_shape(square(a, "slogdet").shape[:-2]),
    evaluate=lambda a: np.linalg.slogdet(a).sign,
    jacobian=flat,
    show=call("linalg.slogdet") + "[0]",
    lower="routine",
    instruction="slogdet[0]",
    samples=spread_samples((3, 3), (2, 2, 2), (1, 1)),
)

structural(
    "logabsdet",
    type_rule=lambda a: a.with_shape(square(a, "slogdet").shape[:-2]),
    evaluate=lambda a: np.linalg.slogdet(a).logabsdet,
    jacobian=local(lambda y, a: _inner_product(transposed(op.inv(a)))),
    show=call("linalg.slogdet") + "[1]",
    lower="routine",
    instruction="slogdet[1]",
    samples=spread_samples((3, 3), (2, 2, 2), (1, 1)),
)
