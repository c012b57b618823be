"""Latent-variable and density models, with one interface: fit, sample, log_likelihood, encode, decode."""

from __future__ import annotations

from .densities import gaussian_log_likelihood, ppca_log_likelihood
from .factor_analysis import FactorAnalysis
from .gaussian import Gaussian
from .linear_gaussian import Posterior
from .mixture import MixturePosterior, PPCAMixture
from .model import GenerativeModel
from .ppca import PPCA

__all__ = [
    "PPCA",
    "FactorAnalysis",
    "Gaussian",
    "GenerativeModel",
    "MixturePosterior",
    "PPCAMixture",
    "Posterior",
    "gaussian_log_likelihood",
    "ppca_log_likelihood",
]
