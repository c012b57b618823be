"""Factor analysis: PPCA with a noise variance for every column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import Array, as_count
from ..errors import ArgumentError
from .arguments import as_parameter
from .canonical import Rotation, as_rotation, canonical, varimax
from .columns import without_density
from .factor_fit import incomplete_factors
from .factor_model import FactorModel
from .factor_profile import correlation_factors
from .gathering import Gathered
from .linear_gaussian import LinearGaussian
from .moments import Moments

#: The least noise, as a share of a column's variance: without a bound the likelihood often has none either.
LEAST_NOISE = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class FactorAnalysisState:
    """The parameters of a factor analysis.

    Attributes:
        b: shape (m,).
        W: shape (m, k).
        noise: ψ ≥ 0, shape (m,); 0 in constant columns only, where W is 0 too.
        steps: E-steps that EM took; 0 where no value was missing.
        converged: whether EM came to its end.
    """

    b: Array
    W: Array
    noise: Array
    steps: int = 0
    converged: bool = True

    @classmethod
    def checked(
        cls, b: ArrayLike, W: ArrayLike, noise: ArrayLike, steps: int = 0, converged: bool = True
    ) -> Self:
        """The state of these parameters, as read-only float64 arrays whose shapes fit each other."""
        mean = as_parameter(b, name="b", shape=(None,))
        map_ = as_parameter(W, name="W", shape=(mean.size, None))
        psi = as_parameter(noise, name="noise", shape=(mean.size,))
        if map_.shape[1] > mean.size:
            raise ArgumentError(f"W has shape {map_.shape}", expected="no more columns than rows")
        if (psi < 0.0).any() or ((psi == 0.0) & map_.any(axis=1)).any():
            raise ArgumentError("noise is not positive", expected="positive variances (0 where W is 0)")
        return cls(mean, map_, psi, as_count(steps, "steps", least=0), bool(converged))


class FactorAnalysis(FactorModel[FactorAnalysisState]):
    """Factor analysis, h ~ N(0, I) and x | h ~ N(W h + b, diag ψ), fitted by maximum likelihood.

    Unlike PPCA it does not care about the columns' units. From complete rows the likelihood is maximised
    over ψ alone, W being known given ψ; missing values (NaN) are integrated over by EM. ψ is at least 1e-6 of
    a column's variance. ``Wᵀ Ψ⁻¹ W`` is diagonal, its entries descending, and of each column of W the largest
    entry in units of the noise is positive.

    With a constant column the model is fitted and can be sampled, but has no density.

    Args:
        n_components: k, the dimensions of the latent space, 0 ≤ k < m.
        rotation: "varimax" rotates W, which changes neither W Wᵀ nor the density; or ``None``.

    Source: the lecture, "More on latent variable models (LVMs)"; Rubin and Thayer, "EM algorithms for ML
    factor analysis" (1982); Jöreskog, "Some contributions to maximum likelihood factor analysis" (1967).

    >>> rng = np.random.default_rng(0)
    >>> h = rng.standard_normal((2000, 1))
    >>> X = h * [1.0, 2.0, 3.0] + rng.standard_normal((2000, 3)) * [0.1, 0.5, 1.0]
    >>> FactorAnalysis(1).fit(X).noise.round(1).tolist()
    [0.0, 0.3, 1.0]
    """

    kind: ClassVar[str] = "factor-analysis"
    looks_at_numbers: ClassVar[bool] = True

    def __init__(self, n_components: int, *, rotation: Rotation = None) -> None:
        super().__init__()
        self._k = as_count(n_components, "n_components", least=0)
        self._rotation = as_rotation(rotation)

    @classmethod
    def from_parameters(cls, W: ArrayLike, b: ArrayLike, noise: ArrayLike) -> Self:
        """A factor analysis with W, shape (m, k), b and noise ψ, shape (m,), as if they had been fitted.

        Raises:
            ArgumentError: a noise variance is negative, or zero where W is not.
            ShapeError: the shapes do not fit each other.
            DataError: a number is not finite.

        >>> FactorAnalysis.from_parameters([[1.0], [2.0]], [0.0, 0.0], [0.1, 0.2])
        FactorAnalysis(n_components=1, n_features=2)
        """
        state = FactorAnalysisState.checked(b, W, noise)
        model = cls(state.W.shape[1])
        model._state = state
        return model

    @property
    def n_components(self) -> int:
        """k, the dimensions of the latent space."""
        return self._k

    @property
    def noise(self) -> Array:
        """ψ, each column's variance of the noise, shape (m,), read-only."""
        return self.state.noise

    @property
    def covariance(self) -> Array:
        """The model's covariance ``W Wᵀ + diag ψ``, shape (m, m)."""
        return np.asarray(self.W @ self.W.T + np.diag(self.noise))

    def _linear(self) -> LinearGaussian:
        return LinearGaussian(
            self.W, self.b, self.noise, np.sqrt(np.where(self.noise > 0.0, self.noise, 1.0))
        )

    def _from_moments(self, moments: Moments, rows: Array | None) -> FactorAnalysisState:
        m, S = moments.origin.size, moments.covariance
        self._require_fewer(m)
        varying = np.flatnonzero(np.diag(S) > 0.0)
        W, noise = np.zeros((m, self._k)), np.zeros(m)
        if varying.size:
            scale = np.sqrt(np.diag(S)[varying])
            R = S[np.ix_(varying, varying)] / scale / scale[:, None]
            k = min(self._k, varying.size)
            at = correlation_factors(R, k, least=LEAST_NOISE)
            W[varying, :k], noise[varying] = scale[:, None] * at.W, scale**2 * at.noise
        return FactorAnalysisState.checked(moments.mean, self._canonical(W, noise), noise)

    def _from_incomplete(self, rows: Gathered) -> FactorAnalysisState:
        seen = rows.incomplete(one_scale=False)
        self._require_fewer(seen.shift.size)
        at, ascent = incomplete_factors(seen, self._k, one_noise=False, least=LEAST_NOISE)
        varies = ~seen.is_constant
        noise = np.where(varies, seen.scale**2 * at.noise, 0.0)
        W = self._canonical(np.where(varies[:, None], seen.scale[:, None] * at.W, 0.0), noise)
        b = seen.shift + np.where(varies, seen.scale * at.b, 0.0)
        return FactorAnalysisState.checked(b, W, noise, ascent.steps, ascent.converged)

    def _canonical(self, W: Array, noise: Array) -> Array:
        unit = np.sqrt(np.where(noise > 0.0, noise, 1.0))[:, None]
        fixed = unit * canonical(W / unit)
        return varimax(fixed) if self._rotation and self._k > 1 else fixed

    def _require_fewer(self, m: int) -> None:
        if self._k >= m:
            raise ArgumentError(
                f"n_components={self._k} for {m} columns",
                expected=f"at most {m - 1}",
                instead="cr.latent.Gaussian() for the full covariance",
            )

    def _log_density(self, rows: Array) -> Array:
        constant = self.noise == 0.0
        if constant.any() and not np.isnan(rows[:, constant]).all():
            raise without_density(int(np.argmax(constant)))
        with np.errstate(over="ignore"):  # a row beyond the range of float64 has log-density -inf
            return self._linear().log_likelihood(rows)

    def _sample(self, n: int, generator: np.random.Generator) -> Array:
        h = generator.standard_normal((n, self._k))
        return np.asarray(self.decode(h) + np.sqrt(self.noise) * generator.standard_normal((n, self.b.size)))

    def _to_saved(self) -> tuple[dict[str, Any], dict[str, Array]]:
        state = self.state
        config = {
            "n_components": self._k,
            "rotation": self._rotation,
            "steps": state.steps,
            "converged": state.converged,
        }
        return config, {"b": state.b, "W": state.W, "noise": state.noise}

    @classmethod
    def _from_saved(cls, config: Mapping[str, Any], arrays: Mapping[str, ArrayLike]) -> Self:
        model = cls(config["n_components"], rotation=config["rotation"])
        W = as_parameter(arrays["W"], name="W", shape=(None, model._k))
        model._state = FactorAnalysisState.checked(
            arrays["b"], W, arrays["noise"], config["steps"], config["converged"]
        )
        return model

    def __repr__(self) -> str:
        if self._state is None and self._running is None:
            return f"FactorAnalysis(n_components={self._k})"
        return f"FactorAnalysis(n_components={self._k}, n_features={self.n_features})"
