"""Normalizing flows: densities by the change of variables."""

from __future__ import annotations

from .affine import Affine
from .autoregressive import Autoregressive
from .conditioner import Conditioner
from .coupling import Coupling
from .flow import Flow
from .layer import FlowLayer
from .linear import ActNorm, LULinear, Permutation
from .spline import Spline

__all__ = [
    "ActNorm",
    "Affine",
    "Autoregressive",
    "Conditioner",
    "Coupling",
    "Flow",
    "FlowLayer",
    "LULinear",
    "Permutation",
    "Spline",
]
