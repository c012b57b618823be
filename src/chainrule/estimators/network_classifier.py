"""A network that predicts classes, as a scikit-learn classifier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy import special
from sklearn.base import ClassifierMixin
from sklearn.utils.class_weight import compute_sample_weight

from ..arguments import Array
from ..data import split_rows_by_class
from ..data.wording import listing
from ..errors import ArgumentError
from ..train import LBFGS, Optimiser
from ..train.watch import Callback
from .class_targets import ClassTargets
from .network_estimator import NetworkEstimator, Rows


class NetworkClassifier(ClassifierMixin, NetworkEstimator):
    """A feed-forward network that predicts classes, or several labels at once: :class:`chainrule.nn.Network`.

    Trained by cross-entropy; inputs are standardised within, so they need no scaling first.

    Args:
        hidden: the numbers of hidden units, layer by layer; one number: a single layer.
        activation: of the hidden layers: a name from :data:`chainrule.nn.ACTIVATIONS`.
        initializer: draws the weights, as for :class:`chainrule.nn.Network`.
        normalisation: of the hidden layers: ``"batch"``, ``"layer"`` or none.
        dropout: the share of the hidden units that training leaves out at random, or one for each layer.
        residual: whether hidden layers add their inputs, as for :class:`chainrule.nn.Network`.
        loss: ``"auto"`` (cross-entropy), or a function of (pre-activations, y).
        optimizer: a name, or an optimiser of :mod:`chainrule.train` with settings of its own. ``"lbfgs"``
            takes all rows at once, with neither a rate nor weight decay; an epoch is then an iteration.
        learning_rate: ε of an optimiser by name; ``"auto"``: 0.003.
        weight_decay: λ of an optimiser by name.
        l1: adds l1 · Σ |W| over all weights to what is minimised.
        l2: adds ½ · l2 · Σ W².
        schedule: of the learning rate, from :mod:`chainrule.train`, or its name; ``"plateau"`` waits for the
            validation loss, and needs early stopping.
        batch_size: rows in a minibatch; ``"auto"``: 200, or all where there are fewer.
        epochs: how many times to go through the rows at most.
        class_weight: ``"balanced"``, or a weight for each class; multiplies the rows' own.
        early_stopping: hold rows out, stop when their loss no longer falls, keep the best parameters.
        validation_fraction: of the rows, held out with early stopping, of each class alike.
        patience: epochs without a fall after which to stop.
        standardize: whether to shift and scale the inputs.
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
        classes_: the classes in order; for several labels their numbers.
        network_: the trained :class:`chainrule.nn.Network`, from standardised inputs to pre-activations.
        history_: the training's :class:`chainrule.train.History`.
        loss_curve_, validation_loss_curve_: its losses, epoch by epoch.

    Source: the lecture, "Training neural networks".

    >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], ["same", "different", "different", "same"]
    >>> xor = NetworkClassifier((8,), learning_rate=0.05, epochs=200).fit(X, y)
    >>> xor.predict(X).tolist(), xor.predict_proba(X).shape
    (['same', 'different', 'different', 'same'], (4, 2))
    """

    classes_: Array

    def __init__(
        self,
        hidden: Sequence[int] | int = (100,),
        *,
        activation: Any = "relu",
        initializer: Any = "glorot",
        normalisation: str | None = None,
        dropout: float | Sequence[float] = 0.0,
        residual: int | Sequence[int] = False,
        loss: Any = "auto",
        optimizer: str | Optimiser | LBFGS = "adam",
        learning_rate: float | str = "auto",
        weight_decay: float = 0.0,
        l1: float = 0.0,
        l2: float = 0.0,
        schedule: Any = None,
        batch_size: int | str = "auto",
        epochs: int = 200,
        class_weight: Any = None,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        patience: int = 10,
        standardize: bool = True,
        warm_start: bool = False,
        dtype: Any = "auto",
        compile: str = "auto",
        random_state: Any = 0,
        verbose: bool = False,
        callbacks: Sequence[Callback] = (),
    ) -> None:
        super().__init__(
            hidden,
            activation=activation,
            initializer=initializer,
            normalisation=normalisation,
            dropout=dropout,
            residual=residual,
            loss=loss,
            optimizer=optimizer,
            learning_rate=learning_rate,
            weight_decay=weight_decay,
            l1=l1,
            l2=l2,
            schedule=schedule,
            batch_size=batch_size,
            epochs=epochs,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            patience=patience,
            standardize=standardize,
            warm_start=warm_start,
            dtype=dtype,
            compile=compile,
            random_state=random_state,
            verbose=verbose,
            callbacks=callbacks,
        )
        self.class_weight = class_weight

    def predict(self, X: ArrayLike) -> Array:
        """The likeliest class of each row, shape (n,); for several labels 0 or 1 each, shape (n, k)."""
        z = self._pre_activations(X)
        return self._targets.decode(z)

    def predict_proba(self, X: ArrayLike) -> Array:
        """The probability of each class, shape (n, classes), rows of sum 1; of each label by itself, where
        there are several.
        """
        z = self._pre_activations(X)
        if self._targets.several:
            return np.asarray(special.expit(z))
        if z.shape[1] == 1:
            return np.column_stack([special.expit(-z), special.expit(z)])
        return np.asarray(special.softmax(z, axis=1))

    def predict_log_proba(self, X: ArrayLike) -> Array:
        """The logarithms of :meth:`predict_proba`, exact where a probability would round to 0."""
        z = self._pre_activations(X)
        if self._targets.several:
            return np.asarray(special.log_expit(z))
        if z.shape[1] == 1:
            return np.column_stack([special.log_expit(-z), special.log_expit(z)])
        return np.asarray(special.log_softmax(z, axis=1))

    def decision_function(self, X: ArrayLike) -> Array:
        """The pre-activations: shape (n, classes); of two classes the second's log-odds, shape (n,)."""
        z = self._pre_activations(X)
        return z[:, 0] if z.shape[1] == 1 and not self._targets.several else z

    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """One pass over these rows; the first call's rows also set the scaling. Returns the estimator.

        Args:
            X: rows, shape (n, m).
            y: their classes.
            classes: all classes there will be; needed in the first call where its rows do not have them all.
            sample_weight: the weight of each row.
        """
        known = getattr(self, "classes_", None)
        if classes is not None and known is not None and not np.array_equal(np.unique(classes), known):
            raise ArgumentError(
                f"classes={listing(np.unique(classes).tolist())}",
                expected=f"those of the first call, {listing(known.tolist())}",
            )
        return self._go_on(X, y, sample_weight, classes)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    def _learn_targets(self, y: Array, weight: Array, classes: ArrayLike | None) -> None:
        self._targets = ClassTargets.learn(y, classes)
        self.classes_ = self._targets.classes

    def _encode_targets(self, y: Array) -> Array:
        return self._targets.encode(y)

    @property
    def _outputs(self) -> int:
        return self._targets.outputs

    def _loss(self) -> Any:
        return self._targets.loss if self.loss == "auto" else self.loss

    def _row_weights(self, y: Array, weight: Array) -> Array:
        if self.class_weight is None:
            return weight
        return np.asarray(weight * compute_sample_weight(self.class_weight, y))

    def _split(self, rows: Rows, rng: np.random.Generator) -> tuple[Array, Array]:
        if self._targets.several:
            return super()._split(rows, rng)
        share = self.validation_fraction
        train, held_out = split_rows_by_class(rows.y, (1 - share, share), rng)
        return train, held_out
