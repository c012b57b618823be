"""What a report tells of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...data import ClassTarget, Table, TableModel, target_names
from ...errors import ArgumentError
from ...nn import Ensemble, Network
from ...train import History, RateTest
from ...verification import Report as GradientCheck

Rows = NDArray[np.int64]

#: What each part of a split is for.
PURPOSES: Mapping[str, str] = {
    "train": "to learn from",
    "validation": "to decide when to stop",
    "test": "to say how good the model is",
}
#: Which part a model is judged by: the first that there is.
JUDGES = ("test", "validation", "train")


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A trained model, its table, and what is known of its training.

    Args:
        model: from rows to the target's values.
        table: with all columns, the target's too.
        split: the rows of each part by its name, int64; together they need not be all.
        histories: of training, one for each network of an ensemble; none where they are not known.
        check: of the gradient of the loss, before training.
        loss: what was minimised.
        notes: by title, tables of what else is to be told, such as settings and timings.
        source: what the table is called.
        seed: draws samples.
        rate_test: what said the learning rate, if a range test did.
        left_out: why columns are not used, by their names.
    """

    model: TableModel
    table: Table
    split: Mapping[str, Rows]
    histories: tuple[History, ...]
    check: GradientCheck | None
    loss: Any
    notes: Mapping[str, Mapping[str, str]]
    source: str
    seed: int
    rate_test: RateTest | None = None
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def by_target(self) -> list[Subject]:
        """One for each target: itself, or, of several, the model of each."""
        return [replace(self, model=self.model.of(each)) for each in target_names(self.target)]

    @property
    def target(self) -> Any:
        """The model's target."""
        return self.model.target

    @property
    def classifies(self) -> bool:
        """Whether it tells classes apart."""
        return isinstance(self.target, ClassTarget)

    @property
    def network(self) -> Network | None:
        """The model's network, or the first of an ensemble; ``None`` for what predicts otherwise."""
        predictor = self.model.network
        first = predictor.networks[0] if isinstance(predictor, Ensemble) else predictor
        return first if isinstance(first, Network) else None

    @property
    def members(self) -> int:
        """How many networks predict together."""
        return len(self.model.network.networks) if isinstance(self.model.network, Ensemble) else 1

    @property
    def judge(self) -> str:
        """The part that the model is judged by."""
        return next(part for part in JUDGES if part in self.split and len(self.split[part]))

    def sample(self, part: str, most: int) -> Rows:
        """Rows of a part, at random where there are more than so many."""
        rows = self.split[part]
        if len(rows) <= most:
            return rows
        return np.sort(np.random.default_rng(self.seed).choice(rows, most, replace=False))


def as_split(given: Mapping[str, ArrayLike] | None, rows: int) -> dict[str, Rows]:
    """The rows of each part, checked.

    Raises:
        ArgumentError: a part has another name, a row is not in the table, or all parts are empty.
    """
    if given is None:
        return {"test": np.arange(rows)}
    parts = {name: np.asarray(part, dtype=np.int64) for name, part in given.items()}
    wrong = [name for name in parts if name not in PURPOSES]
    if wrong:
        raise ArgumentError(f"split has a part {wrong[0]!r}", expected=" or ".join(map(repr, PURPOSES)))
    for name, part in parts.items():
        if part.ndim != 1 or (len(part) and not (part.min() >= 0 and part.max() < rows)):
            raise ArgumentError(f"split[{name!r}] holds no rows of the table", expected=f"0 to {rows - 1}")
    if not any(map(len, parts.values())):
        raise ArgumentError("every part of the split is empty", expected="rows to judge the model by")
    return {name: parts[name] for name in PURPOSES if name in parts}
