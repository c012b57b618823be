"""What the latent-variable models have in common as scikit-learn estimators."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from ..arguments import Array
from ..latent.model import GenerativeModel
from ..latent.training import Training
from .random_state import as_seed


class LatentEstimator(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """A density model of :mod:`chainrule.latent` behind scikit-learn's methods.

    A class that derives from it says how to make the model; ``model_`` is the fitted one, with all its own
    methods (``encode``, ``impute``, ``save``, …).
    """

    model_: GenerativeModel[Any]
    _least_rows = 1
    _least_columns = 1
    _takes_missing = False

    @abstractmethod
    def _new_model(self, columns: int) -> GenerativeModel[Any]:
        """The model to fit to rows of so many columns."""

    def fit(self, X: ArrayLike, y: Any = None) -> Self:
        """Fit the density of the rows of X, shape (n, m), by maximum likelihood; y is not used.

        Raises:
            ValueError, TypeError: X is not a table of finite real numbers, or too small for the model.
        """
        least = {"ensure_min_samples": self._least_rows, "ensure_min_features": self._least_columns}
        rows = self._rows(X, reset=True, **least)
        self.model_ = self._new_model(rows.shape[1]).fit(rows)
        return self

    def transform(self, X: ArrayLike) -> Array:
        """The latent values of each row: float64, shape (n, k)."""
        check_is_fitted(self)
        return self._latent(self._rows(X))

    def inverse_transform(self, X: ArrayLike) -> Array:
        """The mean of the rows whose latent values are X, shape (n, k): float64, shape (n, m)."""
        check_is_fitted(self)
        return np.asarray(self.model_.decode(X))

    def score(self, X: ArrayLike, y: Any = None) -> float:
        """The mean log-density of the rows of X, in nats; y is not used."""
        check_is_fitted(self)
        return self.model_.score(self._rows(X))

    def sample(self, n_samples: int = 1, random_state: Any = 0) -> Array:
        """New rows, float64, shape (n_samples, m); the same ``random_state`` gives the same rows."""
        check_is_fitted(self)
        return self.model_.sample(n_samples, as_seed(random_state))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self._takes_missing
        return tags

    def _latent(self, rows: Array) -> Array:
        """The posterior mean of h."""
        return np.asarray(self.model_.encode(rows).mean)

    def _rows(self, X: ArrayLike, *, reset: bool = False, **least: int) -> Array:
        rows: Array = validate_data(
            self,
            X,
            reset=reset,
            dtype=[np.float64, np.float32],
            ensure_all_finite="allow-nan" if self._takes_missing else True,
            **least,
        )
        return rows

    @property
    def _n_features_out(self) -> int:
        """k: what :meth:`get_feature_names_out` counts."""
        return int(self._latent(np.zeros((1, self.n_features_in_))).shape[1])


def training(estimator: Any) -> Training:
    """How an estimator that is trained by minibatches asks to be trained."""
    return Training(
        epochs=estimator.epochs,
        batch_size=estimator.batch_size,
        validation=estimator.validation_fraction,
        seed=as_seed(estimator.random_state),
        progress=bool(estimator.verbose),
    )
