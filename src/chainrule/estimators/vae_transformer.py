"""Variational auto-encoders as scikit-learn transformers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import latent
from .latent_estimator import LatentEstimator, training


class VAETransformer(LatentEstimator):
    """A variational auto-encoder, fitted by the evidence lower bound: :class:`chainrule.latent.VAE`.

    ``transform`` gives the mean of q(h | x), ``inverse_transform`` the decoder's mean of x given h, ``score``
    the mean log-likelihood by importance sampling. Missing values (NaN) are masked.

    Args:
        n_components: k, the latent dimensions.
        decoder: ``"gaussian"``, ``"bernoulli"`` or ``"categorical"`` for all columns, or a list with one for
            each.
        hidden: the sizes of the encoder's hidden layers; the decoder has them in reverse order.
        activation: of the hidden layers, by name.
        beta: what the divergence is multiplied with.
        epochs: how many times to go through the rows; ``None``: as many as take 4000 minibatches.
        batch_size: rows in a minibatch.
        validation_fraction: of the rows, held out; the parameters of the lowest loss there are kept.
        random_state: of everything random.
        verbose: show a progress bar.

    Attributes:
        model_: the fitted :class:`chainrule.latent.VAE`.

    Source: Kingma and Welling, "Auto-encoding variational Bayes" (2014).

    >>> import numpy as np
    >>> X = np.random.default_rng(0).standard_normal((60, 4)) @ np.diag([3.0, 1.0, 1.0, 1.0])
    >>> vae = VAETransformer(1, hidden=(8,), epochs=2).fit(X)
    >>> vae.transform(X).shape, vae.inverse_transform(vae.transform(X)).shape
    ((60, 1), (60, 4))
    """

    model_: latent.VAE
    _least_rows = 2
    _takes_missing = True

    def __init__(
        self,
        n_components: int = 2,
        *,
        decoder: str | Sequence[str] = "gaussian",
        hidden: Sequence[int] = (64, 64),
        activation: str = "tanh",
        beta: float = 1.0,
        epochs: int | None = None,
        batch_size: int = 128,
        validation_fraction: float = 0.1,
        random_state: Any = 0,
        verbose: bool = False,
    ) -> None:
        self.n_components = n_components
        self.decoder = decoder
        self.hidden = hidden
        self.activation = activation
        self.beta = beta
        self.epochs = epochs
        self.batch_size = batch_size
        self.validation_fraction = validation_fraction
        self.random_state = random_state
        self.verbose = verbose

    def _new_model(self, columns: int) -> latent.VAE:
        return latent.VAE(
            self.n_components,
            decoder=self.decoder,
            hidden=self.hidden,
            activation=self.activation,
            beta=self.beta,
            training=training(self),
        )
