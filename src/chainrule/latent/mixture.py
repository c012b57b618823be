"""Mixtures of probabilistic principal component analysers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import Array, as_count, as_numbers
from ..errors import ArgumentError, DataError, ShapeError
from .arguments import as_parameter
from .canonical import canonical
from .incomplete import Incomplete
from .linear_gaussian import LinearGaussian
from .mixture_em import fit_mixture, log_sum_exp
from .model import GenerativeModel
from .source import Source


class MixturePosterior(NamedTuple):
    """What each row says of its component and latent variables.

    Attributes:
        responsibilities: the probability of each component, shape (n, K).
        mean: of h, if the row comes from that component, shape (n, K, k).
        covariance: of h then, shape (K, k, k); (n, K, k, k) where a value is missing.
    """

    responsibilities: Array
    mean: Array
    covariance: Array


@dataclass(frozen=True, slots=True, eq=False)
class MixtureState:
    """The parameters of a mixture of PPCA.

    Attributes:
        weights: the probability of each component, shape (K,).
        b: shape (K, m).
        W: shape (K, m, k).
        sigma2: σ² > 0, shape (K,).
        steps: E-steps that EM took; 0 where the parameters were given.
        converged: whether EM came to its end.
    """

    weights: Array
    b: Array
    W: Array
    sigma2: Array
    steps: int = 0
    converged: bool = True

    @classmethod
    def checked(
        cls,
        weights: ArrayLike,
        b: ArrayLike,
        W: ArrayLike,
        sigma2: ArrayLike,
        steps: int = 0,
        converged: bool = True,
    ) -> Self:
        """The state of these parameters, as read-only float64 arrays whose shapes fit each other."""
        shares = as_parameter(weights, name="weights", shape=(None,))
        size = shares.size
        means = as_parameter(b, name="b", shape=(size, None))
        maps = as_parameter(W, name="W", shape=(size, means.shape[1], None))
        noise = as_parameter(sigma2, name="sigma2", shape=(size,))
        if size == 0 or (shares <= 0.0).any() or abs(shares.sum() - 1.0) > 1e-9:
            raise ArgumentError(f"weights={shares.tolist()}", expected="positive numbers with sum 1")
        if (noise <= 0.0).any():
            raise ArgumentError(f"sigma2={noise.tolist()}", expected="positive variances")
        if maps.shape[2] > maps.shape[1]:
            raise ShapeError(f"W has shape {maps.shape}", expected="no more latent dimensions than columns")
        return cls(shares, means, maps, noise, as_count(steps, "steps", least=0), bool(converged))


class PPCAMixture(GenerativeModel[MixtureState]):
    """A mixture of PPCA: z says which component, then h ~ N(0, I) and x | z, h ~ N(W_z h + b_z, σ_z² I).

    Fitted by EM, accelerated, from several sets of k-means++ centres; missing values (NaN) are integrated
    over.
    A component's σ² is at least 1e-6 of the mean variance. One that ends with fewer than 2 (k + 1) rows is
    left out, so there may be fewer components than were asked for.

    Args:
        size: K, how many components, at most.
        n_components: k, the dimensions of each one's latent space, 0 ≤ k < m; 0 makes them round.
        starts: how many sets of centres are tried.
        seed: of the centres.

    Source: Tipping and Bishop, "Mixtures of probabilistic principal component analyzers" (1999).

    >>> rng = np.random.default_rng(0)
    >>> X = np.concatenate([rng.normal(0.0, 1.0, (300, 2)), rng.normal(9.0, 1.0, (100, 2))])
    >>> model = PPCAMixture(2, 0).fit(X)
    >>> model.weights.round(2).tolist(), np.abs(model.b).round(0).tolist()
    ([0.75, 0.25], [[0.0, 0.0], [9.0, 9.0]])
    """

    kind: ClassVar[str] = "ppca-mixture"
    looks_at_numbers: ClassVar[bool] = True

    def __init__(self, size: int, n_components: int, *, starts: int = 4, seed: int = 0) -> None:
        super().__init__()
        self._size = as_count(size, "size")
        self._k = as_count(n_components, "n_components", least=0)
        self._starts, self._seed = as_count(starts, "starts"), as_count(seed, "seed", least=0)

    @classmethod
    def from_parameters(cls, weights: ArrayLike, W: ArrayLike, b: ArrayLike, sigma2: ArrayLike) -> Self:
        """A mixture with weights, shape (K,), W, shape (K, m, k), b, shape (K, m), and σ², shape (K,).

        Raises:
            ArgumentError: a weight or variance is not positive, or the weights' sum is not 1.
            ShapeError: the shapes do not fit each other.

        >>> PPCAMixture.from_parameters([0.5, 0.5], np.ones((2, 3, 1)), np.zeros((2, 3)), [1.0, 2.0])
        PPCAMixture(size=2, n_components=1, n_features=3)
        """
        state = MixtureState.checked(weights, b, W, sigma2)
        model = cls(state.weights.size, state.W.shape[2])
        model._state = state
        return model

    @property
    def size(self) -> int:
        """K: as asked for, and once fitted, as found."""
        return self._size if self._state is None else self.weights.size

    @property
    def n_components(self) -> int:
        """k, the dimensions of each component's latent space."""
        return self._k

    @property
    def weights(self) -> Array:
        """The probability of each component, descending, shape (K,), read-only."""
        return self.state.weights

    @property
    def b(self) -> Array:
        """The components' means, shape (K, m), read-only."""
        return self.state.b

    @property
    def W(self) -> Array:
        """The maps from the components' latent spaces, shape (K, m, k), read-only."""
        return self.state.W

    @property
    def sigma2(self) -> Array:
        """The components' noise variances, shape (K,), read-only."""
        return self.state.sigma2

    @property
    def steps(self) -> int:
        """E-steps that EM took from the best start."""
        return self.state.steps

    @property
    def converged(self) -> bool:
        """Whether EM came to its end."""
        return self.state.converged

    @property
    def n_features(self) -> int:
        """m, the number of columns."""
        return int(self.b.shape[1])

    def decode(self, h: ArrayLike | MixturePosterior, responsibilities: ArrayLike | None = None) -> Array:
        """The mean of x given the latent rows, ``Σ_z r_z (W_z h_z + b_z)``: float64, shape (n, m).

        Args:
            h: shape (n, K, k), or all that :meth:`encode` gave.
            responsibilities: shape (n, K); by default the weights.
        """
        if isinstance(h, MixturePosterior):
            return self.decode(h.mean, h.responsibilities)
        latent = as_numbers(h, "h")
        if latent.ndim != 3 or latent.shape[1:] != self.W.shape[::2]:
            raise ShapeError(f"h has shape {latent.shape}", expected=f"shape (n, {self.size}, {self._k})")
        shares = (
            self.weights[None]
            if responsibilities is None
            else as_numbers(responsibilities, "responsibilities")
        )
        if shares.shape not in ((1, self.size), latent.shape[:2]):
            raise ShapeError(
                f"responsibilities has shape {shares.shape}", expected=f"shape {latent.shape[:2]}"
            )
        means = np.einsum("nzk,zmk->nzm", latent, self.W) + self.b
        return np.asarray(np.sum(shares[:, :, None] * means, axis=1))

    def _parts(self) -> list[LinearGaussian]:
        m = self.n_features
        return [
            LinearGaussian(W, b, np.full(m, noise), np.full(m, np.sqrt(noise)))
            for W, b, noise in zip(self.W, self.b, self.sigma2, strict=True)
        ]

    def _estimate(self, source: Source) -> MixtureState:
        rows = Incomplete.of(source.table(), one_scale=True)
        m, scale = rows.mask.shape[1], rows.scale[0]
        if self._k >= m:
            raise ArgumentError(f"n_components={self._k} for {m} columns", expected=f"at most {m - 1}")
        if rows.is_constant.all():
            raise DataError("the rows are all the same", expected="rows that differ")
        generator = np.random.default_rng(self._seed)
        mixture, ascent = fit_mixture(rows, min(self._size, len(rows.mask)), self._k, self._starts, generator)
        order = np.argsort(-mixture.log_weights, kind="stable")
        parts = [mixture.parts[each] for each in order]
        weights = np.exp(mixture.log_weights[order])
        return MixtureState.checked(
            weights / weights.sum(),
            [rows.shift + scale * part.b for part in parts],
            np.stack([canonical(scale * part.W) for part in parts]),
            [scale**2 * part.noise[0] for part in parts],
            ascent.steps,
            ascent.converged,
        )

    def _joint(self, rows: Array) -> Array:
        """``log p(x, z)`` of each row's observed values, shape (n, K)."""
        with np.errstate(over="ignore"):  # a row beyond the range of float64 has log-density -inf
            each = [part.log_likelihood(rows) for part in self._parts()]
        return np.stack(each, axis=1) + np.log(self.weights)

    def _responsibilities(self, rows: Array) -> Array:
        joint = self._joint(rows)
        # A row that is beyond all of them tells nothing.
        near = np.asarray(np.isfinite(joint).any(axis=1))
        joint = np.where(near[:, None], joint, np.log(self.weights))
        return np.asarray(np.exp(joint - log_sum_exp(joint)[:, None]))

    def _log_density(self, rows: Array) -> Array:
        return log_sum_exp(self._joint(rows))

    def _encode(self, rows: Array) -> MixturePosterior:
        found = [part.posterior(rows) for part in self._parts()]
        mean = np.stack([each.mean for each in found], axis=1)
        covariance = np.stack([each.covariance for each in found], axis=-3)
        return MixturePosterior(self._responsibilities(rows), mean, covariance)

    def _sample(self, n: int, generator: np.random.Generator) -> Array:
        z = generator.choice(self.size, size=n, p=self.weights)
        h = generator.standard_normal((n, self._k))
        noise = np.sqrt(self.sigma2)[z, None] * generator.standard_normal((n, self.n_features))
        return np.asarray(np.einsum("nk,nmk->nm", h, self.W[z]) + self.b[z] + noise)

    def _predict_missing(self, rows: Array) -> tuple[Array, Array]:
        shares = self._responsibilities(rows).T[:, :, None]
        found = [part.predict(rows) for part in self._parts()]
        means, stds = np.stack([each[0] for each in found]), np.stack([each[1] for each in found])
        missing = np.isnan(rows)
        mean = np.where(missing, np.sum(shares * means, axis=0), rows)
        variance = np.sum(shares * (stds**2 + (means - mean) ** 2), axis=0)
        return mean, np.where(missing, np.sqrt(variance), 0.0)

    def _draw_missing(self, rows: Array, draws: int, generator: np.random.Generator) -> Array:
        bounds = self._responsibilities(rows).cumsum(axis=1)
        chance = generator.random((draws, len(rows), 1)) * bounds[:, -1:]
        z = np.asarray(chance >= bounds).sum(axis=2)
        drawn = np.stack([part.draw(rows, draws, generator) for part in self._parts()])
        return np.asarray(np.take_along_axis(drawn, z[None, :, :, None], axis=0)[0])

    def _to_saved(self) -> tuple[dict[str, Any], dict[str, Array]]:
        state = self.state
        config = {"n_components": self._k, "steps": state.steps, "converged": state.converged}
        return config, {"weights": state.weights, "W": state.W, "b": state.b, "sigma2": state.sigma2}

    @classmethod
    def _from_saved(cls, config: Mapping[str, Any], arrays: Mapping[str, ArrayLike]) -> Self:
        W = as_parameter(
            arrays["W"], name="W", shape=(None, None, as_count(config["n_components"], "n_components", 0))
        )
        state = MixtureState.checked(
            arrays["weights"], arrays["b"], W, arrays["sigma2"], config["steps"], config["converged"]
        )
        model = cls(state.weights.size, state.W.shape[2])
        model._state = state
        return model

    def __repr__(self) -> str:
        features = "" if self._state is None else f", n_features={self.n_features}"
        return f"PPCAMixture(size={self.size}, n_components={self._k}{features})"
