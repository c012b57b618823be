"""A step of EM for x = W h + b + ε on rows with missing values: all of W, b and the noise at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arguments import Array
from .densities import LOG_2_PI
from .incomplete import Incomplete


@dataclass(frozen=True, slots=True, eq=False)
class Factors:
    """Parameters: W, shape (m, k); b, shape (m,); ψ > 0, shape (m,)."""

    W: Array
    b: Array
    noise: Array


@dataclass(frozen=True, slots=True, eq=False)
class Expectation:
    """What the observed values say under some parameters.

    Attributes:
        mean: E[h], shape (n, k).
        covariance: Cov[h] of the rows of each pattern, shape (p, k, k).
        log_likelihood: of each row's observed values, shape (n,).
    """

    mean: Array
    covariance: Array
    log_likelihood: Array


def expectation(rows: Incomplete, at: Factors) -> Expectation:
    """The E-step: ``h | x ~ N(M⁻¹ Wᵀ Ψ⁻¹ (x - b), M⁻¹)``, ``M = I + Wᵀ Ψ⁻¹ W``, over the observed entries."""
    m, k = at.W.shape
    precision = 1.0 / at.noise
    squares = (at.W[:, :, None] * at.W[:, None, :]).reshape(m, k * k) * precision[:, None]
    M = (rows.patterns @ squares).reshape(len(rows.patterns), k, k) + np.eye(k)
    covariance = np.linalg.inv(M)
    centred = rows.values - rows.mask * at.b
    mean = np.einsum("nkl,nl->nk", covariance[rows.pattern], (centred * precision) @ at.W)
    residual = centred - rows.mask * (mean @ at.W.T)
    distance = residual**2 @ precision + np.sum(mean**2, axis=1)
    log_determinant = rows.mask @ np.log(at.noise) + np.linalg.slogdet(M)[1][rows.pattern]
    log_likelihood = -0.5 * (rows.mask.sum(axis=1) * LOG_2_PI + log_determinant + distance)
    return Expectation(mean, covariance, log_likelihood)


def maximisation(
    rows: Incomplete, found: Expectation, weights: Array, *, one_noise: bool, least: float
) -> Factors:
    """The M-step: for each column a regression of its observed values on (h, 1), then the noise that is left.

    The latent variables' own mean and covariance are estimated too and moved into W and b, which keeps
    h ~ N(0, I) and takes far fewer steps (parameter-expanded EM).

    Args:
        rows: of shape (n, m).
        found: the E-step.
        weights: of each row, shape (n,).
        one_noise: whether all columns have the same.
        least: the smallest noise; where the observed values lie in a plane, this is left.

    Source: Liu, Rubin and Wu, "Parameter expansion to accelerate EM" (1998); Ilin and Raiko, "Practical
    approaches to principal component analysis in the presence of missing values" (2010).
    """
    n, k = found.mean.shape
    m = rows.mask.shape[1]
    extended = np.column_stack([found.mean, np.ones(n)])
    weighted = rows.mask * weights[:, None]
    of_pattern = np.bincount(rows.pattern, weights, len(rows.patterns))
    seen_spread = (rows.patterns * of_pattern[:, None]).T @ found.covariance.reshape(
        len(rows.patterns), k * k
    )
    spread = seen_spread.reshape(m, k, k)
    second = (extended[:, :, None] * extended[:, None, :]).reshape(n, (k + 1) ** 2)
    normal = (weighted.T @ second).reshape(m, k + 1, k + 1)
    normal[:, :k, :k] += spread
    right = (rows.values * weights[:, None]).T @ extended
    solution = solved(normal, right)
    W, b = solution[:, :k], solution[:, k]
    residual = rows.values - rows.mask * (extended @ solution.T)
    left = weights @ residual**2 + np.einsum("mk,mkl,ml->m", W, spread, W)
    seen = weighted.sum(axis=0)
    if one_noise:
        left, seen = np.full(m, left.sum()), np.full(m, seen.sum())
    noise = np.maximum(left / np.maximum(seen, np.finfo(np.float64).tiny), least)
    inner = np.tensordot(of_pattern, found.covariance, 1)
    return _standardised(Factors(W, b, noise), found.mean, inner, weights)


def _standardised(at: Factors, mean: Array, inner: Array, weights: Array) -> Factors:
    """The same density with h of mean 0 and covariance I; ``inner`` is the sum of its covariances."""
    total = weights.sum()
    if total <= 0.0:
        return at
    centre = weights @ mean / total
    apart = mean - centre
    covariance = (inner + (apart * weights[:, None]).T @ apart) / total
    values, vectors = np.linalg.eigh(covariance)
    root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    return Factors(at.W @ root, at.b + at.W @ centre, at.noise)


def solved(normal: Array, right: Array) -> Array:
    """``normal⁻¹ right`` for each of m small systems; zero for a column that no row observes."""
    empty = normal[:, -1, -1] <= 0.0
    safe = np.where(empty[:, None, None], np.eye(normal.shape[-1]), normal)
    return np.asarray(np.linalg.solve(safe, right[:, :, None])[:, :, 0])
