"""Probabilistic PCA as a scikit-learn transformer."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from .. import latent
from ..arguments import Array
from ..latent.canonical import Rotation
from ..latent.order import Order
from ..latent.spectrum import Solver
from .latent_estimator import LatentEstimator


class PPCA(LatentEstimator):
    """Probabilistic PCA, h ~ N(0, I) and x | h ~ N(W h + b, σ² I): :class:`chainrule.latent.PPCA`.

    ``transform`` gives the posterior mean of h (scikit-learn's PCA gives projections, which have the
    variances of the data instead), ``inverse_transform`` W h + b, ``score`` the exact mean log-likelihood.
    Missing values (NaN) are integrated over, in ``fit`` and everywhere else.

    Args:
        n_components: k; a share of the variance, such as 0.95; "bic", "minka" or "cv". ``None``: 2,
            or as many as there are columns less one.
        rotation: ``"varimax"`` or ``None``.
        solver: of the eigenvalues, ``"auto"`` by default.
        random_state: of the random projections.

    Attributes:
        model_: the fitted :class:`chainrule.latent.PPCA`.
        components_: the columns of W as rows, shape (k, m).
        mean_: b, shape (m,).
        noise_variance_: σ².

    Source: the lecture, "Principal component analysis (PCA)"; Tipping and Bishop, "Probabilistic principal
    component analysis" (1999).

    >>> X = np.random.default_rng(0).standard_normal((200, 1)) * [[3.0, 4.0]] + [[10.0, 20.0]]
    >>> ppca = PPCA(1).fit(X + np.random.default_rng(1).standard_normal(X.shape))
    >>> ppca.transform([[13.0, 24.0], [10.0, float("nan")]]).shape, ppca.get_feature_names_out().tolist()
    ((2, 1), ['ppca0'])
    """

    model_: latent.PPCA
    _least_columns = 2
    _takes_missing = True

    def __init__(
        self,
        n_components: Order | None = None,
        *,
        rotation: Rotation = None,
        solver: Solver = "auto",
        random_state: int = 0,
    ) -> None:
        self.n_components = n_components
        self.rotation = rotation
        self.solver = solver
        self.random_state = random_state

    @property
    def components_(self) -> Array:
        """Wᵀ, shape (k, m)."""
        return self.model_.W.T

    @property
    def mean_(self) -> Array:
        """b, shape (m,)."""
        return self.model_.b

    @property
    def noise_variance_(self) -> float:
        """σ²."""
        return self.model_.sigma2

    def score_samples(self, X: ArrayLike) -> Array:
        """The log-density of each row's observed values, in nats, shape (n,)."""
        check_is_fitted(self)
        return self.model_.log_likelihood(self._rows(X))

    def get_covariance(self) -> Array:
        """W Wᵀ + σ² I, shape (m, m)."""
        check_is_fitted(self)
        return np.asarray(self.model_.covariance)

    def _new_model(self, columns: int) -> latent.PPCA:
        order = min(2, columns - 1) if self.n_components is None else self.n_components
        return latent.PPCA(order, rotation=self.rotation, solver=self.solver, seed=self.random_state)
