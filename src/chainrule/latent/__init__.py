"""Latent-variable and density models, with one interface: fit, sample, log_likelihood, encode, decode."""

from __future__ import annotations

from .densities import gaussian_log_likelihood, ppca_log_likelihood
from .gaussian import Gaussian
from .model import GenerativeModel
from .posterior import Posterior
from .ppca import PPCA

__all__ = [
    "PPCA",
    "Gaussian",
    "GenerativeModel",
    "Posterior",
    "gaussian_log_likelihood",
    "ppca_log_likelihood",
]
