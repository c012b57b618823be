"""Feed-forward networks: layers, activations, losses and initialisers, all plain NumPy functions."""

from __future__ import annotations

from . import activations, initialisers, losses
from .activations import ACTIVATIONS, Activation
from .ensemble import Ensemble
from .initialisers import INITIALIZERS, Initializer
from .layers import Layer
from .losses import (
    LOSSES,
    Loss,
    binary_cross_entropy,
    cross_entropy,
    huber,
    mae,
    mse,
    smoothed_cross_entropy,
)
from .network import Network
from .objective import objective, training_objective
from .sensitivity import mean_absolute_gradients

__all__ = [
    "ACTIVATIONS",
    "INITIALIZERS",
    "LOSSES",
    "Activation",
    "Ensemble",
    "Initializer",
    "Layer",
    "Loss",
    "Network",
    "activations",
    "binary_cross_entropy",
    "cross_entropy",
    "huber",
    "initialisers",
    "losses",
    "mae",
    "mean_absolute_gradients",
    "mse",
    "objective",
    "smoothed_cross_entropy",
    "training_objective",
]
