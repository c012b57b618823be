"""Normalizing flows as scikit-learn density estimators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from .. import latent
from ..arguments import Array
from .latent_estimator import LatentEstimator, training


class FlowDensity(LatentEstimator):
    """A normalizing flow, log p(x) = log N(z; 0, I) + log|det ∂z/∂x|: :class:`chainrule.latent.Flow`.

    ``score_samples`` gives log-densities, ``transform`` z, whose columns are independent standard normals
    where the flow fits well, and ``inverse_transform`` the rows back.

    Args:
        kind: how single numbers are bent, ``"spline"`` or ``"affine"``.
        structure: ``"coupling"`` or ``"autoregressive"``.
        depth: how many bending layers; ``None``: what suits the kind.
        hidden: the hidden layers' sizes of each one's network; ``None``: likewise.
        epochs: how many times to go through the rows; ``None``: as many as take 4000 minibatches.
        batch_size: rows in a minibatch.
        validation_fraction: of the rows, held out; the parameters of the lowest loss there are kept.
        random_state: of everything random.
        verbose: show a progress bar.

    Attributes:
        model_: the fitted :class:`chainrule.latent.Flow`.

    Source: the lecture, "Principal component analysis (PCA)", last slide; Rezende and Mohamed, "Variational
    inference with normalizing flows" (2015).

    >>> X = np.random.default_rng(0).standard_normal((100, 2)) ** 2
    >>> flow = FlowDensity("affine", depth=2, hidden=(8,), epochs=2).fit(X)
    >>> flow.score_samples(X).shape, bool(np.allclose(flow.inverse_transform(flow.transform(X)), X))
    ((100,), True)
    """

    model_: latent.Flow
    _least_rows = 2

    def __init__(
        self,
        kind: Any = "spline",
        *,
        structure: str = "coupling",
        depth: int | None = None,
        hidden: Sequence[int] | None = None,
        epochs: int | None = None,
        batch_size: int = 256,
        validation_fraction: float = 0.1,
        random_state: Any = 0,
        verbose: bool = False,
    ) -> None:
        self.kind = kind
        self.structure = structure
        self.depth = depth
        self.hidden = hidden
        self.epochs = epochs
        self.batch_size = batch_size
        self.validation_fraction = validation_fraction
        self.random_state = random_state
        self.verbose = verbose

    def score_samples(self, X: ArrayLike) -> Array:
        """The log-density of each row, in nats, shape (n,)."""
        check_is_fitted(self)
        return self.model_.log_likelihood(self._rows(X))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.estimator_type = "density_estimator"
        return tags

    def _new_model(self, columns: int) -> latent.Flow:
        return latent.Flow(
            self.kind,
            structure=self.structure,
            depth=self.depth,
            hidden=self.hidden,
            training=training(self),
        )

    def _latent(self, rows: Array) -> Array:
        return np.asarray(self.model_.encode(rows))
