"""What a row says about the latent variables behind it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arguments import Array
from .spectrum import significant


class Posterior(NamedTuple):
    """The Gaussian posterior p(h | x) of each row's latent variables.

    Attributes:
        mean: shape (n, k).
        covariance: shape (k, k), the same for every row.
    """

    mean: Array
    covariance: Array


def ppca_posterior(X: Array, W: Array, b: Array, sigma2: float) -> Posterior:
    """The posterior of h where h ~ N(0, I) and x | h ~ N(W h + b, σ² I).

    ``N(h; M⁻¹ Wᵀ (x - b), σ² M⁻¹)`` with ``M = Wᵀ W + σ² I``. With W = U diag(w) Vᵀ this is a quotient along
    each direction, ``w / (w² + σ²)`` and ``σ² / (w² + σ²)``; where w and σ² are both zero, x says nothing of
    that direction, and the prior stays: mean 0, variance 1.
    """
    U, w, Vt = np.linalg.svd(W, full_matrices=False)
    w = np.where(significant(w, W.shape), w, 0.0)
    total = w**2 + sigma2
    silent = total == 0.0
    total = np.where(silent, 1.0, total)
    variance = np.where(silent, 1.0, sigma2 / total)
    return Posterior((X - b) @ U * (w / total) @ Vt, (Vt.T * variance) @ Vt)
