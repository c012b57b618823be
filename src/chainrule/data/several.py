"""Several target columns that one network predicts together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from .column import Column
from .records import from_record
from .target import ClassTarget, NumberTarget, SingleTarget, Task, fit_target
from .wording import listing


@dataclass(frozen=True, slots=True)
class SeveralTargets:
    """Numbers, each standardised for itself, or columns of two classes each: a network output for each.

    A network of numbers minimises ``(ŷ - y)²`` of the standardised numbers, the mean over rows and targets,
    so that all units count the same. Of two classes an output is the probability of the second,
    ``p = 1 / (1 + exp(-z))``, and the loss is binary cross-entropy: several may be true of a row.

    Args:
        singles: the targets, two or more, of different names.

    Raises:
        DataError: numbers among classes, a target of more than two classes, or one name twice.

    >>> sizes = SeveralTargets((NumberTarget("height", 1.0, 0.5), NumberTarget("mass", 1000.0, 200.0)))
    >>> sizes.decode(np.array([[0.0, 0.0], [1.0, -1.0]])).tolist()
    [[1.0, 1000.0], [1.5, 800.0]]
    """

    singles: tuple[SingleTarget, ...]

    def __post_init__(self) -> None:
        names = [single.name for single in self.singles]
        if len(set(names)) < max(2, len(names)):
            raise DataError(f"targets {listing(names)}", expected="two or more different columns")
        unfit = [each for each in self.singles if isinstance(each, ClassTarget) and each.outputs > 2]
        if unfit:
            classes = f"target {unfit[0].name!r} has {unfit[0].outputs} classes"
            raise DataError(
                f"{classes}, and is one of {len(names)} targets",
                expected="numbers only, or columns of two classes each",
                instead="a model for each target",
            )
        numbers = [single.name for single in self.singles if isinstance(single, NumberTarget)]
        if 0 < len(numbers) < len(names):
            other = next(name for name in names if name not in numbers)
            raise DataError(
                f"target {numbers[0]!r} is a number, and target {other!r} a class",
                expected="numbers only, or columns of two classes each",
                instead="a model for each of them, or the task regression if all are numbers",
            )

    @property
    def name(self) -> str:
        """All names, for people."""
        return ", ".join(single.name for single in self.singles)

    @property
    def task(self) -> Task:
        """That of each target."""
        return self.singles[0].task

    @property
    def outputs(self) -> int:
        """How many outputs a network needs: one for each target."""
        return len(self.singles)

    @property
    def output_activation(self) -> str:
        """Of a network that predicts them."""
        return "identity" if self.task == "regression" else "sigmoid"

    @property
    def loss(self) -> str:
        """What such a network minimises."""
        return "mse" if self.task == "regression" else "binary_cross_entropy"

    def encode(self, *columns: Column) -> NDArray[np.float64]:
        """Standardised numbers, or 1 where a row is of the second class, float64, shape (n, targets).

        Args:
            columns: one for each target, in their order.

        Raises:
            DataError: a value is missing, or does not fit its target.
        """
        each = (single.encode(column) for single, column in zip(self.singles, columns, strict=True))
        return np.column_stack([np.asarray(values, dtype=np.float64) for values in each])

    def decode(self, outputs: NDArray[Any]) -> NDArray[Any]:
        """A network's outputs as the targets' own values, shape (n, targets).

        The dtype is that of the values where all have the same one, and otherwise object.
        """
        values = [
            single.decode(part.argmax(axis=1) if single.task == "classification" else part)
            for single, part in zip(self.singles, self.parts(outputs), strict=True)
        ]
        alike = len({each.dtype for each in values}) == 1
        return np.column_stack(values if alike else [each.astype(object) for each in values])

    def parts(self, outputs: NDArray[Any]) -> tuple[NDArray[Any], ...]:
        """A network's outputs for each target as a network for it alone would give them.

        Of shape (n, 1) for a number, and (n, 2), both classes' probabilities, for two classes.
        """
        columns = np.split(np.asarray(outputs), self.outputs, axis=1)
        return tuple(columns if self.task == "regression" else (np.hstack([1 - p, p]) for p in columns))


Target = SingleTarget | SeveralTargets
TARGETS: Mapping[str, type[SingleTarget]] = MappingProxyType(
    {"classification": ClassTarget, "regression": NumberTarget}
)


def fit_targets(columns: Sequence[Column], task: Task | None = None) -> Target:
    """Learn from training rows how to encode one or several target columns.

    Args:
        columns: their values in the training rows.
        task: of each, as for :func:`~chainrule.data.fit_target`.

    Raises:
        DataError: as for :func:`~chainrule.data.fit_target` and :class:`SeveralTargets`.
        ArgumentError: there is no such task.
    """
    singles = tuple(fit_target(column, task) for column in columns)
    return singles[0] if len(singles) == 1 else SeveralTargets(singles)


def target_names(target: Target) -> list[str]:
    """The columns of a target."""
    return [single.name for single in target.singles]


def target_config(target: Target) -> dict[str, Any]:
    """A target as a plain dict of strings and numbers; of several, a list of such dicts as "targets"."""
    if isinstance(target, SeveralTargets):
        return {"targets": [asdict(single) for single in target.singles]}
    return asdict(target)


def target_from_config(config: Any) -> Target:
    """The target that :func:`target_config` described.

    Raises:
        DataError: it does not describe one.
    """
    several = config.get("targets") if isinstance(config, Mapping) else None
    if isinstance(several, list):
        return SeveralTargets(tuple(from_record(each, TARGETS, tag="task") for each in several))
    return from_record(config, TARGETS, tag="task")
