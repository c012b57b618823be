"""Latent-variable and density models, with one interface: fit, sample, log_likelihood, encode, decode."""

from __future__ import annotations

from . import flows
from .comparing import CANDIDATES, Comparison, compare
from .densities import gaussian_log_likelihood, ppca_log_likelihood
from .factor_analysis import FactorAnalysis
from .flows import Flow
from .gaussian import Gaussian
from .linear_gaussian import Posterior
from .mixture import MixturePosterior, PPCAMixture
from .model import GenerativeModel
from .ppca import PPCA
from .training import Training
from .vae import VAE

__all__ = [
    "CANDIDATES",
    "PPCA",
    "VAE",
    "Comparison",
    "FactorAnalysis",
    "Flow",
    "Gaussian",
    "GenerativeModel",
    "MixturePosterior",
    "PPCAMixture",
    "Posterior",
    "Training",
    "compare",
    "flows",
    "gaussian_log_likelihood",
    "ppca_log_likelihood",
]
