"""What the network classifier and regressor have in common: preparing rows, training, going on training."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from numbers import Real
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from ..arguments import Array, Seed, as_count, as_float_dtype, find
from ..data import split_rows
from ..errors import ArgumentError, DataError
from ..latent.scaling import Scaling
from ..nn import Network
from ..train import LBFGS, EarlyStopping, EpochRunner, History, Optimiser, fit
from ..train.native import runner_named
from ..train.settings import OPTIMISERS, as_optimiser
from ..train.watch import Callback
from .random_state import as_seed

#: Rows in a minibatch where ``batch_size`` is "auto", if there are as many.
MOST_IN_A_MINIBATCH = 200
#: Inputs whose squares, as some optimisers take them of gradients, are finite in float32.
LARGEST_IN_FLOAT32 = 1e19
#: The settings that say what layers a network has.
OF_LAYERS = ("hidden", "activation", "normalisation", "dropout", "residual")


class Rows(NamedTuple):
    """Rows to learn from: inputs (n, m), targets as the loss takes them, and weights (n,)."""

    X: Array
    y: Array
    weight: Array

    def take(self, rows: Array) -> Rows:
        """Some of them."""
        return Rows(self.X[rows], self.y[rows], self.weight[rows])


class NetworkEstimator(BaseEstimator):
    """A feed-forward network that is trained by minibatches; its inputs are standardised within.

    A class that derives from it says what y means: ``_learn_targets``, ``_encode_targets`` and ``_outputs``.
    """

    network_: Network
    history_: History
    _scaling: Scaling | None
    _optimiser_state: Any
    _dtype: np.dtype[Any]
    _rng: np.random.Generator
    _numeric_targets = False
    _usual_rate = 0.003

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
        self.hidden = hidden
        self.activation = activation
        self.initializer = initializer
        self.normalisation = normalisation
        self.dropout = dropout
        self.residual = residual
        self.loss = loss
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.l1 = l1
        self.l2 = l2
        self.schedule = schedule
        self.batch_size = batch_size
        self.epochs = epochs
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.standardize = standardize
        self.warm_start = warm_start
        self.dtype = dtype
        self.compile = compile
        self.random_state = random_state
        self.verbose = verbose
        self.callbacks = callbacks

    @abstractmethod
    def _learn_targets(self, y: Array, weight: Array, classes: ArrayLike | None) -> None:
        """Keep what later targets are encoded by; ``classes`` are all there will ever be, where given."""

    @abstractmethod
    def _encode_targets(self, y: Array) -> Array:
        """The targets as the loss takes them.

        Raises:
            ValueError: they are not of those that were learnt.
        """

    @property
    @abstractmethod
    def _outputs(self) -> int:
        """How many outputs the network has."""

    @abstractmethod
    def _loss(self) -> Any:
        """What training minimises."""

    def _row_weights(self, y: Array, weight: Array) -> Array:
        """The weight of each row."""
        return weight

    def _split(self, rows: Rows, rng: np.random.Generator) -> tuple[Array, Array]:
        """The rows to train on and those to validate on."""
        share = self.validation_fraction
        train, held_out = split_rows(len(rows.X), (1 - share, share), rng)
        return train, held_out

    @property
    def loss_curve_(self) -> list[float]:
        """The mean training loss of each epoch."""
        return [float(loss) for loss in self.history_.loss]

    @property
    def validation_loss_curve_(self) -> list[float] | None:
        """The loss of the held-out rows after each epoch; ``None`` without early stopping."""
        found = self.history_.validation_loss
        return None if found is None else [float(loss) for loss in found]

    @property
    def n_epochs_(self) -> int:
        """How many epochs were run."""
        return len(self.history_)

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Train on rows X, shape (n, m), with targets y.

        Args:
            X: finite real numbers.
            y: the targets, one for each row.
            sample_weight: the weight of each row, zero or more, shape (n,); a whole number counts as so many
                equal rows.

        Returns:
            The estimator itself.

        Raises:
            ValueError, TypeError: data or settings that make no sense.
        """
        start_over = not (self.warm_start and hasattr(self, "network_"))
        if not start_over:
            self._require_same_layers()
        given = self._checked(X, y, sample_weight, reset=start_over)
        rng = as_seed(self.random_state)
        self._train(self._prepare(*given, rng, None) if start_over else self._encode(*given), rng)
        return self

    def _go_on(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None, classes: ArrayLike | None
    ) -> Self:
        """One pass over the rows from where the parameters and the optimiser's state stand."""
        if self._takes_all_rows:
            raise ArgumentError(
                f"partial_fit with optimizer={self.optimizer!r}, which takes all rows at once",
                instead="'adam'",
            )
        first = not hasattr(self, "network_")
        if not first:
            self._require_same_layers()
        given = self._checked(X, y, sample_weight, reset=first)
        if not hasattr(self, "_rng"):
            self._rng = as_seed(self.random_state)
        rows = self._prepare(*given, self._rng, classes) if first else self._encode(*given)
        runners: list[EpochRunner] = []

        def continued(*arguments: Any) -> EpochRunner:
            runners.append(runner_named(self.compile, 1)(*arguments, self._optimiser_state))
            return runners[0]

        found = self._fit(rows, self._rng, epochs=1, runner=continued)
        self._optimiser_state = runners[0].optimiser_state
        self.history_ = found if first else _joined(self.history_, found)
        return self

    def _prepare(
        self, X: Array, y: Array, weight: Array, rng: np.random.Generator, classes: ArrayLike | None
    ) -> Rows:
        """Learn scaling and targets from these rows, make a new network, and encode them."""
        self._learn_targets(y, weight, classes)
        self._scaling = Scaling.of(X, weight) if self.standardize else None
        self._optimiser_state = None
        self.network_ = self._new_network(X.shape[1], self._outputs, rng, X.dtype)
        rows = self._encode(X, y, weight)
        self._dtype = self._training_dtype(rows)
        return rows

    def _encode(self, X: Array, y: Array, weight: Array) -> Rows:
        return Rows(self._scaled(X), self._encode_targets(y), self._row_weights(y, weight))

    def _train(self, rows: Rows, rng: np.random.Generator) -> None:
        if not self.early_stopping:
            self.history_ = self._fit(rows, rng, epochs=self.epochs)
            return
        share = self.validation_fraction
        if not isinstance(share, Real) or not 0 < float(share) < 1:
            raise ArgumentError(f"validation_fraction={share!r}", expected="a share between 0 and 1")
        train, held_out = self._split(rows, rng)
        if not len(train) or not len(held_out):
            raise DataError(
                f"{len(rows.X)} rows with validation_fraction={share}",
                expected="at least one to train on and one to hold out, of each class alike",
                instead="a larger share, or early_stopping=False",
            )
        self.history_ = self._fit(
            rows.take(train),
            rng,
            epochs=self.epochs,
            validation=tuple(rows.take(held_out)),
            early_stopping=EarlyStopping(self.patience),
        )

    def _fit(self, rows: Rows, rng: np.random.Generator, **settings: Any) -> History:
        kept = self.network_.dtype
        history = fit(
            self.network_,
            rows.X,
            rows.y,
            sample_weight=rows.weight,
            loss=self._loss(),
            optimizer=self._optimiser(),
            batch_size=self._minibatch(int(np.count_nonzero(rows.weight))),
            schedule=self.schedule,
            l1=self.l1,
            l2=self.l2,
            seed=rng,
            dtype=self._dtype,
            compile=self.compile,
            progress=bool(self.verbose),
            callbacks=self.callbacks,
            **settings,
        )
        self.network_.dtype = kept
        return history

    @property
    def _hidden_sizes(self) -> list[Any]:
        return list(self.hidden) if isinstance(self.hidden, Iterable) else [self.hidden]

    def _new_network(self, inputs: int, outputs: int, seed: Seed, dtype: Any) -> Network:
        return Network(
            [inputs, *self._hidden_sizes, outputs],
            self.activation,
            initializer=self.initializer,
            seed=seed,
            dtype=dtype,
            normalisation=self.normalisation,
            dropout=self.dropout,
            residual=self.residual,
        )

    def _require_same_layers(self) -> None:
        there = self.network_
        wanted = self._new_network(there.sizes[0], there.sizes[-1], 0, there.dtype)
        if wanted.layers != there.layers:
            settings = ", ".join(f"{name}={getattr(self, name)!r}" for name in OF_LAYERS)
            raise ArgumentError(
                f"{settings} to go on with {there!r}",
                expected="settings that give the same layers",
                instead="a new estimator: sklearn.base.clone(model)",
            )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    @property
    def _takes_all_rows(self) -> bool:
        return isinstance(self.optimizer, LBFGS) or self.optimizer == "lbfgs"

    def _training_dtype(self, rows: Rows) -> np.dtype[Any]:
        if not isinstance(self.dtype, str) or self.dtype != "auto":
            return as_float_dtype(self.dtype)
        count = int(np.count_nonzero(rows.weight))
        in_minibatches = count > self._minibatch(count) and not self._takes_all_rows
        moderate = np.abs(rows.X).max() <= LARGEST_IN_FLOAT32
        return np.dtype(np.float32) if in_minibatches and moderate else rows.X.dtype

    def _optimiser(self) -> Any:
        if self._takes_all_rows:
            return self.optimizer
        if not isinstance(self.optimizer, str):
            return as_optimiser(self.optimizer)
        make = find(OPTIMISERS, self.optimizer, "optimizer")
        return make(learning_rate=self._rate(), weight_decay=self.weight_decay)

    def _rate(self) -> float:
        if self.learning_rate == "auto":
            return self._usual_rate
        if isinstance(self.learning_rate, str):
            raise ArgumentError(f"learning_rate={self.learning_rate!r}", expected="'auto' or a number")
        return self.learning_rate

    def _minibatch(self, rows: int) -> int:
        if self.batch_size == "auto":
            return min(MOST_IN_A_MINIBATCH, max(rows, 1))
        if isinstance(self.batch_size, str):
            raise ArgumentError(f"batch_size={self.batch_size!r}", expected="'auto' or a whole number")
        return as_count(self.batch_size, "batch_size")

    def _checked(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None, *, reset: bool
    ) -> tuple[Array, Array, Array]:
        rows, targets = validate_data(
            self,
            X,
            y,
            reset=reset,
            accept_sparse="csr",
            dtype=[np.float64, np.float32],
            multi_output=True,
            y_numeric=self._numeric_targets,
        )
        weight = _check_sample_weight(sample_weight, rows, dtype=np.float64, ensure_non_negative=True)
        return _dense(rows), targets, weight

    def _pre_activations(self, X: ArrayLike) -> Array:
        """The network's outputs for rows X, float64, shape (n, outputs)."""
        check_is_fitted(self)
        rows = validate_data(self, X, reset=False, accept_sparse="csr", dtype=[np.float64, np.float32])
        return self.network_.predict(self._scaled(_dense(rows))).astype(np.float64)

    def _scaled(self, X: Array) -> Array:
        return X if self._scaling is None else self._scaling.apply(X)


def _dense(rows: Any) -> Array:
    """Rows with their zeros, as a first layer multiplies them."""
    dense: Array = rows.toarray() if issparse(rows) else rows
    return dense


def _joined(before: History, after: History) -> History:
    """Two histories, one after the other."""
    return History(
        np.concatenate([before.loss, after.loss]),
        None,
        np.concatenate([before.learning_rate, after.learning_rate]),
        np.concatenate([before.seconds, after.seconds]),
        after.stopped_by,
    )
