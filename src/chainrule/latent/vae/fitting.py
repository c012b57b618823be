"""Fitting a VAE by maximising its evidence lower bound on minibatches."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from numbers import Real
from typing import Any

import numpy as np

from ...arguments import Array, Value, find
from ...errors import ArgumentError
from ...nn import Network
from ...train.evaluation import validator
from ...tree import map_leaves
from ..arguments import as_sizes
from ..training import Training, minimise
from .elbo import Bound, initial, log_sigma
from .layout import Layout, as_kinds
from .state import VAEState

NOISES = {"column": "column", "scalar": "scalar"}

#: Draws of noise for each held-out row, always the same, so that epochs can be compared.
VALIDATION_DRAWS = 8


@dataclass(frozen=True, slots=True)
class Pressure:
    """What the divergence KL(q ‖ p) costs in training: β, the share of epochs over which it rises from 0 to
    that, and the free bits λ."""

    beta: float = 1.0
    warm_up: float = 0.2
    free_bits: float = 0.0

    def __post_init__(self) -> None:
        _require("beta", self.beta, math.inf)
        _require("warm_up", self.warm_up, 1.0)
        _require("free_bits", self.free_bits, math.inf)

    def weight(self, share: float) -> float:
        """β after this share of the epochs.

        >>> [Pressure(beta=2.0, warm_up=0.5).weight(share) for share in (0.0, 0.25, 0.5, 1.0)]
        [0.0, 1.0, 2.0, 2.0]
        """
        return self.beta * min(1.0, share / self.warm_up) if self.warm_up else self.beta


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a :class:`~chainrule.latent.VAE`, as it explains them."""

    n_latent: int
    decoder: str | tuple[str, ...]
    hidden: tuple[int, ...]
    activation: str
    noise: str
    pressure: Pressure
    input_dropout: float

    def __post_init__(self) -> None:
        as_kinds(self.decoder, 1 if isinstance(self.decoder, str) else len(self.decoder))
        as_sizes(self.hidden, "hidden")
        Network([1, *self.hidden, 1], self.activation)
        find(NOISES, self.noise, "noise")
        _require("input_dropout", self.input_dropout, 1.0)
        if self.input_dropout == 1.0:
            raise ArgumentError("input_dropout=1.0", expected="less, or the encoder sees nothing")

    def bound(self, layout: Layout, centre: Array, masked: bool, rng: np.random.Generator) -> Bound:
        """Networks of these sizes with their first parameters."""
        k, P = self.n_latent, layout.width
        encoder = Network([2 * P if masked else P, *self.hidden, 2 * k], self.activation, seed=rng)
        decoder = Network([k, *reversed(self.hidden), P], self.activation, seed=rng)
        return Bound(encoder, decoder, layout, centre, masked)


@dataclass(slots=True)
class Drawn:
    """A fit's data: rows, and beside them what is drawn anew for every epoch.

    Attributes:
        target: the rows, spread, shape (n, P).
        observed: where they are observed, the same shape; ``None``: everywhere.
        settings: of the VAE.
        epochs: how many there will be.
        rng: draws the noise.
        hider: draws what is hidden. Each has a stream of its own, so that pieces of an epoch give the same.
        noise: ε, shape (n, k).
        weight: β beside every row, shape (n,).
        visible: what the encoder sees of a row, shape (n, P); ``None``: all of it.
    """

    target: Array
    observed: Array | None
    settings: Settings
    epochs: int
    rng: np.random.Generator
    hider: np.random.Generator
    noise: Array = field(init=False)
    weight: Array = field(init=False)
    visible: Array | None = field(init=False)

    def __post_init__(self) -> None:
        n, dtype = len(self.target), self.target.dtype
        self.noise, self.weight = np.zeros((n, self.settings.n_latent), dtype), np.zeros(n, dtype)
        seen = np.ones_like(self.target) if self.observed is None else self.observed
        self.visible = seen.copy() if self.settings.input_dropout else self.observed

    @property
    def arrays(self) -> tuple[Array, ...]:
        """What :meth:`Bound.loss` takes, in order."""
        always = (self.target, self.noise, self.weight)
        if self.visible is None:
            return always
        observed = np.ones_like(self.target) if self.observed is None else self.observed
        return (*always, observed, self.visible)

    def refresh(self, rows: Array, epochs_done: int) -> None:
        """Draw for the rows that come next."""
        self.noise[rows] = self.rng.standard_normal((len(rows), self.noise.shape[1]), self.noise.dtype)
        self.weight[rows] = self.settings.pressure.weight(epochs_done / self.epochs)
        share = self.settings.input_dropout
        if share and self.visible is not None:
            kept = self.hider.random((len(rows), self.visible.shape[1])) >= share
            self.visible[rows] = kept if self.observed is None else kept * self.observed[rows]


