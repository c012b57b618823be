"""How good predictions are, and how good they are without any model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import DataError, ShapeError
from .moments import mean_and_scale, root_mean_square

#: A class that happens although its probability was 0 costs 36 nats, not infinitely many.
SMALLEST_PROBABILITY = float(np.finfo(np.float64).eps)


def accuracy(labels: ArrayLike, predicted: ArrayLike) -> float:
    """The fraction of rows whose predicted class is the true one; both of shape (n,), n ≥ 1.

    >>> accuracy([0, 1, 1, 0], [0, 1, 0, 0])
    0.75
    """
    true, guess = _same_rows(labels, predicted)
    return float(np.mean(true == guess))


def log_loss(labels: ArrayLike, probabilities: ArrayLike) -> float:
    """``-1/n Σ log p(yᵢ)`` in nats; probabilities are taken as at least 2.2e-16.

    Args:
        labels: the true classes, integers 0 … k-1, shape (n,), n ≥ 1.
        probabilities: of each class, shape (n, k).

    >>> round(log_loss([0, 1], [[0.5, 0.5], [0.5, 0.5]]), 4)  # log 2
    0.6931
    """
    table = np.asarray(probabilities, dtype=np.float64)
    true = np.asarray(labels)
    if table.ndim != 2 or true.shape != table.shape[:1]:
        raise ShapeError(
            f"labels {true.shape} and probabilities {table.shape}", expected="(n,) and (n, classes)"
        )
    _require_rows(true)
    likelihood = table[np.arange(len(true)), true]
    return float(-np.mean(np.log(np.maximum(likelihood, SMALLEST_PROBABILITY))))


def confusion_matrix(labels: ArrayLike, predicted: ArrayLike, n_classes: int) -> NDArray[np.int64]:
    """How many rows of each true class (down) were predicted as each class (across): int64, shape (k, k).

    >>> confusion_matrix([0, 0, 1], [0, 1, 1], 2).tolist()
    [[1, 1], [0, 1]]
    """
    true, guess = _same_rows(labels, predicted)
    counts = np.bincount(true * n_classes + guess, minlength=n_classes * n_classes)
    return counts.reshape(n_classes, n_classes).astype(np.int64)


def root_mean_squared_error(targets: ArrayLike, predicted: ArrayLike) -> float:
    """``√(1/n Σ (yᵢ - ŷᵢ)²)``, in the target's unit; both of shape (n,), n ≥ 1.

    >>> root_mean_squared_error([1.0, 2.0], [3.0, 4.0])
    2.0
    """
    true, guess = _same_rows(targets, predicted)
    return root_mean_square(true - guess)


def r_squared(targets: ArrayLike, predicted: ArrayLike) -> float:
    """``R² = 1 - Σ (yᵢ - ŷᵢ)² / Σ (yᵢ - ȳ)²``; NaN, undefined, where all targets are equal.

    >>> round(r_squared([1.0, 2.0, 3.0], [1.0, 2.0, 4.0]), 9)
    0.5
    """
    true, guess = _same_rows(targets, predicted)
    if (true == true[0]).all():
        return float("nan")
    ratio = root_mean_square(true - guess) / mean_and_scale(true.astype(np.float64))[1]
    return 1.0 - ratio * ratio


@dataclass(frozen=True, slots=True, eq=False)
class ClassScores:
    """How good class probabilities are: accuracy of the likeliest class, log-loss, confusion matrix."""

    accuracy: float
    log_loss: float
    confusion: NDArray[np.int64]

    @classmethod
    def of(cls, labels: ArrayLike, probabilities: ArrayLike) -> ClassScores:
        """The scores of probabilities, shape (n, k), for true classes, shape (n,)."""
        table = np.asarray(probabilities)
        loss = log_loss(labels, table)
        predicted = table.argmax(axis=1)
        return cls(accuracy(labels, predicted), loss, confusion_matrix(labels, predicted, table.shape[1]))


@dataclass(frozen=True, slots=True)
class NumberScores:
    """How good predicted numbers are: R² and the root of the mean squared error."""

    r_squared: float
    rmse: float

    @classmethod
    def of(cls, targets: ArrayLike, predicted: ArrayLike) -> NumberScores:
        """The scores of predictions for true targets, both of shape (n,)."""
        return cls(r_squared(targets, predicted), root_mean_squared_error(targets, predicted))


@dataclass(frozen=True, slots=True)
class ScoresByTarget:
    """The scores of several targets, all of them of numbers or all of them of classes.

    Args:
        targets: each one's scores by its name.

    >>> ScoresByTarget({"a": NumberScores(0.5, 2.0), "b": NumberScores(0.7, 30.0)}).mean
    {'r_squared': 0.6}
    """

    targets: Mapping[str, ClassScores | NumberScores]

    @property
    def mean(self) -> dict[str, float]:
        """Of R², or of accuracy and log-loss, over the targets; errors in different units have no mean."""
        names = [name for name in ("r_squared", "accuracy", "log_loss") if hasattr(self._first, name)]
        return {
            name: float(np.mean([getattr(scores, name) for scores in self.targets.values()]))
            for name in names
        }

    @property
    def _first(self) -> ClassScores | NumberScores:
        return next(iter(self.targets.values()))


Scores = ClassScores | NumberScores | ScoresByTarget


def by_target(scores: Mapping[str, ClassScores | NumberScores]) -> Scores:
    """The scores themselves of a single target, and :class:`ScoresByTarget` of several."""
    return ScoresByTarget(scores) if len(scores) > 1 else next(iter(scores.values()))


def majority_baseline(training_labels: ArrayLike, labels: ArrayLike, n_classes: int) -> ClassScores:
    """The scores of the training rows' class frequencies, which predict the majority class, for every row.

    >>> majority_baseline([0, 0, 0, 1], [0, 1], 2).accuracy
    0.5
    """
    known = np.asarray(training_labels)
    _require_rows(known)
    frequencies = np.bincount(known, minlength=n_classes) / len(known)
    return ClassScores.of(labels, np.broadcast_to(frequencies, (len(np.asarray(labels)), n_classes)))


def mean_baseline(training_targets: ArrayLike, targets: ArrayLike) -> NumberScores:
    """The scores of the training rows' mean, predicted for every row.

    >>> mean_baseline([1.0, 3.0], [1.0, 3.0])
    NumberScores(r_squared=0.0, rmse=1.0)
    """
    known = np.asarray(training_targets, dtype=np.float64)
    _require_rows(known)
    return NumberScores.of(targets, np.full(np.shape(targets), known.mean()))


def _same_rows(true: ArrayLike, predicted: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
    first, second = np.asarray(true), np.asarray(predicted)
    if first.ndim != 1 or first.shape != second.shape:
        raise ShapeError(f"shapes {first.shape} and {second.shape}", expected="(n,) twice")
    _require_rows(first)
    return first, second


def _require_rows(values: NDArray[Any]) -> None:
    if len(values) == 0:
        raise DataError("there are no rows to compare", expected="at least one")
