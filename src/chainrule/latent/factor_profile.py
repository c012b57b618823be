"""Maximum likelihood of factor analysis from the correlations of complete rows."""

from __future__ import annotations

import numpy as np

from ..arguments import Array
from ..errors import NonFiniteError
from .factor_em import Factors

MOST_ITERATIONS = 2000


def correlation_factors(R: Array, k: int, *, least: float) -> Factors:
    """The k factors that make rows with correlations R, shape (m, m), most likely; b is 0.

    Given the noise, the best W is known: with λ and U the eigenvalues, descending, and eigenvectors of
    ``Ψ^-½ R Ψ^-½``, it is ``Ψ^½ U (λ - 1)^½`` of the first k. What is left is a function of log ψ alone.

    Args:
        R: correlations.
        k: how many factors.
        least: the smallest noise; a column that the others explain to the last is given this.

    Source: Jöreskog, "Some contributions to maximum likelihood factor analysis" (1967).
    """
    from scipy.optimize import minimize

    m = len(R)
    # Starts: what no regression on the other columns explains (with a ridge, where R is singular), and half.
    unexplained = 1.0 / np.diag(np.linalg.inv(R + 1e-3 * np.eye(m)))
    starts = [np.clip(unexplained * (1.0 - 0.5 * k / m), least, 1.0), np.full(m, 0.5)]
    found = [
        minimize(
            negative_profile,
            np.log(start),
            args=(R, k),
            jac=True,
            method="L-BFGS-B",
            bounds=[(np.log(least), 0.0)] * m,
            options={"maxiter": MOST_ITERATIONS, "maxfun": 2 * MOST_ITERATIONS, "ftol": 1e-14, "gtol": 1e-9},
        )
        for start in starts
    ]
    best = min(found, key=lambda each: float(each.fun))
    if not np.isfinite(best.fun):
        raise NonFiniteError("the likelihood of factor analysis is not finite", instead="fewer components")
    noise = np.exp(best.x)
    values, vectors = scaled_eigenpairs(R, noise)
    W = np.sqrt(noise)[:, None] * vectors[:, :k] * np.sqrt(np.maximum(values[:k] - 1.0, 0.0))
    return Factors(W, np.zeros(m), noise)


def negative_profile(log_noise: Array, R: Array, k: int) -> tuple[float, Array]:
    """Half of ``log det Σ + tr(Σ⁻¹ R)`` at the best W, and its gradient by log ψ.

    The first k eigenvalues λ > 1 are fitted exactly; of the others the model has 1. The gradient is
    ``½ Σᵢ (1 - λᵢ) Uⱼᵢ²`` over the others, since at the best W its change has no effect.
    """
    values, U = scaled_eigenpairs(R, np.exp(log_noise))
    fitted = (np.arange(len(values)) < k) & (values > 1.0)
    model = np.where(fitted, values, 1.0)
    value = 0.5 * float(np.sum(log_noise) + np.sum(np.log(model) + values / model))
    return value, 0.5 * (U**2) @ np.where(fitted, 0.0, 1.0 - values)


def scaled_eigenpairs(R: Array, noise: Array) -> tuple[Array, Array]:
    """The eigenvalues, descending, and eigenvectors of ``Ψ^-½ R Ψ^-½``."""
    root = np.sqrt(noise)
    values, vectors = np.linalg.eigh(R / root / root[:, None])
    return values[::-1], vectors[:, ::-1]
