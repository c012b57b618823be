"""Latent-variable and density models, with one interface: fit, sample, log_likelihood, encode, decode."""

from __future__ import annotations

from .densities import gaussian_log_likelihood, ppca_log_likelihood
from .gaussian import Gaussian
from .linear_gaussian import Posterior
from .model import GenerativeModel
from .ppca import PPCA

__all__ = [
    "PPCA",
    "Gaussian",
    "GenerativeModel",
    "Posterior",
    "gaussian_log_likelihood",
    "ppca_log_likelihood",
]
