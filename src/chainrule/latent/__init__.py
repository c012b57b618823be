"""Latent-variable and density models, with one interface: fit, sample, log_likelihood, encode, decode."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from chainrule.latent.densities import gaussian_log_likelihood, ppca_log_likelihood
from chainrule.latent.gaussian import Gaussian
from chainrule.latent.model import GenerativeModel
from chainrule.latent.posterior import Posterior
from chainrule.latent.ppca import PPCA

#: Every model by the kind that ``to_state`` reports and a saved model carries.
KINDS: Mapping[str, type[GenerativeModel[Any]]] = MappingProxyType({m.kind: m for m in (Gaussian, PPCA)})

__all__ = [
    "KINDS",
    "PPCA",
    "Gaussian",
    "GenerativeModel",
    "Posterior",
    "gaussian_log_likelihood",
    "ppca_log_likelihood",
]
