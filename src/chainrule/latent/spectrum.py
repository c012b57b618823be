"""Eigenvalues and leading eigenvectors of a covariance, by the cheapest way that is accurate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ..arguments import Array
from ..errors import ArgumentError
from .canonical import with_canonical_signs
from .moments import Moments
from .randomized import OVERSAMPLES, SlowConvergence, leading_eigenpairs
from .rounding import eigenvalues_above_rounding, significant

Solver = Literal["auto", "covariance", "gram", "svd", "randomized"]

# Products of the data leave an error of some 1e-16 of the total variance in the discarded one. Below this
# share of it, that one is found from the data themselves.
ACCURATE_SHARE = 1e-6

# All eigenvectors of a symmetric matrix of this size take less than a tenth of a second.
SMALL = 400

# Random projections are tried where they are this many times narrower than the matrix.
NARROW = 10


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """Eigenvalues λ₁ ≥ λ₂ ≥ … ≥ 0 of a covariance (divisor n), and orthonormal eigenvectors of the first k.

    Attributes:
        eigenvalues: all m of them, or the first k where the solver finds no others.
        vectors: one column for each of the first k, shape (m, k), the largest entry of each positive; where
            the eigenvalue is exactly zero the column may be zero too.
        total: their sum, exactly the trace of the covariance.
        solver: how they were found.
    """

    eigenvalues: Array
    vectors: Array
    total: float
    solver: str

    @property
    def discarded(self) -> float:
        """``Σ_{i>k} λᵢ``."""
        m, k = self.vectors.shape
        if len(self.eigenvalues) == m:
            return float(self.eigenvalues[k:].sum())
        return max(0.0, self.total - float(self.eigenvalues[:k].sum()))

    @property
    def discarded_mean(self) -> float:
        """``1/(m - k) Σ_{i>k} λᵢ``, the maximum-likelihood noise variance."""
        m, k = self.vectors.shape
        return float(self.discarded / (m - k))

    @property
    def is_accurate(self) -> bool:
        """Whether products of the data have left the discarded eigenvalues enough digits."""
        return self.solver == "svd" or bool(self.discarded >= ACCURATE_SHARE * self.total)

    def first(self, k: int) -> Spectrum:
        """The same with fewer eigenvectors."""
        return replace(self, vectors=self.vectors[:, :k])


def spectrum(moments: Moments, k: int, solver: Solver = "auto", *, seed: int = 0) -> Spectrum:
    """The spectrum of the covariance of rows with these moments, with k < m eigenvectors.

    ``"auto"``: from the m × m covariance, or from the n × n Gram matrix where that is smaller; by random
    projections where both are large and these converge; and, where the discarded eigenvalues are too small
    beside the others for products, from the singular values of the centred rows, if these are at hand.

    Raises:
        ArgumentError: the solver needs rows, and there are only their products.
    """
    if solver in ("gram", "svd") and moments.scatter is not None:
        raise ArgumentError(
            f"solver={solver!r} for a stream of more rows than columns", instead='solver="covariance"'
        )
    finders = {"covariance": _from_covariance, "gram": _from_gram, "svd": _from_singular_values}
    if solver == "auto":
        found = _automatic(moments, k, seed)
    elif solver == "randomized":
        found = _from_projections(moments, k, seed)
    else:
        found = finders[solver](moments, k)
    return replace(found, vectors=with_canonical_signs(found.vectors))


def _automatic(moments: Moments, k: int, seed: int) -> Spectrum:
    m = moments.origin.size
    wide = moments.scatter is None and len(moments.root) < m
    size = len(moments.root) if wide else m
    try:
        if size <= SMALL or (k + OVERSAMPLES) * NARROW > size:
            raise SlowConvergence
        found = _from_projections(moments, k, seed, give_up=True)
    except SlowConvergence:
        found = (_from_gram if wide else _from_covariance)(moments, k)
    if moments.scatter is None and not found.is_accurate:
        found = _from_singular_values(moments, k)
    return found


def _from_covariance(moments: Moments, k: int) -> Spectrum:
    S = moments.covariance
    values, vectors = _leading_eigh(S, k)
    return Spectrum(eigenvalues_above_rounding(values), vectors, float(np.trace(S)), "covariance")


def _from_gram(moments: Moments, k: int) -> Spectrum:
    root, m = moments.root, moments.origin.size
    values, dual = _leading_eigh(root @ root.T / moments.count, k)
    # rootᵀ u has length √(nλ); a zero length comes with so small a noise variance that the caller starts
    # again.
    images = root.T @ dual
    lengths = np.linalg.norm(images, axis=0)
    vectors = _padded(images / np.where(lengths > 0.0, lengths, 1.0), (m, k))
    every = len(values) == len(root)
    eigenvalues = _padded(values, (m,)) if every else values
    return Spectrum(eigenvalues_above_rounding(eigenvalues), vectors, moments.total_variance, "gram")


def _from_singular_values(moments: Moments, k: int) -> Spectrum:
    root, m = moments.root, moments.origin.size
    if len(root) > m:  # R of root = Q R has the same singular values and right vectors, and only m rows
        root = np.asarray(np.linalg.qr(root, mode="r"))
    _, singular_values, right = np.linalg.svd(root, full_matrices=False)
    kept = significant(singular_values, (moments.count, m))
    values = np.where(kept, singular_values, 0.0) ** 2 / moments.count
    return Spectrum(_padded(values, (m,)), _padded(right[:k].T, (m, k)), moments.total_variance, "svd")


def _from_projections(moments: Moments, k: int, seed: int, give_up: bool = False) -> Spectrum:
    m, total = moments.origin.size, moments.total_variance
    unit = total or 1.0  # eigenvalues of at most 1 have squares within the range of floats

    def times(vectors: Array) -> Array:
        return moments.times(vectors) / unit

    values, vectors = leading_eigenpairs(times, m, k, np.random.default_rng(seed), give_up=give_up)
    return Spectrum(unit * values, vectors, total, "randomized")


def _leading_eigh(symmetric: Array, k: int) -> tuple[Array, Array]:
    """All eigenvalues and k vectors of a small matrix, of a large one k of each; descending."""
    size = len(symmetric)
    k = min(k, size)
    if size <= SMALL or k > size // 4:
        values, vectors = np.linalg.eigh(symmetric)
        return np.maximum(values[::-1], 0.0), vectors[:, ::-1][:, :k]
    from scipy.linalg import eigh

    values, vectors = eigh(symmetric, subset_by_index=[size - max(k, 1), size - 1], check_finite=False)
    return np.maximum(values[::-1], 0.0), vectors[:, ::-1][:, :k]


def _padded(array: Array, shape: tuple[int, ...]) -> Array:
    widths = [(0, want - have) for have, want in zip(array.shape, shape, strict=True)]
    return np.pad(array, widths)
