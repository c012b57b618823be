"""A table's rows as training, validation and test rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chainrule.data import ClassTarget, Table, Target, split_rows, split_rows_by_class
from chainrule.errors import DataError

FRACTIONS = (0.7, 0.15, 0.15)
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """The rows of each part, int64, ascending."""

    train: Rows
    validation: Rows
    test: Rows

    @property
    def sizes(self) -> dict[str, int]:
        """How many rows each part has, by its name."""
        return {"train": len(self.train), "validation": len(self.validation), "test": len(self.test)}


def split_table(inputs: Table, target: Target, y: NDArray[np.generic], seed: np.random.Generator) -> Split:
    """Training, validation and test rows: every class spread over all, every category among the first.

    Args:
        inputs: the columns to learn from.
        target: what is learnt.
        y: the encoded target.
        seed: draws the rows.

    Raises:
        DataError: a part would be empty.
    """
    if isinstance(target, ClassTarget):
        parts = split_rows_by_class(y, FRACTIONS, seed)
    else:
        parts = split_rows(len(inputs), FRACTIONS, seed)
    split = _with_every_category(inputs, Split(*parts))
    if not all(split.sizes.values()):
        raise DataError(
            f"{len(inputs)} rows leave none to hold out, once training has some of every class and category",
            expected="a longer table, or fewer classes and categories",
        )
    return split


def _with_every_category(inputs: Table, split: Split) -> Split:
    """Move held-out rows to the training rows where a category is seen nowhere else.

    Nothing can be learnt of a category that training does not see, and a rare one may fall outside.
    """
    unseen = np.zeros(len(inputs), dtype=bool)
    for column in inputs.columns:
        if column.kind == "category":
            words = column.values
            unseen |= ~np.isin(words.astype(str), words[split.train].astype(str))
    train = np.union1d(split.train, np.flatnonzero(unseen))
    return Split(train, split.validation[~unseen[split.validation]], split.test[~unseen[split.test]])
