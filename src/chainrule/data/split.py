"""A table's rows as training, validation and test rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..arguments import Seed
from ..errors import ArgumentError, DataError
from .column import Column
from .several import SeveralTargets, Target
from .splitting import Parts, split_rows, split_rows_by_class, split_rows_by_group, split_rows_by_time
from .stratifying import split_rows_by_labels
from .target import ClassTarget
from .wording import counted

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


def split_table(
    target: Target,
    y: NDArray[np.generic],
    seed: Seed,
    *,
    group: Column | None = None,
    time: Column | None = None,
    fractions: Sequence[float] = FRACTIONS,
) -> Split:
    """Training, validation and test rows: at random with every class and label spread, or by group or time.

    Args:
        target: what is learnt.
        y: the encoded target.
        seed: draws the rows.
        group: rows with the same value in this column are all in one part.
        time: the latest rows by this column are the test rows, those before them the validation rows.
        fractions: of the three parts.

    Raises:
        DataError: a part would be empty, or a group or a time is missing.
        ArgumentError: both a group and a time, or fractions that make no sense.
    """
    split = Split(*split_parts(target, y, seed, group, time, fractions))
    if not all(split.sizes.values()):
        raise _empty_part(target, len(y), group, time)
    return split


def _empty_part(target: Target, rows: int, group: Column | None, time: Column | None) -> DataError:
    """What there is too little of."""
    by = time if group is None else group
    if by is None:
        classes = target.task == "classification"
        return DataError(
            f"{rows} rows leave none to hold out, once training has "
            + ("some of every class" if classes else "its share"),
            expected="more rows, or fewer classes" if classes else "more rows",
        )
    different = int((by.words.counts > 0).sum())
    found = counted(different, "group" if by is group else "different time")
    return DataError(
        f"{found} of {by.name!r} cannot fill 3 parts: training, validation and test rows",
        expected="more of them",
        instead="a split at random",
    )


def split_parts(
    target: Target,
    y: NDArray[np.generic],
    seed: Seed,
    group: Column | None,
    time: Column | None,
    fractions: Sequence[float],
) -> Parts:
    """As many parts as there are fractions; see :func:`split_table`. One may be empty."""
    if group is not None and time is not None:
        raise ArgumentError("a group and a time to split by", expected="one of them")
    if group is not None:
        return split_rows_by_group(group.require_complete().words.codes, fractions, seed)
    if time is not None:
        return split_rows_by_time(_moments(time), fractions)
    if isinstance(target, ClassTarget):
        return split_rows_by_class(y, fractions, seed)
    if isinstance(target, SeveralTargets) and target.task == "classification":
        return split_rows_by_labels(y, fractions, seed)
    return split_rows(len(y), fractions, seed)


def _moments(time: Column) -> NDArray[np.float64]:
    if time.kind not in ("date", "number"):
        raise DataError(
            f"column {time.name!r} is read as {time.kind}",
            expected="dates or numbers, to say which rows are later",
            instead=f"{time.name}=date:%d/%m/%Y as its type, with the format that it has",
        )
    return time.require_complete().numbers
