"""The target column as numbers, and a network's outputs as the target's own values again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ..errors import ArgumentError, DataError
from .column import Column
from .encodings import NumberEncoding, category_indices, category_places
from .inference import FEW
from .kinds import ColumnType
from .moments import mean_and_scale
from .wording import listing
from .words import Words

Task = Literal["classification", "regression"]
ClassKind = Literal["number", "boolean", "category"]


@dataclass(frozen=True, slots=True)
class ClassTarget:
    """A target with a few different values, the classes; class k is the k-th of them.

    Args:
        name: the target column's name.
        kind: what its values are, so that predicted numbers are numbers again.
        classes: its values as words: numbers in order of size, words in alphabetical order.

    >>> target = ClassTarget("digit", "number", ("0", "1", "10"))
    >>> target.decode(np.array([2, 0]))
    array([10,  0])
    """

    name: str
    kind: ClassKind
    classes: tuple[str, ...]
    task: Literal["classification"] = "classification"

    def __post_init__(self) -> None:
        if len(set(self.classes)) < max(2, len(self.classes)):
            raise DataError(
                f"target {self.name!r} has classes {listing(self.classes)}", expected="two or more, different"
            )
        if self.kind != "category":
            self._numbers()

    @property
    def outputs(self) -> int:
        """How many outputs a network needs: one for each class."""
        return len(self.classes)

    @property
    def output_activation(self) -> str:
        """Of a network that predicts it."""
        return "softmax"

    @property
    def loss(self) -> str:
        """What such a network minimises."""
        return "cross_entropy"

    @property
    def singles(self) -> tuple[ClassTarget]:
        """Itself, where :class:`~chainrule.data.SeveralTargets` has several."""
        return (self,)

    def parts(self, outputs: NDArray[Any]) -> tuple[NDArray[Any]]:
        """A network's outputs for each of the singles: all of them."""
        return (outputs,)

    def encode(self, column: Column) -> NDArray[np.int64]:
        """The class of each row, int64, shape (n,).

        Raises:
            DataError: a value is missing or none of the classes.
        """
        return category_indices(_as_words(column.to_kind(self.kind)), self.classes)

    def knows(self, column: Column) -> NDArray[np.bool_]:
        """Which rows have one of the classes, shape (n,).

        Raises:
            DataError: a value is of another kind.
        """
        return category_places(_as_words(column.to_kind(self.kind)), self.classes) >= 0

    def decode(self, labels: NDArray[Any]) -> NDArray[Any]:
        """The target's values of these classes, shape (n,): numbers, booleans or ``str`` objects."""
        values = np.array(self.classes, dtype=object) if self.kind == "category" else self._numbers()
        return np.asarray(values[labels])

    def _numbers(self) -> NDArray[Any]:
        numbers, bad = Words.of(self.classes).parse(ColumnType(self.kind).parser[0])
        if bad.any() or not np.isfinite(numbers).all():
            raise DataError(
                f"target {self.name!r} has classes {listing(self.classes)}", expected=f"{self.kind}s"
            )
        if self.kind == "boolean":
            return numbers.astype(bool)
        whole = (numbers == np.floor(numbers)).all() and np.abs(numbers).max() < 2**53
        return numbers.astype(np.int64) if whole else numbers


@dataclass(frozen=True, slots=True)
class NumberTarget:
    """A target that is a number, standardised for the network: ``(y - mean) / scale``."""

    name: str
    mean: float
    scale: float
    task: Literal["regression"] = "regression"

    def __post_init__(self) -> None:
        self._encoding()

    @property
    def outputs(self) -> int:
        """How many outputs a network needs: one."""
        return 1

    @property
    def output_activation(self) -> str:
        """Of a network that predicts it."""
        return "identity"

    @property
    def loss(self) -> str:
        """What such a network minimises."""
        return "mse"

    @property
    def singles(self) -> tuple[NumberTarget]:
        """Itself, where :class:`~chainrule.data.SeveralTargets` has several."""
        return (self,)

    def parts(self, outputs: NDArray[Any]) -> tuple[NDArray[Any]]:
        """A network's outputs for each of the singles: all of them."""
        return (outputs,)

    def encode(self, column: Column) -> NDArray[np.float64]:
        """The standardised targets, float64, shape (n, 1).

        Raises:
            DataError: a value is missing, infinite or no number.
        """
        return self._encoding().encode(column.to_kind("number").require_complete())

    def decode(self, outputs: NDArray[Any]) -> NDArray[np.float64]:
        """A network's outputs, shape (n, 1) or (n,), in the target's own unit, float64, shape (n,)."""
        return np.asarray(outputs, dtype=np.float64).reshape(len(outputs)) * self.scale + self.mean

    def _encoding(self) -> NumberEncoding:
        return NumberEncoding(self.name, self.mean, self.scale)


SingleTarget = ClassTarget | NumberTarget


def infer_task(column: Column) -> Task:
    """What to do with a target: words, truth values and a few different whole numbers are classes.

    Raises:
        DataError: it is free text or many different dates, or a value is missing.
    """
    another = "predict another column, or read it as a category: each value is a class then"
    kind = column.require_complete().refuse_text(another).kind
    dates = len(np.unique(column.numbers)) if kind == "date" else 0
    if dates > FEW:
        raise DataError(
            f"target {column.name!r} has {dates:,} different dates",
            expected="a number, or a few classes",
            instead="a column of the days that have passed; or task classification, a class for each date",
        )
    if kind != "number":
        return "classification"
    values = column.numbers
    whole = bool((values == np.floor(values)).all())
    return (
        "classification" if whole and len(np.unique(values)) <= min(FEW, len(values) // 2) else "regression"
    )


def fit_target(column: Column, task: Task | None = None) -> SingleTarget:
    """Learn from training rows how to encode the target column.

    Args:
        column: its values in the training rows.
        task: ``"classification"`` or ``"regression"``, instead of what :func:`infer_task` says.

    Raises:
        DataError: a value is missing, all are the same, or they do not fit the task.
        ArgumentError: there is no such task.

    >>> from chainrule.data import make_column
    >>> fit_target(make_column("answer", ["yes", "no", "yes", "no"])).classes
    ('no', 'yes')
    """
    if task is not None and task not in get_args(Task):
        raise ArgumentError(f"task={task!r}", expected=" or ".join(map(repr, get_args(Task))))
    chosen = task or infer_task(column)
    if chosen == "regression":
        return _fit_number(column.to_kind("number").require_complete())
    return _fit_classes(column.require_complete())


def _fit_number(column: Column) -> NumberTarget:
    if (column.values == column.values[0]).all():
        raise DataError(
            f"target {column.name!r} is {column.values[0]:g} in every row",
            expected="values that differ, to learn from",
        )
    return NumberTarget(column.name, *mean_and_scale(column.values))


def _fit_classes(column: Column) -> ClassTarget:
    words = _as_words(column).words
    found = {word for word, count in zip(words.vocabulary, words.counts, strict=True) if count}
    if len(found) == 1:
        raise DataError(
            f"target {column.name!r} has one class only, {found.pop()!r}",
            expected="at least two, to tell apart",
        )
    kind: ClassKind = "category" if column.kind in ("text", "date") else column.kind  # type: ignore[assignment]
    return ClassTarget(column.name, kind, tuple(sorted(found, key=float if kind == "number" else None)))


def _as_words(column: Column) -> Column:
    return column.to_kind("category")
