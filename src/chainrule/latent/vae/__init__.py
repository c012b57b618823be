"""Variational auto-encoders."""

from __future__ import annotations

from .elbo import gaussian_kl
from .vae import VAE

__all__ = ["VAE", "gaussian_kl"]
