"""Probabilistic principal component analysis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal, Self, overload

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import Array, Seed, as_count, as_generator
from ..errors import ArgumentError, DataError, ShapeError
from .arguments import as_nonempty_rows, as_parameter, as_rows
from .densities import ppca_log_likelihood
from .model import GenerativeModel
from .moments import centre
from .posterior import Posterior, ppca_posterior
from .saved import saved_parameters
from .spectrum import spectrum


@dataclass(frozen=True, slots=True, eq=False)
class PPCAState:
    """The parameters of a PPCA, and where they come from.

    Attributes:
        b: shape (m,).
        W: shape (m, k), k ≤ m.
        sigma2: σ² ≥ 0.
        eigenvalues: of the covariance of the rows, descending, shape (m,); of W Wᵀ + σ² I where W was given.
        solver: how they were found: "covariance", "gram", "svd", or "given".
    """

    b: Array
    W: Array
    sigma2: float
    eigenvalues: Array
    solver: str

    @classmethod
    def checked(
        cls,
        b: ArrayLike,
        W: ArrayLike,
        sigma2: ArrayLike,
        eigenvalues: ArrayLike,
        solver: str,
    ) -> Self:
        """The state of these parameters, as read-only float64 arrays whose shapes fit each other."""
        b = as_parameter(b, name="b", shape=(None,))
        W = as_parameter(W, name="W", shape=(b.size, None))
        noise = float(as_parameter(sigma2, name="sigma2", shape=()))
        if W.shape[1] > b.size:
            raise ShapeError(f"W has shape {W.shape}", expected="no more columns than rows")
        if noise < 0.0:
            raise ArgumentError(f"sigma2={noise}", expected="a variance, zero or more")
        return cls(b, W, noise, as_parameter(eigenvalues, name="eigenvalues", shape=(b.size,)), solver)


class PPCA(GenerativeModel[PPCAState]):
    """Probabilistic PCA, h ~ N(0, I) and x | h ~ N(W h + b, σ² I), fitted by maximum likelihood.

    In closed form: with λ₁ ≥ … ≥ λₘ the eigenvalues of the rows' covariance (divisor n) and U its first k
    eigenvectors, ``b = mean``, ``σ² = 1/(m - k) Σ_{i>k} λᵢ`` and ``W = U (Λ - σ² I)^½``. Each column of W has
    its largest entry positive. With 0 components it is the isotropic Gaussian N(b, σ² I). With m components
    σ² would be 0/0, which is refused; m - 1 already give the full Gaussian.

    Where the rows lie in a plane of k or fewer dimensions (one row, identical rows, too many components),
    σ² is exactly 0 and the columns of W beyond the rank are zero. Such a model samples, encodes and decodes
    (by the limit σ² → 0), but has no density: ``log_likelihood`` and ``score`` raise a
    :class:`~chainrule.errors.DataError`. Of tied eigenvalues, any orthonormal basis is as good; W Wᵀ, and so
    the model, does not depend on it unless the k-th ties with the next. Float32 rows are accumulated in
    float64, and results are float64.

    Args:
        n_components: k, the dimensions of the latent space, 0 ≤ k < m.

    Source: the lecture, "Principal component analysis (PCA)"; Tipping and Bishop, "Probabilistic principal
    component analysis" (1999).

    >>> X = [[2.0, 0.0], [-2.0, 0.0], [0.0, 1.0], [0.0, -1.0]]
    >>> model = PPCA(1).fit(X)
    >>> model.sigma2, model.eigenvalues.tolist(), (model.W @ model.W.T).round(12).tolist()
    (0.5, [2.0, 0.5], [[1.5, 0.0], [0.0, 0.0]])
    >>> model.encode([[2.0, 0.0]]).mean.round(6).tolist(), round(model.score(X), 6)
    ([[1.224745]], -2.837877)
    """

    kind: ClassVar[str] = "ppca"

    def __init__(self, n_components: int) -> None:
        super().__init__()
        self.n_components: Final = as_count(n_components, "n_components", least=0)

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

    def fit(self, X: ArrayLike) -> Self:
        """Find the b, W and σ² that make rows X, shape (n, m), most likely; returns the model itself.

        Raises:
            ArgumentError: there are not more columns than components.
            ShapeError, DtypeError, DataError: X is not a non-empty table of finite real numbers.
        """
        rows = as_nonempty_rows(X)
        m, k = rows.shape[1], self.n_components
        if k >= m:
            raise ArgumentError(
                f"n_components={k} for {m} columns",
                expected=f"at most {m - 1}, so that a discarded direction is left to estimate σ² from",
                instead="cr.latent.Gaussian() for the full covariance",
            )
        around = centre(rows)
        found = spectrum(rows, around, k)
        sigma2 = found.discarded_mean
        W = found.vectors * np.sqrt(np.maximum(found.eigenvalues[:k] - sigma2, 0.0))
        self._state = PPCAState.checked(around.mean, W, sigma2, found.eigenvalues, found.solver)
        return self

    @property
    def b(self) -> Array:
        """The mean of x, shape (m,), read-only."""
        return self.state.b

    @property
    def W(self) -> Array:
        """The map from the latent space, shape (m, k), read-only."""
        return self.state.W

    @property
    def sigma2(self) -> float:
        """σ², the variance of the noise."""
        return self.state.sigma2

    # The common names of b and σ².
    mean = b
    noise_variance = sigma2

    @property
    def eigenvalues(self) -> Array:
        """The eigenvalues of the covariance, descending, shape (m,), read-only."""
        return self.state.eigenvalues

    @property
    def solver(self) -> str:
        """How the parameters were found: "covariance", "gram", "svd", or "given"."""
        return self.state.solver

    @property
    def n_features(self) -> int:
        """m, the number of columns."""
        return self.b.size

    @property
    def covariance(self) -> Array:
        """The model's covariance ``W Wᵀ + σ² I``, shape (m, m)."""
        return np.asarray(self.W @ self.W.T + self.sigma2 * np.eye(self.n_features))

    def log_likelihood(self, X: ArrayLike) -> Array:
        """``log N(x; b, W Wᵀ + σ² I)`` in nats for each row of X, shape (n, m): float64, shape (n,).

        Raises:
            ShapeError, DtypeError, DataError: X is not a table of finite real numbers with m columns.
            DataError: σ² is 0, so there is no density.
        """
        rows = as_rows(X, columns=self.n_features)
        if self.sigma2 == 0.0:
            rank = int((self.eigenvalues > 0.0).sum())
            raise DataError(
                f"there is no density: σ² = 0, the rows lie in a plane of {rank} dimensions",
                expected="fewer components than dimensions",
                instead=f"n_components={rank - 1} or fewer" if rank else "rows that differ",
            )
        # The same density with orthogonal columns: then even a W of dependent ones has a diagonal WᵀW.
        U, w, _ = np.linalg.svd(self.W, full_matrices=False)
        with np.errstate(over="ignore"):  # a row beyond the range of float64 has log-density -inf
            return ppca_log_likelihood(rows, U * w, self.b, self.sigma2)

    @overload
    def sample(self, n: int, seed: Seed = 0, *, return_latent: Literal[False] = False) -> Array: ...

    @overload
    def sample(self, n: int, seed: Seed = 0, *, return_latent: Literal[True]) -> tuple[Array, Array]: ...

    def sample(self, n: int, seed: Seed = 0, *, return_latent: bool = False) -> Array | tuple[Array, Array]:
        """Draw n rows in the lecture's two steps: h ~ N(0, I), then x | h ~ N(W h + b, σ² I).

        Args:
            n: how many.
            seed: a whole number, or the ``numpy.random.Generator`` to draw from.
            return_latent: return the rows of h too.

        Returns:
            The rows x, float64, shape (n, m); with ``return_latent``, also the rows h, shape (n, k).

        >>> x, h = PPCA.from_parameters([[1.0], [2.0]], [3.0, 4.0], 0.0).sample(5, seed=0, return_latent=True)
        >>> np.allclose(x, h * [1.0, 2.0] + [3.0, 4.0])
        True
        """
        generator, rows = as_generator(seed), as_count(n, "n", least=0)
        h = generator.standard_normal((rows, self.n_components))
        x = self.decode(h) + np.sqrt(self.sigma2) * generator.standard_normal((rows, self.n_features))
        return (x, h) if return_latent else x

    def encode(self, X: ArrayLike) -> Posterior:
        """The posterior p(h | x) of each row of X, shape (n, m).

        ``N(h; M⁻¹ Wᵀ (x - b), σ² M⁻¹)`` with ``M = Wᵀ W + σ² I``. Where σ² = 0, its limit: the latent point
        of the nearest point of the plane, and the prior along columns of W that are zero.

        Returns:
            The means, shape (n, k), and the one covariance of them all, shape (k, k).

        Raises:
            ShapeError, DtypeError, DataError: X is not a table of finite real numbers with m columns.

        >>> mean, covariance = PPCA.from_parameters([[1.0], [0.0]], [0.0, 0.0], 1.0).encode([[3.0, 5.0]])
        >>> mean.tolist(), covariance.tolist()
        ([[1.5]], [[0.5]])
        """
        return ppca_posterior(as_rows(X, columns=self.n_features), self.W, self.b, self.sigma2)

    def decode(self, h: ArrayLike) -> Array:
        """The mean of x given each latent row, ``W h + b``: h of shape (n, k) gives float64, shape (n, m).

        Raises:
            ShapeError, DtypeError, DataError: h is not a table of finite real numbers with k columns.
        """
        return np.asarray(as_rows(h, name="h", columns=self.n_components) @ self.W.T + self.b)

    def to_state(self) -> tuple[str, dict[str, Any], dict[str, Array]]:
        """The kind ``"ppca"``, its configuration, and arrays ``b``, ``W``, ``sigma2``, ``eigenvalues``."""
        state = self.state
        config = {"n_components": self.n_components, "solver": state.solver}
        arrays = {"b": state.b, "W": state.W, "eigenvalues": state.eigenvalues}
        return self.kind, config, {**arrays, "sigma2": np.asarray(state.sigma2)}

    @classmethod
    def from_state(cls, config: Mapping[str, Any], arrays: Mapping[str, Array]) -> Self:
        """The model that :meth:`to_state` described.

        Raises:
            ModelFileError: they do not describe one.
        """
        with saved_parameters(cls.kind):
            k = as_count(config["n_components"], "n_components", least=0)
            W = as_parameter(arrays["W"], name="W", shape=(None, k))
            b, sigma2, eigenvalues = arrays["b"], arrays["sigma2"], arrays["eigenvalues"]
            return cls._with(PPCAState.checked(b, W, sigma2, eigenvalues, str(config["solver"])))

    def __repr__(self) -> str:
        if self._state is None:
            return f"PPCA(n_components={self.n_components})"
        return (
            f"PPCA(n_components={self.n_components}, n_features={self.n_features}, sigma2={self.sigma2:.6g})"
        )