def fit_vae(rows: Array, settings: Settings, training: Training) -> VAEState:
    """Fit rows of shape (n, m), NaN where missing."""
    rng, dtype = training.generator(), training.float_dtype(rows)
    layout = Layout.of(rows, as_kinds(settings.decoder, rows.shape[1]), settings.noise)
    spread, places = layout.spread(rows)
    means = _smoothed_means(layout, spread, places)
    target = spread.astype(dtype)
    observed = None if places.all() else places.astype(dtype)
    masked = observed is not None or settings.input_dropout > 0
    bound = settings.bound(layout, means, masked, rng)
    trained, held_out = training.divide(len(rows), rng)
    drawn = Drawn(
        target[trained], _at(observed, trained), settings, training.epochs_of(len(trained)), *rng.spawn(2)
    )
    terms = max(1, len(layout.gaussian)) if settings.noise == "column" else 1
    parameters, history = minimise(
        partial(bound.loss, free_bits=settings.pressure.free_bits),
        map_leaves(lambda leaf: leaf.astype(dtype), initial(bound, terms, means)),
        drawn.arrays,
        training,
        rng,
        validate=_validation(bound, target[held_out], _at(observed, held_out), rng),
        refresh=drawn.refresh,
    )
    encoder = bound.encoder.with_parameters(parameters["encoder"], np.float64)
    decoder = bound.decoder.with_parameters(parameters["decoder"], np.float64)
    fitted = Bound(encoder, decoder, layout, bound.centre, bound.masked)
    return VAEState(fitted, np.asarray(log_sigma(parameters)), history)


def _validation(
    bound: Bound, target: Array, observed: Array | None, rng: np.random.Generator
) -> Callable[[Any], float] | None:
    """From parameters to minus the ELBO of held-out rows, if there are such."""
    if not len(target):
        return None
    noise = rng.standard_normal((VALIDATION_DRAWS * len(target), bound.decoder.sizes[0]), target.dtype)
    repeated = [np.tile(array, (VALIDATION_DRAWS, 1)) for array in (target, observed) if array is not None]

    def loss(parameters: Any, target: Value, noise: Value, observed: Value | None = None) -> Value:
        return -np.mean(bound.elbo(parameters, target, noise, observed))

    return validator(loss, (repeated[0], noise, *repeated[1:]))


def _smoothed_means(layout: Layout, spread: Array, observed: Array) -> Array:
    """The mean of every spread column's observed values; shares as with one more row of each code."""
    counts, sums = observed.sum(axis=0), spread.sum(axis=0)
    numbers = len(layout.gaussian)
    codes = np.full(layout.width, 2.0)
    start = numbers + len(layout.bernoulli)
    for count, at in layout.categorical:
        codes[start : start + count * len(at)] = count
        start += count * len(at)
    smoothed: Array = (sums + 1.0) / (counts + codes)
    smoothed[:numbers] = (sums / np.maximum(counts, 1.0))[:numbers]
    return smoothed


def _at(array: Array | None, rows: Array) -> Array | None:
    return None if array is None else array[rows]


def _require(name: str, value: float, most: float) -> None:
    if not (isinstance(value, Real) and 0 <= value <= most and value < math.inf):
        upper = "" if most == math.inf else f", at most {most:g}"
        raise ArgumentError(f"{name}={value!r}", expected=f"a finite number, zero or more{upper}")
