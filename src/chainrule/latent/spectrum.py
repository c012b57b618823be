"""Eigenvalues and leading eigenvectors of the covariance of rows, by the cheapest way that is accurate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ..arguments import Array
from .moments import Centre, covariance

Solver = Literal["covariance", "gram", "svd"]

# Squaring the data leaves an error of about 2e-15 of the first eigenvalue in every other one.
# Discarded eigenvalues below this share of it are found from the data themselves.
ACCURATE_SHARE = 1e-5


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """Eigenvalues λ₁ ≥ … ≥ λₘ ≥ 0 of the covariance (divisor n), and orthonormal eigenvectors of the first k.

    Attributes:
        eigenvalues: shape (m,).
        vectors: one column for each of the first k, shape (m, k), the largest entry of each positive; where
            the eigenvalue is exactly zero the column may be zero too.
        solver: how they were found.
    """

    eigenvalues: Array
    vectors: Array
    solver: Solver

    @property
    def discarded_mean(self) -> float:
        """``1/(m - k) Σ_{i>k} λᵢ``, the maximum-likelihood noise variance."""
        return float(self.eigenvalues[self.vectors.shape[1] :].mean())


def spectrum(X: Array, around: Centre, k: int) -> Spectrum:
    """The spectrum of the covariance of rows X, shape (n, m), with k < m eigenvectors.

    From the m × m covariance, or from the n × n Gram matrix where that is smaller; where the discarded
    eigenvalues are too small beside the first for either, from the singular values of the centred rows.
    """
    n, m = X.shape
    found = _from_gram(X, around, k) if n < m else _from_covariance(X, around, k)
    if found.discarded_mean < ACCURATE_SHARE * found.eigenvalues[0]:
        found = _from_singular_values(X, around, k)
    return replace(found, vectors=with_canonical_signs(found.vectors))


def significant(singular_values: Array, shape: tuple[int, ...]) -> Array:
    """Which singular values of a matrix of this shape are more than rounding."""
    rounding = 10.0 * min(shape) * np.finfo(np.float64).eps
    return np.asarray(singular_values > rounding * singular_values.max(initial=0.0))


def with_canonical_signs(vectors: Array) -> Array:
    """Columns with the first of their largest entries positive, so that equal data give equal signs."""
    magnitude = np.abs(vectors)
    # Entries that tie up to rounding must not take turns at being the largest.
    largest = np.argmax(magnitude >= (1.0 - 1e-8) * magnitude.max(axis=0, initial=0.0), axis=0)
    return np.asarray(vectors * np.where(vectors[largest, np.arange(vectors.shape[1])] < 0.0, -1.0, 1.0))


def _from_covariance(X: Array, around: Centre, k: int) -> Spectrum:
    values, vectors = _descending_eigh(covariance(X, around))
    return Spectrum(values, vectors[:, :k], "covariance")


def _from_gram(X: Array, around: Centre, k: int) -> Spectrum:
    n, m = X.shape
    centred = around.subtract_from(X)
    values, dual = _descending_eigh(centred @ centred.T / n)
    # X u has length √(nλ); a zero length comes with so small a noise variance that the caller starts again.
    images = _padded(centred.T @ dual[:, :k], (m, k))
    lengths = np.linalg.norm(images, axis=0)
    return Spectrum(_padded(values, (m,)), images / np.where(lengths > 0.0, lengths, 1.0), "gram")


def _from_singular_values(X: Array, around: Centre, k: int) -> Spectrum:
    n, m = X.shape
    rows = around.subtract_from(X)
    if n > m:  # R of rows = Q R has the same singular values and right vectors, and only m rows
        rows = np.asarray(np.linalg.qr(rows, mode="r"))
    _, singular_values, right = np.linalg.svd(rows, full_matrices=False)
    values = np.where(significant(singular_values, X.shape), singular_values, 0.0) ** 2 / n
    return Spectrum(_padded(values, (m,)), _padded(right[:k].T, (m, k)), "svd")


def _descending_eigh(symmetric: Array) -> tuple[Array, Array]:
    values, vectors = np.linalg.eigh(symmetric)
    return np.maximum(values[::-1], 0.0), vectors[:, ::-1]


def _padded(array: Array, shape: tuple[int, ...]) -> Array:
    widths = [(0, want - have) for have, want in zip(array.shape, shape, strict=True)]
    return np.pad(array, widths)
