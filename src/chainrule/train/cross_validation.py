"""k-fold cross-validation: every row is held out once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import Array, Seed, as_count, as_generator, as_numbers
from ..errors import ArgumentError, DataError
from ..nn import Network
from ..nn.losses import as_loss
from .evaluation import evaluate
from .fitting import fit
from .history import History
from .prepare import as_rows

#: From a network and held-out rows to a number.
Score = Callable[[Network, Array, Array], float]


@dataclass(frozen=True, slots=True, eq=False)
class CrossValidation:
    """The scores of the folds, and what was trained for each.

    Args:
        scores: of each fold, shape (folds,): the loss of its rows, or what ``score`` says.
        networks: each trained without the rows of its fold.
        histories: of their training.
        held_out: the rows of each fold.

    >>> result = CrossValidation(np.array([1.0, 3.0]), (), (), ())
    >>> result.mean, result.standard_error, str(result)
    (2.0, 1.0, '2 ± 1')
    """

    scores: Array
    networks: tuple[Network, ...]
    histories: tuple[History, ...]
    held_out: tuple[Array, ...]

    @property
    def mean(self) -> float:
        """Of the scores."""
        return float(self.scores.mean())

    @property
    def standard_error(self) -> float:
        """Of that mean: s / √k, s the standard deviation of the k scores."""
        return float(self.scores.std(ddof=1) / np.sqrt(len(self.scores)))

    def __str__(self) -> str:
        return f"{self.mean:.4g} ± {self.standard_error:.2g}"


def fold_rows(
    rows: int, folds: int, rng: np.random.Generator, labels: Array | None = None
) -> tuple[Array, ...]:
    """The rows of each fold at random, ascending; with labels, every class is spread evenly over the folds.

    >>> [fold.tolist() for fold in fold_rows(5, 2, np.random.default_rng(0))]
    [[1, 2, 3], [0, 4]]
    """
    order = rng.permutation(rows)
    if labels is not None:
        order = order[np.argsort(labels[order], kind="stable")]
    return tuple(np.sort(order[k::folds]) for k in range(folds))


def cross_validate(
    network: Network,
    X: ArrayLike,
    y: ArrayLike,
    *,
    folds: int = 5,
    loss: Any = "mse",
    sample_weight: ArrayLike | None = None,
    score: Score | None = None,
    seed: Seed = 0,
    **options: Any,
) -> CrossValidation:
    """Train a copy of a network for each fold on the rows of the others, and score it on its own.

    Args:
        network: it stays as it is; every copy starts with its parameters.
        X, y, loss, sample_weight: as for :func:`~chainrule.train.fit`. Class labels are spread evenly.
        folds: k, from 2 to the number of rows.
        score: from a network and the held-out rows (X, y) to a number; by default their mean loss.
        seed: draws the folds, and shuffles.
        **options: for :func:`~chainrule.train.fit`.

    Raises:
        ArgumentError, ShapeError, DtypeError, DataError, NonFiniteError: as :func:`~chainrule.train.fit`.

    Source: Stone 1974, "Cross-validatory choice and assessment of statistical predictions".

    >>> X = np.random.default_rng(0).normal(size=(30, 2))
    >>> result = cross_validate(Network([2, 1]), X, X.sum(axis=1), folds=3, epochs=300)
    >>> len(result.scores), result.mean < 1e-6
    (3, True)
    """
    chosen, rng = as_loss(loss), as_generator(seed)
    # Checked as a whole: a bad row is named by its own number, not by that in a fold.
    as_rows(network, X, y, chosen, network.dtype, sample_weight)
    inputs, targets = as_numbers(X, "X"), as_numbers(y, "y")
    weight = None if sample_weight is None else as_numbers(sample_weight, "sample_weight")
    n, count = len(inputs), as_count(folds, "folds", 2)
    if count > n:
        raise DataError(f"{n} rows in folds={count}", expected="a row for each fold")
    if "run" in options:
        raise ArgumentError("run with several folds", expected="fit for a run folder")
    checked = chosen.targets(targets, network.sizes[-1])
    labels = checked if checked.dtype == np.int64 else None
    parts = fold_rows(n, count, rng, labels)
    scores, networks, histories = [], [], []
    for held_out in parts:
        copy = network.with_parameters(network.parameters)
        train = np.setdiff1d(np.arange(n), held_out)
        weights = None if weight is None else weight[train]
        histories.append(
            fit(copy, inputs[train], targets[train], loss=chosen, sample_weight=weights, seed=rng, **options)
        )
        rows = inputs[held_out], targets[held_out]
        of_rows = None if weight is None else weight[held_out]
        scores.append(score(copy, *rows) if score else evaluate(copy, *rows, chosen, sample_weight=of_rows))
        networks.append(copy)
    return CrossValidation(np.array(scores), tuple(networks), tuple(histories), parts)
