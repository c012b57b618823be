"""Chainrule's models as scikit-learn estimators, for its pipelines, searches and metrics.

They need the extra ``sklearn``.
"""

from __future__ import annotations

from . import extra as _extra  # first: where scikit-learn is missing it says so
from .flow_density import FlowDensity
from .network_classifier import NetworkClassifier
from .network_regressor import NetworkRegressor
from .ppca import PPCA
from .vae_transformer import VAETransformer

__all__ = ["PPCA", "FlowDensity", "NetworkClassifier", "NetworkRegressor", "VAETransformer"]

del _extra
