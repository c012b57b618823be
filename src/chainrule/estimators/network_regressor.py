"""A network that predicts numbers, as a scikit-learn regressor."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import RegressorMixin
from sklearn.utils.validation import column_or_1d

from ..arguments import Array
from ..latent.scaling import Scaling
from .network_estimator import NetworkEstimator


class NetworkRegressor(RegressorMixin, NetworkEstimator):
    """A feed-forward network that predicts one number or several: :class:`chainrule.nn.Network`.

    Inputs and targets are standardised within, so neither needs scaling first.

    Args:
        hidden: the numbers of hidden units, layer by layer; one number: a single layer.
        activation: of the hidden layers: a name from :data:`chainrule.nn.ACTIVATIONS`.
        initializer: draws the weights, as for :class:`chainrule.nn.Network`.
        normalisation: of the hidden layers: ``"batch"``, ``"layer"`` or none.
        dropout: the share of the hidden units that training leaves out at random, or one for each layer.
        residual: whether hidden layers add their inputs, as for :class:`chainrule.nn.Network`.
        loss: ``"auto"`` (f_MSE), ``"mae"``, ``"huber"``, or a function of (output, y).
        optimizer: a name, or an optimiser of :mod:`chainrule.train` with settings of its own. ``"lbfgs"``
            takes all rows at once, with neither a rate nor weight decay; an epoch is then an iteration.
        learning_rate: ε of an optimiser by name; ``"auto"``: 0.001.
        weight_decay: λ of an optimiser by name.
        l1: adds l1 · Σ |W| over all weights to what is minimised.
        l2: adds ½ · l2 · Σ W².
        schedule: of the learning rate, from :mod:`chainrule.train`, or its name; ``"plateau"`` waits for the
            validation loss, and needs early stopping.
        batch_size: rows in a minibatch; ``"auto"``: 200, or all where there are fewer.
        epochs: how many times to go through the rows at most.
        early_stopping: hold rows out, stop when their loss no longer falls, keep the best parameters.
        validation_fraction: of the rows, held out with early stopping.
        patience: epochs without a fall after which to stop.
        standardize: whether to shift and scale the inputs; the targets are always.
        warm_start: ``fit`` goes on from the parameters there are.
        dtype: float32 or float64 to train in; ``"auto"``: float32 by minibatches, whose gradients differ by
            far more than float32 rounds, and as X is where all rows are one batch. Predictions are computed
            in X's own, whatever the parameters were trained in.
        compile: ``"auto"``, ``"native"`` or ``"reference"``.
        random_state: of the initial weights, the rows held out and the shuffles; with a whole number, as by
            default, every fit gives the same bits. ``None``: fresh randomness.
        verbose: show a progress bar.
        callbacks: functions of (record, network), called after each epoch; a true answer stops training.

    Attributes:
        network_: the trained :class:`chainrule.nn.Network`, of standardised inputs and targets.
        history_: the training's :class:`chainrule.train.History`.
        loss_curve_, validation_loss_curve_: its losses, epoch by epoch.

    Source: the lecture, "Training neural networks".

    >>> X = np.linspace(-2, 2, 50)[:, None]
    >>> model = NetworkRegressor((16,), learning_rate=0.05, epochs=300).fit(X, X.ravel() ** 2 + 100)
    >>> round(model.score(X, X.ravel() ** 2 + 100), 1)
    1.0
    """

    _numeric_targets = True
    _usual_rate = 0.001  # at 0.003 as many epochs follow the noise of small tables

    def predict(self, X: ArrayLike) -> Array:
        """ŷ in the targets' unit: float64, shape (n,), or (n, k) where y had k columns."""
        z = self._pre_activations(X)
        predicted = np.asarray(self._target_scaling.undo(z))
        return predicted[:, 0] if self._flat else predicted

    def partial_fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """One pass over these rows; the first call's rows also set the scaling. Returns the estimator."""
        return self._go_on(X, y, sample_weight, None)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _learn_targets(self, y: Array, weight: Array, classes: ArrayLike | None) -> None:
        self._flat = y.ndim == 1 or y.shape[1] == 1
        self._target_scaling = Scaling.of(_columns(y).astype(np.float64), weight)

    def _encode_targets(self, y: Array) -> Array:
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        return np.asarray(self._target_scaling.apply(_columns(y)))

    @property
    def _outputs(self) -> int:
        return self._target_scaling.shift.size

    def _loss(self) -> Any:
        return "mse" if self.loss == "auto" else self.loss


def _columns(y: Array) -> Array:
    return y[:, None] if y.ndim == 1 else y
