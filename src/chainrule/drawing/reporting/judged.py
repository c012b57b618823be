"""What a model predicts for the rows that it is judged by, beside what is true of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data import ClassTarget
from .subject import Rows, Subject

Array = NDArray[Any]
ROWS_AT_ONCE = 4096


@dataclass(frozen=True, eq=False)
class Judged:
    """Predictions and truth for the rows of one part.

    Args:
        part: "test", "validation" or "train".
        rows: of the table, int64, shape (n,).
        truth: the class of each row, int64, or its number, float64, shape (n,).
        predicted: the probability of each class, shape (n, classes), or the number, shape (n,).
        baseline: the same of no model: the training rows' class frequencies, shape (classes,), or their mean.
    """

    part: str
    rows: Rows
    truth: Array
    predicted: Array
    baseline: Array

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def labels(self) -> Array:
        """The likeliest class of each row, int64, shape (n,)."""
        return np.asarray(self.predicted.argmax(axis=1))


def judge(subject: Subject) -> Judged:
    """Predict for the rows that the model is judged by.

    Raises:
        DataError: the table does not fit the model.
    """
    part = subject.judge
    rows = subject.split[part]
    cuts = np.split(rows, range(ROWS_AT_ONCE, len(rows), ROWS_AT_ONCE))
    predicted = np.concatenate([_predicted(subject, some) for some in cuts])
    known = truth(
        subject, subject.split.get("train", rows) if len(subject.split.get("train", rows)) else rows
    )
    if isinstance(subject.target, ClassTarget):
        baseline = np.bincount(known, minlength=predicted.shape[1]) / len(known)
    else:
        baseline = np.asarray(known.mean())
    return Judged(part, rows, truth(subject, rows), predicted, baseline)


def truth(subject: Subject, rows: Rows) -> Array:
    """The target of rows: classes, int64, or numbers in the target's unit, float64, shape (n,)."""
    column = subject.table.column(subject.target.name).take(rows)
    if isinstance(subject.target, ClassTarget):
        return subject.target.encode(column)
    return np.asarray(column.to_kind("number").require_complete().values)


def _predicted(subject: Subject, rows: Rows) -> Array:
    table = subject.table.take(rows)
    return subject.model.probabilities(table) if subject.classifies else subject.model.predict(table)
