"""The multivariate Gaussian with a full covariance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import Array, Seed, as_count, as_generator
from ..errors import ArgumentError, DataError
from .arguments import as_nonempty_rows, as_parameter, as_rows
from .densities import gaussian_log_likelihood
from .model import GenerativeModel
from .moments import centre, covariance
from .saved import saved_parameters


@dataclass(frozen=True, slots=True, eq=False)
class GaussianState:
    """The parameters of a Gaussian: mean μ, shape (m,), covariance Σ, shape (m, m), and the rank of Σ."""

    mean: Array
    covariance: Array
    rank: int


class Gaussian(GenerativeModel[GaussianState]):
    """A Gaussian N(μ, Σ) over rows, fitted by maximum likelihood.

    ``μ = 1/n Σᵢ xᵢ`` and ``Σ = 1/n Σᵢ (xᵢ - μ)(xᵢ - μ)ᵀ``: the divisor is n, not n - 1.

    Rows in a plane (a constant column, columns that depend on each other, no more rows than columns) have
    a singular Σ. It is fitted and can be sampled, but has no density: ``log_likelihood`` and ``score`` then
    raise a :class:`~chainrule.errors.DataError`. Float32 rows are
    accumulated in float64, and results are float64.

    Source: the lecture, "Principal component analysis (PCA)", the two candidate Gaussians.

    >>> model = Gaussian().fit([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0], [2.0, 2.0]])
    >>> model.mean.tolist(), model.covariance.tolist()
    ([1.0, 1.0], [[1.0, 0.0], [0.0, 1.0]])
    >>> round(model.score([[1.0, 1.0]]), 6)  # -log 2π
    -1.837877
    """

    kind: ClassVar[str] = "gaussian"

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
        mu = as_parameter(mean, name="mean", shape=(None,))
        sigma = as_parameter(covariance, name="covariance", shape=(mu.size, mu.size))
        scale = np.sqrt(np.abs(np.diag(sigma)))
        if not (np.abs(sigma - sigma.T) <= 1e-10 * np.outer(scale, scale)).all():
            raise ArgumentError("the covariance is not symmetric", instead="(covariance + covariance.T) / 2")
        model = cls()
        model._state = GaussianState(mu, sigma, _rank(sigma))
        return model

    def fit(self, X: ArrayLike) -> Self:
        """Set μ and Σ to those of rows X, shape (n, m), n ≥ 1; returns the model itself.

        Raises:
            ShapeError, DtypeError, DataError: X is not a non-empty table of finite real numbers.
        """
        rows = as_nonempty_rows(X)
        around = centre(rows)
        self._state = type(self).from_parameters(around.mean, covariance(rows, around)).state
        return self

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

    def log_likelihood(self, X: ArrayLike) -> Array:
        """``log N(x; μ, Σ)`` in nats for each row of X, shape (n, m): float64, shape (n,).

        Raises:
            ShapeError, DtypeError, DataError: X is not a table of finite real numbers with m columns.
            DataError: Σ is singular, so there is no density.
        """
        rows = as_rows(X, columns=self.n_features)
        rank = self.state.rank
        if rank < self.n_features:
            raise DataError(
                f"there is no density: the covariance of the {self.n_features} columns has rank {rank}",
                expected="more rows than columns, no constant column, none that others determine",
                instead=f"drop such columns, or fit PPCA with fewer than {rank} components" if rank else None,
            )
        with np.errstate(over="ignore"):  # a row beyond the range of float64 has log-density -inf
            return gaussian_log_likelihood(rows, self.mean, self.covariance)

    def sample(self, n: int, seed: Seed = 0) -> Array:
        """Draw n rows ``μ + Σ^½ z`` with z ~ N(0, I): float64, shape (n, m).

        Args:
            n: how many.
            seed: a whole number, or the ``numpy.random.Generator`` to draw from.

        >>> Gaussian.from_parameters([5.0], [[0.0]]).sample(2, seed=0).tolist()
        [[5.0], [5.0]]
        """
        values, vectors = np.linalg.eigh(self.covariance)
        # The symmetric root is unique: unlike a factor of eigenvectors it has no signs to choose.
        root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
        z = as_generator(seed).standard_normal((as_count(n, "n", least=0), self.n_features))
        return np.asarray(z @ root + self.mean)

    def to_state(self) -> tuple[str, dict[str, Any], dict[str, Array]]:
        """The kind ``"gaussian"``, no configuration, and the arrays ``mean`` and ``covariance``."""
        return self.kind, {}, {"mean": self.mean, "covariance": self.covariance}

    @classmethod
    def from_state(cls, config: Mapping[str, Any], arrays: Mapping[str, Array]) -> Self:
        """The model that :meth:`to_state` described.

        Raises:
            ModelFileError: they do not describe one.
        """
        with saved_parameters(cls.kind):
            return cls.from_parameters(arrays["mean"], arrays["covariance"])

    def __repr__(self) -> str:
        return "Gaussian()" if self._state is None else f"Gaussian(n_features={self.n_features})"


def _rank(sigma: Array) -> int:
    """The rank of a covariance, whatever the units of its columns; refuses a negative eigenvalue."""
    variances = np.diag(sigma)
    unit = np.sqrt(np.where(variances > 0.0, variances, 1.0))
    values = np.linalg.eigvalsh(sigma / unit / unit[:, None])
    if variances.min(initial=0.0) < 0.0 or values[0] < -1e-10:
        raise ArgumentError(
            "the covariance is not positive semi-definite",
            expected="no negative eigenvalue (and no correlation beyond ±1)",
        )
    rounding = 10.0 * unit.size * np.finfo(np.float64).eps
    return int((values > rounding).sum())
