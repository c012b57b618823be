"""Density models that every contestant fits: the same rows, sizes, minibatches and steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """What is to be fitted.

    Attributes:
        name: of the case.
        kind: "affine" or "spline" for a flow of coupling layers, "vae".
        train: rows, float32.
        test: held-out rows, float32.
        depth: bending layers of a flow; latent dimensions of a VAE.
        hidden: sizes of the hidden layers.
        batch_size: rows in a minibatch.
        epochs: how many times to go through the rows.
        learning_rate: Adam's, lowered to 0 by a cosine.
    """

    name: str
    kind: str
    train: Array
    test: Array
    depth: int
    hidden: tuple[int, ...]
    batch_size: int
    epochs: int
    learning_rate: float


#: Fits a model; what it returns gives the mean log-likelihood of held-out rows, in nats.
Fitter = Callable[[Fit], Callable[[], float]]


def two_moons(n: int, noise: float, seed: int) -> Array:
    """Two interleaved half circles with normal noise, float32; at noise 0.1 their entropy is 1.008 nats."""
    rng = np.random.default_rng(seed)
    angle, upper = np.pi * rng.random(n), rng.random(n) < 0.5
    x = np.where(upper, np.cos(angle), 1 - np.cos(angle))
    y = np.where(upper, np.sin(angle), 0.5 - np.sin(angle))
    return (np.column_stack([x, y]) + noise * rng.standard_normal((n, 2))).astype(np.float32)


def digits() -> tuple[Array, Array]:
    """scikit-learn's digits, black from 8 of 16 on, as 1297 rows to fit and 500 to score, float32."""
    from sklearn.datasets import load_digits

    pixels = (load_digits().data >= 8).astype(np.float32)
    order = np.random.default_rng(0).permutation(len(pixels))
    return pixels[order[:1297]], pixels[order[1297:]]
