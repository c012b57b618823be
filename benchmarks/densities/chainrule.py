"""Chainrule's flows and VAE."""

from __future__ import annotations

from collections.abc import Callable

from chainrule.latent import VAE, Flow, Training
from chainrule.train import Adam

from . import Fit


def _training(fit: Fit) -> Training:
    return Training(
        epochs=fit.epochs, batch_size=fit.batch_size, optimizer=Adam(fit.learning_rate), validation=0
    )


def flow(fit: Fit) -> Callable[[], float]:
    """Coupling layers with ActNorm and LU-linear layers between."""
    model = Flow(fit.kind, depth=fit.depth, hidden=fit.hidden, activation="relu", training=_training(fit))
    model.fit(fit.train)
    return lambda: model.score(fit.test)


def vae(fit: Fit) -> Callable[[], float]:
    """Bernoulli pixels, the likelihood from 1000 importance samples."""
    model = VAE(
        fit.depth,
        decoder="bernoulli",
        hidden=fit.hidden,
        activation="tanh",
        warm_up=0.0,
        training=_training(fit),
    )
    model.fit(fit.train)
    return lambda: model.score(fit.test)
