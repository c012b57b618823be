"""Log-densities as plain NumPy functions: the models call them, and they can be traced and differentiated."""

from __future__ import annotations

import math

import numpy as np

from ..arguments import Array

LOG_2_PI = math.log(2.0 * math.pi)


def gaussian_log_likelihood(X: Array, mean: Array, covariance: Array) -> Array:
    """The log-density of each row under a Gaussian.

    ``log N(x; μ, Σ) = -½ [m log 2π + log det Σ + (x - μ)ᵀ Σ⁻¹ (x - μ)]``, through Σ = L Lᵀ.

    Args:
        X: rows, shape (n, m), or one row, shape (m,).
        mean: μ, shape (m,).
        covariance: Σ, shape (m, m), symmetric positive definite.

    Returns:
        One log-density (in nats) for each row, shape (n,); a scalar for one row.

    Raises:
        numpy.linalg.LinAlgError: the covariance is not positive definite.

    Source: the lecture, "Principal component analysis (PCA)", the Gaussian likelihood.

    >>> X = np.array([[0.0, 0.0], [3.0, 4.0]])
    >>> (gaussian_log_likelihood(X, np.zeros(2), np.eye(2)) + np.log(2 * np.pi)).round(6).tolist()
    [0.0, -12.5]
    """
    L = np.linalg.cholesky(covariance)
    whitened = np.linalg.solve(L, (X - mean).T)
    squared_distance = np.sum(whitened**2, axis=0)
    log_determinant = 2.0 * np.sum(np.log(np.diag(L)))
    result: Array = -0.5 * (X.shape[-1] * LOG_2_PI + log_determinant + squared_distance)
    return result


def ppca_log_likelihood(X: Array, W: Array, b: Array, sigma2: Array | float) -> Array:
    """The log-density of each row under probabilistic PCA, in O(nmk) and without an m × m matrix.

    ``log N(x; b, C)`` with ``C = W Wᵀ + σ² I``, through ``M = Wᵀ W + σ² I`` (k × k):
    ``log det C = (m - k) log σ² + log det M`` and, with ``h = M⁻¹ Wᵀ (x - b)``,
    ``(x - b)ᵀ C⁻¹ (x - b) = ‖x - b - W h‖² / σ² + ‖h‖²``.
    The last line is the Woodbury identity written as a sum of squares: where σ² is small, its usual
    difference of two large numbers loses every digit, and this loses none.

    Args:
        X: rows, shape (n, m), or one row, shape (m,).
        W: the map from the latent space, shape (m, k).
        b: the mean, shape (m,).
        sigma2: the noise variance σ² > 0, a scalar.

    Returns:
        One log-density (in nats) for each row, shape (n,); a scalar for one row.

    Source: Tipping and Bishop, "Probabilistic principal component analysis" (1999), equations 6 to 8;
    the lecture, "Principal component analysis (PCA)".

    >>> X, W, b = np.array([[1.0, 2.0], [0.0, -1.0]]), np.array([[2.0], [1.0]]), np.array([0.5, 0.0])
    >>> direct = gaussian_log_likelihood(X, b, W @ W.T + 0.3 * np.eye(2))
    >>> np.allclose(ppca_log_likelihood(X, W, b, 0.3), direct, rtol=1e-14)
    True
    """
    m, k = W.shape
    M = W.T @ W + sigma2 * np.eye(k)
    centred = X - b
    h = np.linalg.solve(M, (centred @ W).T).T
    residual = centred - h @ W.T
    squared_distance = np.sum(residual**2, axis=-1) / sigma2 + np.sum(h**2, axis=-1)
    _, log_det_M = np.linalg.slogdet(M)
    log_determinant = (m - k) * np.log(sigma2) + log_det_M
    result: Array = -0.5 * (m * LOG_2_PI + log_determinant + squared_distance)
    return result
