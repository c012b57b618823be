"""Variational auto-encoders as density models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, Self

import numpy as np
from numpy.typing import ArrayLike

from ...arguments import Array, Seed, as_count, as_generator
from ...errors import ArgumentError
from ...nn import Network
from ...train import History
from ..arguments import as_rows, as_sizes
from ..linear_gaussian import Posterior
from ..model import GenerativeModel
from ..source import Rows, Source
from ..training import Training, as_training
from .fitting import Pressure, Settings, fit_vae
from .importance import Importance
from .state import VAEState

#: The variance of a posterior mean over rows from which on a latent variable counts as active.
ACTIVE = 0.01

#: Importance samples beyond which a single row takes gigabytes.
MOST_SAMPLES = 100_000


class VAE(GenerativeModel[VAEState]):
    """A variational auto-encoder: h ~ N(0, I), and x | h as a network of h says.

    The decoder gives each column's distribution given h: a Gaussian's mean, with σ learned beside it, or the
    logits of a Bernoulli or categorical one. The encoder gives ``q(h | x) = N(μ(x), diag σ(x)²)``. Both are
    fitted by maximising the evidence lower bound, a lower bound of log p(x):

    ``ELBO = E_q log p(x | h) - KL(q(h | x) ‖ p(h))``, with the divergence in closed form.

    With ``hidden=()`` and ``noise="scalar"`` both networks are linear: a PPCA, whose likelihood it reaches.
    A missing value (NaN) looks like its column's mean to the encoder, which is told so where it was fitted to
    such rows or with ``input_dropout``, and has no part in the likelihood.

    Args:
        n_latent: k, the dimensions of h.
        decoder: ``"gaussian"``, ``"bernoulli"`` (0 or 1) or ``"categorical"`` (codes 0, 1, 2, …) for all
            columns, or a list with one of these for each.
        hidden: the sizes of the encoder's hidden layers; the decoder has them in reverse order.
        activation: of the hidden layers, by name.
        noise: ``"column"``: each Gaussian column has a σ of its own; ``"scalar"``: all have one.
        beta: β, what the divergence is multiplied with; above 1 for latent variables that say less.
        warm_up: the share of the epochs over which β rises from 0.
        free_bits: λ ≥ 0, in nats: what a latent variable may say for nothing.
        input_dropout: the share of values that are hidden from the encoder, others in every epoch: against
            overfitting, and as practice for missing values.
        importance_samples: K, the draws for each row from which likelihoods and predictions are computed.
        training: how it is fitted.

    Raises:
        ArgumentError: a setting that makes no sense.

    Source: the lecture, "Principal component analysis (PCA)", last slide; Kingma and Welling, "Auto-encoding
    variational Bayes" (2014); Rezende, Mohamed and Wierstra, "Stochastic backpropagation and approximate
    inference in deep generative models" (2014).

    >>> X = np.random.default_rng(0).standard_normal((60, 4)) @ np.diag([3.0, 1.0, 1.0, 1.0])
    >>> vae = VAE(1, hidden=(8,), training=Training(epochs=2)).fit(X)
    >>> vae.log_likelihood(X).shape, vae.encode(X).mean.shape, vae.sample(3).shape
    ((60,), (60, 1), (3, 4))
    """

    kind: ClassVar[str] = "vae"

    def __init__(
        self,
        n_latent: int,
        *,
        decoder: str | Sequence[str] = "gaussian",
        hidden: Sequence[int] = (128, 128),
        activation: str = "tanh",
        noise: str = "column",
        beta: float = 1.0,
        warm_up: float = 0.2,
        free_bits: float = 0.0,
        input_dropout: float = 0.0,
        importance_samples: int = 1000,
        training: Training | None = None,
    ) -> None:
        super().__init__()
        self.n_latent: Final = as_count(n_latent, "n_latent")
        self._settings = Settings(
            self.n_latent,
            decoder if isinstance(decoder, str) else tuple(decoder),
            as_sizes(hidden, "hidden"),
            activation,
            noise,
            Pressure(beta, warm_up, free_bits),
            input_dropout,
        )
        self._samples = _as_samples(importance_samples, "importance_samples")
        self._training = as_training(training, Training())

    @property
    def encoder(self) -> Network:
        """The network from (centred, spread) rows to μ and log σ of q(h | x)."""
        return self.state.bound.encoder

    @property
    def decoder(self) -> Network:
        """The network from h to means and logits."""
        return self.state.bound.decoder

    @property
    def sigma(self) -> Array:
        """σ of the Gaussian columns, in their own units."""
        layout = self.state.bound.layout
        return np.exp(self.state.log_sigma) * layout.scaling.scale[layout.gaussian]

    @property
    def history(self) -> History | None:
        """The losses of training, in nats a row; the held-out one is minus the ELBO."""
        return self.state.history

    @property
    def n_features(self) -> int:
        """m, the number of columns."""
        return len(self.state.bound.layout.kinds)

    def elbo(self, X: Rows, *, samples: int = 100, seed: Seed = 0) -> Array:
        """The evidence lower bound of each row, a mean over draws of h: nats, shape (n,).

        Args:
            X: rows, shape (n, m), NaN where missing.
            samples: how many draws.
            seed: a whole number, or the ``numpy.random.Generator`` to draw from.
        """
        rng, count, bound = as_generator(seed), as_count(samples, "samples"), self.state.bound
        target, observed = bound.layout.spread(self._table(X))
        shape = (len(target), self.n_latent)
        parameters = self.state.parameters
        draws = (bound.elbo(parameters, target, rng.standard_normal(shape), observed) for _ in range(count))
        return np.asarray(sum(draws) / count)

    def importance_log_likelihood(self, X: Rows, *, samples: int, seed: Seed = 0) -> Array:
        """log p(x) of each row from so many importance samples (IWAE): a lower bound, exact in the limit.

        Source: Burda, Grosse and Salakhutdinov, "Importance weighted autoencoders" (2016).
        """
        return self._importance(_as_samples(samples, "samples")).log_likelihood(
            self._table(X).astype(np.float64), as_generator(seed)
        )

    def active_units(self, X: Rows) -> int:
        """How many latent variables' posterior means vary over the rows by a variance above 0.01.

        Source: Burda, Grosse and Salakhutdinov, "Importance weighted autoencoders" (2016), section 5.2.
        """
        return int((self.encode(X).mean.var(axis=0) > ACTIVE).sum())

    def decode(self, h: Any) -> Array:
        """The mean of x given latent rows: float64, shape (n, m); of a categorical column the likeliest code.

        Args:
            h: shape (n, k), or what :meth:`encode` gave.

        Raises:
            ShapeError, DtypeError, DataError: h is not a table of finite real numbers with k columns.
        """
        latent = as_rows(h.mean if isinstance(h, Posterior) else h, name="h", columns=self.n_latent)
        layout = self.state.bound.layout
        return layout.collapse(layout.means(self.decoder.predict(latent)))

    def __repr__(self) -> str:
        fitted = "" if self._state is None else f", n_features={self.n_features}"
        return f"VAE(n_latent={self.n_latent}{fitted})"

    def _estimate(self, source: Source) -> VAEState:
        return fit_vae(source.table(), self._settings, self._training)

    def _log_density(self, rows: Array) -> Array:
        return self._importance(self._samples).log_likelihood(
            rows.astype(np.float64), np.random.default_rng(0)
        )

    def _encode(self, rows: Array) -> Posterior:
        state = self.state
        q = state.bound.encode(state.parameters, *state.bound.layout.spread(rows))
        return Posterior(q.mean, np.exp(2 * q.log_std)[:, :, None] * np.eye(self.n_latent))

    def _sample(self, n: int, generator: np.random.Generator) -> Array:
        h = generator.standard_normal((n, self.n_latent))
        layout = self.state.bound.layout
        return layout.draw(self.decoder.predict(h), self.state.log_sigma, generator)

    def _predict_missing(self, rows: Array) -> tuple[Array, Array]:
        return self._importance(self._samples).predict(rows, np.random.default_rng(0))

    def _draw_missing(self, rows: Array, draws: int, generator: np.random.Generator) -> Array:
        return self._importance(self._samples).draw(rows, draws, generator)

    def _importance(self, samples: int) -> Importance:
        return Importance(self.state.bound, self.state.parameters, samples)

    def _to_saved(self) -> tuple[dict[str, Any], dict[str, Array]]:
        state = self.state
        bound, layout = state.bound, state.bound.layout
        config = {
            "encoder": bound.encoder,
            "decoder": bound.decoder,
            "kinds": list(layout.kinds),
            "codes": list(layout.codes),
            "masked": bound.masked,
            "importance_samples": self._samples,
        }
        scaling = {"shift": layout.scaling.shift, "scale": layout.scaling.scale}
        return config, {**scaling, "centre": bound.centre, "log_sigma": state.log_sigma}

    @classmethod
    def _from_saved(cls, config: Mapping[str, Any], arrays: Mapping[str, ArrayLike]) -> Self:
        state = VAEState.checked(config, arrays)
        k = state.bound.decoder.sizes[0]
        model = cls(k, decoder=state.bound.layout.kinds, importance_samples=config["importance_samples"])
        model._state = state
        return model


def _as_samples(value: Any, name: str) -> int:
    if as_count(value, name) > MOST_SAMPLES:
        raise ArgumentError(f"{name}={value}", expected=f"at most {MOST_SAMPLES}")
    return int(value)
