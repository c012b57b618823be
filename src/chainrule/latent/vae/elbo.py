"""The evidence lower bound, as plain NumPy functions of parameters, rows and noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ...arguments import Array, Value
from ...nn import Network
from .layout import Layout

#: log σ of q(h | x) and of Gaussian columns stays within ± these, far from what overflows.
WIDEST = 12.0


class Encoded(NamedTuple):
    """q(h | x) = N(mean, diag exp(2 log_std)) of each row, both of shape (n, k)."""

    mean: Value
    log_std: Value


def gaussian_kl(mean: Value, log_std: Value) -> Value:
    """KL(N(μ, σ²) ‖ N(0, 1)) of every latent variable in nats: ``½ (μ² + σ² - 1) - log σ``.

    Args:
        mean: μ, any shape.
        log_std: log σ, of the same shape.

    Source: Kingma and Welling, "Auto-encoding variational Bayes" (2014), appendix B.

    >>> gaussian_kl(np.array([1.0, 0.0]), np.array([0.0, np.log(2.0)])).round(6).tolist()  # ½, 3/2 - log 2
    [0.5, 0.806853]
    """
    return 0.5 * (mean * mean + np.exp(2 * log_std) - 1) - log_std


@dataclass(frozen=True, slots=True)
class Bound:
    """What a VAE maximises, and the settings that change it while it is trained.

    Attributes:
        encoder: from a spread row (and, where ``masked``, its observed places) to 2 k numbers.
        decoder: from h, shape (n, k), to the outputs of the layout.
        layout: of the columns.
        centre: what is subtracted from an observed spread value before the encoder sees it, shape (P,).
        masked: whether the encoder is told which values are observed.
    """

    encoder: Network
    decoder: Network
    layout: Layout
    centre: Array
    masked: bool

    def encode(self, parameters: Any, target: Value, observed: Value | None) -> Encoded:
        """q(h | x); a missing value looks like the column's mean."""
        seen = target - self.centre.astype(target.dtype)
        if observed is not None:
            seen = seen * observed
        if self.masked:
            places = np.ones(target.shape, target.dtype) if observed is None else observed
            seen = np.concatenate([seen, places], axis=1)
        k = self.decoder.sizes[0]
        outputs = self.encoder.apply(parameters["encoder"], seen)
        return Encoded(outputs[:, :k], np.clip(outputs[:, k:], -WIDEST, WIDEST))

    def log_likelihood(self, parameters: Any, h: Value, target: Value, observed: Value | None) -> Value:
        """log p(x | h) of each row's observed values, shape (n,)."""
        outputs = self.decoder.apply(parameters["decoder"], h)
        return self.layout.log_density(outputs, log_sigma(parameters), target, observed)

    def elbo(self, parameters: Any, target: Value, noise: Value, observed: Value | None = None) -> Value:
        """``log p(x | h) - KL(q(h | x) ‖ p(h))`` of each row for one draw h = μ + σ ε, shape (n,).

        Source: Kingma and Welling, "Auto-encoding variational Bayes" (2014), equation 10.
        """
        q = self.encode(parameters, target, observed)
        h = q.mean + np.exp(q.log_std) * noise
        divergence = np.sum(gaussian_kl(*q), axis=1)
        return self.log_likelihood(parameters, h, target, observed) - divergence

    def loss(
        self,
        parameters: Any,
        target: Value,
        noise: Value,
        weight: Value,
        observed: Value | None = None,
        visible: Value | None = None,
        *,
        free_bits: float = 0.0,
    ) -> Value:
        """What a minibatch minimises: the mean of ``-log p(x | h) + β KL``, β the mean of ``weight``.

        The encoder sees the values that are ``visible``, the likelihood is that of those ``observed``. With
        free bits λ, a latent variable whose mean KL is below λ nats costs λ all the same, so that nothing is
        gained by making it say less.

        Source: Higgins et al., "β-VAE" (2017); Kingma et al., "Improved variational inference with inverse
        autoregressive flow" (2016), equation 15, for free bits.
        """
        q = self.encode(parameters, target, visible)
        h = q.mean + np.exp(q.log_std) * noise
        divergence = np.mean(gaussian_kl(*q), axis=0)
        if free_bits:
            divergence = np.maximum(divergence, free_bits)
        fit = np.mean(self.log_likelihood(parameters, h, target, observed))
        return np.mean(weight) * np.sum(divergence) - fit


def log_sigma(parameters: Any) -> Value:
    """log σ of the Gaussian columns, kept within bounds."""
    return np.clip(parameters["log_sigma"], -WIDEST, WIDEST)


def initial(bound: Bound, noise_terms: int, means: Array) -> dict[str, Any]:
    """Parameters to start from: the networks' own, the decoder's biases at spread means, σ = 1."""
    decoder = bound.decoder.parameters
    resting = {bound.decoder.layers[-1].b: bound.layout.resting(means)}
    return {
        "encoder": bound.encoder.parameters,
        "decoder": decoder | resting,
        "log_sigma": np.zeros(noise_terms),
    }
