"""Classes and labels of any type, as the numbers that a network's loss takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import column_or_1d

from ..arguments import Array
from ..data.wording import listing
from ..errors import DataError


@dataclass(frozen=True, slots=True, eq=False)
class ClassTargets:
    """The classes of a target, or how many labels it has.

    Attributes:
        classes: in order; of several labels 0 … k-1.
        several: whether each row has several labels, each 0 or 1, in place of one class.
    """

    classes: Array
    several: bool

    @classmethod
    def learn(cls, y: Any, classes: ArrayLike | None = None) -> Self:
        """The classes in y, or those given.

        Raises:
            ValueError: y is no classification target, or has a single class.
        """
        _require_order(np.asarray(y))
        check_classification_targets(y)
        kind = type_of_target(y)
        if kind == "multilabel-indicator":
            return cls(np.arange(y.shape[1]), several=True)
        if kind == "multiclass-multioutput":
            raise DataError(
                "y has several columns of classes",
                expected="one column of classes, or columns of 0 and 1",
                instead="sklearn.multioutput.MultiOutputClassifier(NetworkClassifier())",
            )
        found = np.unique(column_or_1d(y) if classes is None else np.asarray(classes))
        if len(found) < 2:
            raise DataError(f"y has one class, {listing(found.tolist())}", expected="two classes or more")
        return cls(found, several=False)

    @property
    def outputs(self) -> int:
        """How many outputs a network needs: one for two classes, the log-odds of the second."""
        return 1 if len(self.classes) == 2 and not self.several else len(self.classes)

    @property
    def loss(self) -> str:
        """The loss of such outputs."""
        return "binary_cross_entropy" if self.outputs == 1 or self.several else "cross_entropy"

    def encode(self, y: Any) -> Array:
        """The place of each class, int64 of shape (n,); several labels as 0 and 1, shape (n, k).

        Raises:
            DataError: a class, or a number of labels, that was not learnt.
        """
        if self.several:
            labels = np.asarray(y.toarray() if hasattr(y, "toarray") else y)
            if labels.ndim != 2 or labels.shape[1] != len(self.classes):
                raise DataError(f"y has shape {labels.shape}", expected=f"(n, {len(self.classes)})")
            return labels.astype(np.float64)
        column = column_or_1d(y, warn=True)
        places = np.minimum(np.searchsorted(self.classes, column), len(self.classes) - 1)
        unknown = self.classes[places] != column
        if unknown.any():
            raise DataError(
                f"y has the class {listing(column[unknown][:1].tolist())}",
                expected=f"one of {listing(self.classes.tolist())}",
                instead="all classes in the first call: partial_fit(X, y, classes=…)",
            )
        return np.asarray(places)

    def decode(self, z: Array) -> Array:
        """The classes, or labels, that pre-activations z, shape (n, outputs), make likeliest."""
        if self.several:
            return (z > 0).astype(np.int64)
        return np.asarray(self.classes[(z[:, 0] > 0).astype(int) if z.shape[1] == 1 else z.argmax(axis=1)])


def _require_order(y: Array) -> None:
    """Refuse objects that cannot be put in order, such as words and None."""
    if y.dtype != object:
        return
    try:
        np.sort(y, axis=None)
    except TypeError:
        types = sorted({type(each).__name__ for each in y.ravel().tolist()})
        raise DataError(
            f"y has values of different types, {', '.join(types)}",
            expected="classes of one type, and none missing",
            instead="[str(each) for each in y], or only the rows that have a class",
        ) from None
