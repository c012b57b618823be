"""Probabilistic principal component analysis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Literal, Self, get_args, overload

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import Array, Seed, as_count, as_generator
from ..errors import ArgumentError, DataError
from .arguments import as_parameter
from .canonical import Rotation, as_rotation, varimax
from .conditions import Given
from .factor_model import FactorModel
from .gathering import Gathered
from .linear_gaussian import LinearGaussian
from .moments import Moments
from .order import Order, as_order
from .ppca_fit import fit_incomplete, fit_moments
from .ppca_state import PPCAState, StandardErrors
from .spectrum import Solver


class PPCA(FactorModel[PPCAState]):
    """Probabilistic PCA, h ~ N(0, I) and x | h ~ N(W h + b, σ² I), fitted by maximum likelihood.

    In closed form: with λ₁ ≥ … ≥ λₘ the eigenvalues of the rows' covariance (divisor n) and U its first k
    eigenvectors, ``b = mean``, ``σ² = 1/(m - k) Σ_{i>k} λᵢ`` and ``W = U (Λ - σ² I)^½``. Each column of W has
    its largest entry positive. With 0 components it is the isotropic Gaussian N(b, σ² I). With m components
    σ² would be 0/0, which is refused; m - 1 already give the full Gaussian.

    Missing values (NaN) are integrated over: EM finds the W, b and σ² that make the observed values most
    likely; ``steps`` and ``converged`` say how it went. σ² is then at least 1e-10 of the mean variance.

    Where complete rows lie in a plane of k or fewer dimensions (one row, identical rows, too many
    components),
    σ² is exactly 0 and the columns of W beyond the rank are zero. Such a model samples, encodes and decodes
    (by the limit σ² → 0), but has no density: ``log_likelihood`` and ``score`` raise a
    :class:`~chainrule.errors.DataError`. Of tied eigenvalues, any orthonormal basis is as good; W Wᵀ, and so
    the model, does not depend on it unless the k-th ties with the next. Float32 rows are accumulated in
    float64, and results are float64.

    Args:
        n_components: k, the dimensions of the latent space, 0 ≤ k < m; or a share of the variance, such as
            0.95; or how to choose: "bic", "minka" or "cv" (cross-validated likelihood).
        rotation: "varimax" rotates W, which changes neither W Wᵀ nor the density, so that each latent
            variable speaks of few columns; ``None`` leaves its columns orthogonal.
        solver: "covariance", "gram", "svd", "randomized", or "auto": the fastest that is accurate.
        seed: of the random projections.

    Source: the lecture, "Principal component analysis (PCA)"; Tipping and Bishop, "Probabilistic principal
    component analysis" (1999).

    >>> X = [[2.0, 0.0], [-2.0, 0.0], [0.0, 1.0], [0.0, -1.0]]
    >>> model = PPCA(1).fit(X)
    >>> model.sigma2, model.eigenvalues.tolist(), (model.W @ model.W.T).round(12).tolist()
    (0.5, [2.0, 0.5], [[1.5, 0.0], [0.0, 0.0]])
    >>> model.encode([[2.0, 0.0]]).mean.round(6).tolist(), round(model.score(X), 6)
    ([[1.224745]], -2.837877)
    >>> model.impute([[2.0, float("nan")]]).tolist()
    [[2.0, 0.0]]
    """

    kind: ClassVar[str] = "ppca"
    looks_at_numbers: ClassVar[bool] = True

    def __init__(
        self,
        n_components: Order,
        *,
        rotation: Rotation = None,
        solver: Solver = "auto",
        seed: int = 0,
    ) -> None:
        super().__init__()
        self._order = as_order(n_components)
        if solver not in get_args(Solver):
            raise ArgumentError(f"solver={solver!r}", expected="one of " + ", ".join(get_args(Solver)))
        self._rotation, self._solver, self._seed = (
            as_rotation(rotation),
            solver,
            as_count(seed, "seed", least=0),
        )

    @classmethod
    def from_parameters(cls, W: ArrayLike, b: ArrayLike, sigma2: float) -> Self:
        """A PPCA with given parameters, as if they had been fitted.

        Args:
            W: shape (m, k), k ≤ m.
            b: shape (m,).
            sigma2: σ² ≥ 0.

        Raises:
            ArgumentError: σ² is negative.
            ShapeError: the shapes do not fit each other.
            DataError: a number is not finite.

        >>> PPCA.from_parameters(W=[[1.0], [2.0]], b=[0.0, 0.0], sigma2=0.1)
        PPCA(n_components=1, n_features=2, sigma2=0.1)
        """
        map_ = as_parameter(W, name="W", shape=(None, None))
        noise = as_parameter(sigma2, name="sigma2", shape=())
        variances = np.linalg.svd(map_, compute_uv=False) ** 2
        eigenvalues = np.pad(variances, (0, len(map_) - variances.size)) + noise
        return cls._with(PPCAState.checked(b, map_, noise, eigenvalues, "given"))

    @classmethod
    def _with(cls, state: PPCAState) -> Self:
        model = cls(state.W.shape[1])
        model._state = state
        return model

    @property
    def n_components(self) -> Order:
        """k: as asked for, and once fitted, as found."""
        fitted = self._state is not None or self._running is not None
        return self.state.W.shape[1] if fitted else self._order

    @property
    def sigma2(self) -> float:
        """σ², the variance of the noise."""
        return self.state.sigma2

    # The common name of σ².
    noise_variance = sigma2

    @property
    def eigenvalues(self) -> Array:
        """The eigenvalues of the covariance, descending, read-only: all m, or a partial solver's first k."""
        return self.state.eigenvalues

    @property
    def solver(self) -> str:
        """How the parameters were found: "covariance", "gram", "svd", "randomized", "em", or "given"."""
        return self.state.solver

    @property
    def standard_errors(self) -> StandardErrors:
        """Of σ² and the leading eigenvalues; ArgumentError where the rows were not complete.

        >>> errors = PPCA(1).fit(np.random.default_rng(0).standard_normal((800, 3))).standard_errors
        >>> bool(0.03 < errors.sigma2 < 0.04), errors.eigenvalues.shape
        (True, (1,))
        """
        return self.state.standard_errors

    @property
    def covariance(self) -> Array:
        """The model's covariance ``W Wᵀ + σ² I``, shape (m, m)."""
        return np.asarray(self.W @ self.W.T + self.sigma2 * np.eye(self.n_features))

    @overload
    def sample(self, n: int, seed: Seed = 0, *, given: Given | None = None) -> Array: ...
    @overload
    def sample(self, n: int, seed: Seed = 0, *, return_latent: Literal[False]) -> Array: ...
    @overload
    def sample(self, n: int, seed: Seed = 0, *, return_latent: Literal[True]) -> tuple[Array, Array]: ...

    def sample(
        self, n: int, seed: Seed = 0, *, given: Given | None = None, return_latent: bool = False
    ) -> Array | tuple[Array, Array]:
        """Draw n rows in the lecture's two steps: h ~ N(0, I), then x | h ~ N(W h + b, σ² I).

        Args:
            n: how many.
            seed: a whole number, or the ``numpy.random.Generator`` to draw from.
            given: what is known of the rows, as for :meth:`GenerativeModel.sample`.
            return_latent: return the rows of h too; not with ``given``.

        Returns:
            The rows x, float64, shape (n, m); with ``return_latent``, also the rows h, shape (n, k).

        >>> x, h = PPCA.from_parameters([[1.0], [2.0]], [3.0, 4.0], 0.0).sample(5, seed=0, return_latent=True)
        >>> np.allclose(x, h * [1.0, 2.0] + [3.0, 4.0])
        True
        """
        if not return_latent:
            return super().sample(n, seed, given=given)
        if given is not None:
            raise ArgumentError(
                "return_latent=True with given", instead="encode(rows) for the latent variables"
            )
        return self._sample_both(as_count(n, "n", least=0), as_generator(seed))

    def _linear(self) -> LinearGaussian:
        noise = np.full(self.n_features, self.sigma2)
        return LinearGaussian(self.W, self.b, noise, np.sqrt(noise) if self.sigma2 else np.ones_like(noise))

    def _from_moments(self, moments: Moments, rows: Array | None) -> PPCAState:
        return self._rotated(fit_moments(moments, rows, self._order, self._solver, self._seed))

    def _from_incomplete(self, rows: Gathered) -> PPCAState:
        return self._rotated(fit_incomplete(rows.incomplete(one_scale=True), self._order))

    def _rotated(self, state: PPCAState) -> PPCAState:
        if self._rotation is None or state.W.shape[1] < 2:
            return state
        return replace(state, W=as_parameter(varimax(state.W), name="W", shape=state.W.shape))

    def _log_density(self, rows: Array) -> Array:
        if self.sigma2 == 0.0:
            rank = int((self.eigenvalues > 0.0).sum())
            where = ("are all the same", "lie on a line")[rank] if rank < 2 else f"span {rank} dimensions"
            fewer = ("rows that differ", "n_components=0")
            raise DataError(
                f"there is no density: σ² = 0, the rows {where}",
                expected="fewer components than dimensions",
                instead=fewer[rank] if rank < 2 else f"n_components={rank - 1} or fewer",
            )
        with np.errstate(over="ignore"):  # a row beyond the range of float64 has log-density -inf
            return self._linear().log_likelihood(rows)

    def _sample(self, n: int, generator: np.random.Generator) -> Array:
        return self._sample_both(n, generator)[0]

    def _sample_both(self, n: int, generator: np.random.Generator) -> tuple[Array, Array]:
        h = generator.standard_normal((n, self.W.shape[1]))
        x = self.decode(h) + np.sqrt(self.sigma2) * generator.standard_normal((n, self.n_features))
        return x, h

    def _to_saved(self) -> tuple[dict[str, Any], dict[str, Array]]:
        state = self.state
        config = {
            "n_components": state.W.shape[1],
            "rotation": self._rotation,
            "solver": state.solver,
            "count": state.count,
            "steps": state.steps,
            "converged": state.converged,
        }
        arrays = {"b": state.b, "W": state.W, "eigenvalues": state.eigenvalues}
        return config, {**arrays, "sigma2": np.asarray(state.sigma2)}

    @classmethod
    def _from_saved(cls, config: Mapping[str, Any], arrays: Mapping[str, ArrayLike]) -> Self:
        k = as_count(config["n_components"], "n_components", least=0)
        model = cls(k, rotation=config["rotation"])
        W = as_parameter(arrays["W"], name="W", shape=(None, k))
        model._state = PPCAState.checked(
            arrays["b"],
            W,
            arrays["sigma2"],
            arrays["eigenvalues"],
            str(config["solver"]),
            config["count"],
            config["steps"],
            config["converged"],
        )
        return model

    def __repr__(self) -> str:
        if self._state is None and self._running is None:
            return f"PPCA(n_components={self.n_components!r})"
        return (
            f"PPCA(n_components={self.n_components}, n_features={self.n_features}, sigma2={self.sigma2:.6g})"
        )
