"""The multivariate Gaussian with a full covariance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import Array
from ..errors import ArgumentError, DataError
from .arguments import as_parameter, as_rows, has_missing
from .columns import without_density
from .conditions import Given, as_condition, column_position
from .densities import gaussian_log_likelihood
from .gathering import Gathered
from .gaussian_em import incomplete_gaussian
from .linear_gaussian import LinearGaussian, Posterior
from .moments import Moments
from .streaming import MomentModel


@dataclass(frozen=True, slots=True, eq=False)
class GaussianState:
    """The parameters of a Gaussian.

    Attributes:
        mean: μ, shape (m,).
        covariance: Σ, shape (m, m).
        rank: of Σ.
        root: ``D R^½``, shape (m, m), D the standard deviations and R the correlations: a square root of Σ
            that is as accurate in columns of small units as in those of large ones.
    """

    mean: Array
    covariance: Array
    rank: int
    root: Array

    @classmethod
    def checked(cls, mean: ArrayLike, covariance: ArrayLike) -> Self:
        """The state of these parameters, as read-only float64 arrays."""
        mu = as_parameter(mean, name="mean", shape=(None,))
        sigma = as_parameter(covariance, name="covariance", shape=(mu.size, mu.size))
        scale = np.sqrt(np.abs(np.diag(sigma)))
        if not (np.abs(sigma - sigma.T) <= 1e-10 * np.outer(scale, scale)).all():
            raise ArgumentError("the covariance is not symmetric", instead="(covariance + covariance.T) / 2")
        unit = unit_scales(np.diag(sigma))
        values, vectors = np.linalg.eigh(sigma / unit / unit[:, None])
        require_semi_definite(np.diag(sigma), values)
        # The symmetric root is unique: unlike a factor of eigenvectors it has no signs to choose.
        root = unit[:, None] * ((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T)
        rounding = 10.0 * unit.size * np.finfo(np.float64).eps
        return cls(mu, sigma, int((values > rounding).sum()), root)


class Gaussian(MomentModel[GaussianState]):
    """A Gaussian N(μ, Σ) over rows, fitted by maximum likelihood.

    ``μ = 1/n Σᵢ xᵢ`` and ``Σ = 1/n Σᵢ (xᵢ - μ)(xᵢ - μ)ᵀ``: the divisor is n, not n - 1. Missing values
    (NaN) are integrated over: EM finds the μ and Σ that make the observed values most likely.

    Rows in a plane (a constant column, columns that depend on each other, no more rows than columns) have
    a singular Σ. It is fitted and can be sampled, but has no density: ``log_likelihood`` and ``score`` then
    raise a :class:`~chainrule.errors.DataError`. Float32 rows are accumulated in float64, and results are
    float64. As a latent-variable model it is ``x = μ + D R^½ h``, h ~ N(0, I), with the
    standard deviations D and the correlations R: ``encode`` whitens.

    Source: the lecture, "Principal component analysis (PCA)", the two candidate Gaussians.

    >>> model = Gaussian().fit([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0], [2.0, 2.0]])
    >>> model.mean.tolist(), model.covariance.tolist()
    ([1.0, 1.0], [[1.0, 0.0], [0.0, 1.0]])
    >>> round(model.score([[1.0, 1.0]]), 6)  # -log 2π
    -1.837877
    """

    kind: ClassVar[str] = "gaussian"
    looks_at_numbers: ClassVar[bool] = True

    @classmethod
    def from_parameters(cls, mean: ArrayLike, covariance: ArrayLike) -> Self:
        """A Gaussian with a given mean, shape (m,), and covariance, shape (m, m), as if it had been fitted.

        Raises:
            ArgumentError: the covariance is not symmetric, or has a negative eigenvalue.
            ShapeError: the shapes do not fit each other.
            DataError: a number is not finite.

        >>> Gaussian.from_parameters([0.0, 0.0], [[1.0, 0.8], [0.8, 1.0]])
        Gaussian(n_features=2)
        """
        model = cls()
        model._state = GaussianState.checked(mean, covariance)
        return model

    @property
    def mean(self) -> Array:
        """μ, shape (m,), read-only."""
        return self.state.mean

    @property
    def covariance(self) -> Array:
        """Σ, shape (m, m), read-only."""
        return self.state.covariance

    @property
    def n_features(self) -> int:
        """m, the number of columns."""
        return self.mean.size

    def marginal(self, columns: Sequence[str | int]) -> Gaussian:
        """The Gaussian of some columns, in this order, whatever the others are.

        >>> Gaussian.from_parameters([1.0, 2.0], [[3.0, 1.0], [1.0, 4.0]]).marginal([1]).covariance.tolist()
        [[4.0]]
        """
        chosen = [column_position(each, self.n_features, self.columns) for each in columns]
        if not chosen or len(set(chosen)) < len(chosen):
            raise ArgumentError(f"columns {list(columns)}", expected="different columns, at least one")
        part = Gaussian.from_parameters(self.mean[chosen], self.covariance[np.ix_(chosen, chosen)])
        part._columns = None if self.columns is None else tuple(self.columns[each] for each in chosen)
        return part

    def conditional(self, given: Given) -> Gaussian:
        """The Gaussian of the other columns where some are known.

        ``N(μᵤ + Σᵤₒ Σₒₒ⁻¹ (xₒ - μₒ), Σᵤᵤ - Σᵤₒ Σₒₒ⁻¹ Σₒᵤ)``, with the pseudo-inverse where Σₒₒ is singular.

        Args:
            given: a row of m numbers, NaN for what is not known, or ``{column: value}``.

        Raises:
            ArgumentError: everything is known.

        >>> model = Gaussian.from_parameters([0.0, 1.0], [[1.0, 0.5], [0.5, 2.0]])
        >>> rest = model.conditional({0: 2.0})
        >>> rest.mean.round(9).tolist(), rest.covariance.round(9).tolist()
        ([2.0], [[1.75]])
        """
        row = as_condition(given, self.n_features, self.columns)
        unknown = np.flatnonzero(np.isnan(row))
        if unknown.size == 0:
            raise ArgumentError("every column is given", expected="one at least that is not")
        mean, root = self._linear().conditional(row)
        spread = root[unknown] @ root[unknown].T
        part = Gaussian.from_parameters(mean[unknown], (spread + spread.T) / 2)
        part._columns = None if self.columns is None else tuple(self.columns[each] for each in unknown)
        return part

    def decode(self, h: ArrayLike | Posterior) -> Array:
        """``μ + D R^½ h``, the row whose whitened form is h: float64, shape (n, m).

        >>> model = Gaussian.from_parameters([1.0], [[4.0]])
        >>> model.decode([[1.0]]).tolist(), model.encode([[3.0]]).mean.tolist()
        ([[3.0]], [[1.0]])
        """
        latent = h.mean if isinstance(h, Posterior) else h
        return np.asarray(as_rows(latent, name="h", columns=self.n_features) @ self.state.root.T + self.mean)

    def _linear(self) -> LinearGaussian:
        units = unit_scales(np.diag(self.covariance))
        return LinearGaussian(self.state.root, self.mean, np.zeros(self.n_features), units)

    def _from_moments(self, moments: Moments, rows: Array | None) -> GaussianState:
        return GaussianState.checked(moments.mean, moments.covariance)

    def _from_incomplete(self, rows: Gathered) -> GaussianState:
        return GaussianState.checked(*incomplete_gaussian(rows.incomplete(one_scale=False)))

    def _log_density(self, rows: Array) -> Array:
        rank = self.state.rank
        constant = np.flatnonzero(np.diag(self.covariance) == 0.0)
        if 0 < constant.size < self.n_features:
            raise without_density(int(constant[0]))
        if rank < self.n_features:
            raise DataError(
                f"there is no density: the covariance of the {self.n_features} columns has rank {rank}",
                expected="more rows than columns, and no column that others determine",
                instead=f"drop such columns, or fit PPCA with fewer than {rank} components" if rank else None,
            )
        with np.errstate(over="ignore"):  # a row beyond the range of float64 has log-density -inf
            if has_missing(rows):
                return self._linear().log_likelihood(rows)
            return gaussian_log_likelihood(rows, self.mean, self.covariance)

    def _encode(self, rows: Array) -> Posterior:
        """The posterior of h in ``x = μ + Σ^½ h``: a point where the row is complete and Σ has full rank."""
        return self._linear().posterior(rows)

    def _sample(self, n: int, generator: np.random.Generator) -> Array:
        return np.asarray(generator.standard_normal((n, self.n_features)) @ self.state.root.T + self.mean)

    def _predict_missing(self, rows: Array) -> tuple[Array, Array]:
        return self._linear().predict(rows)

    def _draw_missing(self, rows: Array, draws: int, generator: np.random.Generator) -> Array:
        return self._linear().draw(rows, draws, generator)

    def _to_saved(self) -> tuple[dict[str, Any], dict[str, Array]]:
        return {}, {"mean": self.mean, "covariance": self.covariance}

    @classmethod
    def _from_saved(cls, config: Mapping[str, Any], arrays: Mapping[str, ArrayLike]) -> Self:
        return cls.from_parameters(arrays["mean"], arrays["covariance"])

    def __repr__(self) -> str:
        fitted = self._state is not None or self._running is not None
        return f"Gaussian(n_features={self.n_features})" if fitted else "Gaussian()"


def unit_scales(variances: Array) -> Array:
    """The standard deviations, 1 where there is none."""
    return np.sqrt(np.where(variances > 0.0, variances, 1.0))


def require_semi_definite(variances: Array, eigenvalues: Array) -> None:
    """Refuse negative variances, and correlations with a negative eigenvalue; these ascend."""
    if variances.min(initial=0.0) < 0.0 or eigenvalues[0] < -1e-10:
        raise ArgumentError(
            "the covariance is not positive semi-definite",
            expected="no negative eigenvalue (and no correlation beyond ±1)",
        )
