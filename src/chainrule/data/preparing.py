"""A table made ready for training: inputs chosen, rows split, everything learnt from the training rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arguments import Seed
from ..errors import ArgumentError, DataError
from .column import Column
from .encoder import Imputation, TableEncoder, fit_encoder
from .encoding import Scaling
from .mapping import copy_rows, empty_array
from .profile import reason_to_leave_out
from .several import Target, fit_targets, target_names
from .split import FRACTIONS, Split, split_table
from .summary import summarise
from .table import Table
from .target import Task
from .text import composed
from .weights import ClassWeights, class_weights, row_weights
from .wording import count_rows, listing


@dataclass(frozen=True, slots=True)
class Preparation:
    """How to prepare a table.

    Args:
        task: ``"classification"`` or ``"regression"``, where the one that
            :func:`~chainrule.data.infer_task` finds is not the right one.
        group: the name of a column: rows that agree in it are all in one part. It is no input.
        time: the name of a column of dates or numbers: later rows are held out.
        weight: the name of a column with the rows' weights. It is no input.
        class_weight: ``"balanced"``, or weights by class.
        scaling: as for :func:`~chainrule.data.fit_encoder`.
        impute: as for :func:`~chainrule.data.fit_encoder`.
        rare: as for :func:`~chainrule.data.fit_encoder`.
        fractions: of the training, validation and test rows.
    """

    task: Task | None = None
    group: str | None = None
    time: str | None = None
    weight: str | None = None
    class_weight: ClassWeights | None = None
    scaling: Scaling = "standard"
    impute: Imputation = "mean"
    rare: int | None = None
    fractions: tuple[float, float, float] = FRACTIONS


@dataclass(frozen=True, slots=True, eq=False)
class PreparedTable:
    """A table split and encoded.

    Args:
        table: the rows that have a target, all columns.
        encoder: makes X.
        target: makes y.
        X: encoded inputs, shape (rows, features).
        y: encoded targets: classes of shape (rows,), or numbers of shape (rows, targets).
        split: which rows are for what.
        weights: how much each row counts, shape (rows,); ``None``: all the same.
        left_out: columns that are no inputs, and why.
        notes: what else a reader should know.
        preparation: how it was prepared.
    """

    table: Table
    encoder: TableEncoder
    target: Target
    X: NDArray[np.float64]
    y: NDArray[Any]
    split: Split
    weights: NDArray[np.float64] | None = None
    left_out: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    preparation: Preparation = field(default_factory=Preparation)

    @property
    def train(self) -> tuple[NDArray[Any], ...]:
        """(X, y) of the training rows, or (X, y, weights)."""
        return self._part(self.split.train)

    @property
    def validation(self) -> tuple[NDArray[Any], ...]:
        """(X, y) of the validation rows, or (X, y, weights)."""
        return self._part(self.split.validation)

    @property
    def test(self) -> Table:
        """The test rows of the table, to score a model on."""
        return self.table.take(contiguous(self.split.test))

    @property
    def held_out(self) -> tuple[NDArray[Any], ...]:
        """(X, y) of the test rows, or (X, y, weights)."""
        return self._part(self.split.test)

    def _part(self, rows: NDArray[np.int64]) -> tuple[NDArray[Any], ...]:
        arrays = (self.X, self.y) if self.weights is None else (self.X, self.y, self.weights)
        chosen = contiguous(rows)
        return tuple(array[chosen] for array in arrays)


def prepare_table(
    table: Table,
    target: str | Sequence[str],
    preparation: Preparation | None = None,
    *,
    seed: Seed = 0,
    folder: str | Path | None = None,
) -> PreparedTable:
    """Choose the inputs, split the rows, learn the encodings from the training rows, and encode all rows.

    Rows without a target are left out, and so are columns that :func:`~chainrule.data.profile_table` says are
    no inputs.

    Args:
        table: all columns, the target too.
        target: the name of the column to predict, or several names: all of numbers, or all of two classes, as
            :class:`~chainrule.data.SeveralTargets` says. A row must have all of them.
        preparation: how; by default as :class:`Preparation` says.
        seed: draws the rows of each part.
        folder: for tables larger than memory: where to keep the encoded rows, in files that are mapped into
            memory, and gone with them.

    Raises:
        DataError: the table does not fit; every cell has been looked at.
        ArgumentError: an option makes no sense.

    >>> from chainrule.data import example_table, read_table
    >>> data = prepare_table(read_table(example_table("wine")), "class")
    >>> data.split.sizes, data.X.shape, data.target.classes
    ({'train': 124, 'validation': 27, 'test': 27}, (178, 13), ('1', '2', '3'))
    """
    chosen = _composed(preparation or Preparation())
    targets = [composed(name) for name in ([target] if isinstance(target, str) else target)]
    names, left_out = _inputs(table, targets, chosen, folder)
    rows, notes = rows_with_target(table.select(targets))
    notes = (*table.remarks, *notes)
    notes += tuple(_warnings(table.select([*names, *targets])))
    columns = [column.take(rows) for column in table.select(targets).columns]
    goal = fit_targets(columns, chosen.task)
    group, time = (
        None if name is None else table.column(name).take(rows) for name in (chosen.group, chosen.time)
    )
    split = split_table(goal, goal.encode(*columns), seed, group=group, time=time, fractions=chosen.fractions)
    if folder is not None:
        order = rows[np.concatenate([split.train, split.validation, split.test])]
        table, split = copy_rows(table, order, Path(folder)), in_order(split.sizes.values())
    elif len(rows) < len(table):
        table = table.take(rows)
    prepared = learnt(table, names, goal, split, chosen, folder)
    return replace(prepared, left_out=left_out, notes=(*notes, *_imputed(prepared)))


def _imputed(prepared: PreparedTable) -> tuple[str, ...]:
    """What to say where missing numbers are means although PPCA was asked for."""
    encoder = prepared.encoder
    asked = prepared.preparation.impute == "ppca" and encoder.imputer is None
    if asked and any(each.kind == "number" and each.missing for each in encoder.encodings):
        return ("missing numbers are the mean: PPCA needs two columns of numbers or more",)
    return ()


def learnt(
    table: Table, names: Sequence[str], goal: Target, split: Split, chosen: Preparation, folder: Any = None
) -> PreparedTable:
    """A table with the encodings, and the scale of a target of numbers, that its training rows teach."""
    columns, inputs = list(table.select(target_names(goal)).columns), table.select(names)
    if goal.task == "regression":  # its mean and scale, unlike classes' names, are for training to learn
        goal = fit_targets([column.take(split.train) for column in columns], "regression")
    encoder = fit_encoder(inputs, split.train, scaling=chosen.scaling, impute=chosen.impute, rare=chosen.rare)
    X = empty_array(folder, "inputs", (len(table), len(encoder.features)))
    y = goal.encode(*columns)
    weights = _weights(table, goal, y, split, chosen)
    return PreparedTable(
        table, encoder, goal, encoder.transform(inputs, X), y, split, weights, preparation=chosen
    )


def _composed(chosen: Preparation) -> Preparation:
    """The same, the columns' names written as a table writes them."""
    group, time, weight = (name and composed(name) for name in (chosen.group, chosen.time, chosen.weight))
    return replace(chosen, group=group, time=time, weight=weight)


def _warnings(table: Table) -> Iterator[str]:
    """What a reader should know of how the columns were read."""
    for column in table.columns:
        yield from (f"column {column.name!r}: {note}" for note in column.warnings)


def contiguous(rows: NDArray[np.int64]) -> NDArray[np.int64] | slice:
    """Ascending rows as a slice where none is between them, so that taking them copies nothing."""
    whole = len(rows) > 0 and rows[-1] - rows[0] == len(rows) - 1
    return slice(int(rows[0]), int(rows[-1]) + 1) if whole else rows


def in_order(sizes: Iterable[int]) -> Split:
    """The parts, of these sizes, of rows that have been arranged by part."""
    ends = np.cumsum([0, *sizes])
    return Split(*(np.arange(start, stop) for start, stop in pairwise(ends)))


def rows_with_target(targets: Table) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """The rows that have all targets, and what to say of the others."""
    missing = np.any([column.missing for column in targets.columns], axis=0)
    if not missing.any():
        return np.arange(len(targets)), ()
    if missing.all():
        what = f"target {targets.names[0]!r} has no value in any row"
        said = what if len(targets.names) == 1 else f"no row has all targets, {listing(targets.names)}"
        raise DataError(said, expected="values in some rows")
    first = targets.columns[0].rows[int(np.argmax(missing))]
    count = count_rows(int(missing.sum()))
    without = "a target" if len(targets.names) == 1 else "all targets"
    said = f"{count} without {without} left out, the first is data row {first}"
    return np.flatnonzero(~missing), (said,)


def _require_columns(table: Table, targets: list[str], roles: dict[str, str]) -> None:
    if not targets or len(set(targets)) < len(targets):
        raise ArgumentError(f"targets {targets}", expected="the names of different columns")
    for name in (*targets, *roles):
        table.column(name)
    for name in targets:
        if name in roles:
            raise DataError(f"target {name!r} is also the {roles[name]}", expected="another column")


def _inputs(
    table: Table, targets: list[str], chosen: Preparation, folder: str | Path | None
) -> tuple[list[str], dict[str, str]]:
    """The names of the columns that are inputs, and why the others are none."""
    roles = {name: role for name, role in ((chosen.group, "group"), (chosen.weight, "weight")) if name}
    _require_columns(table, targets, roles)
    if chosen.time:
        table.column(chosen.time)
    columns = [column for column in table.columns if column.name not in (*targets, *roles)]
    if not columns:
        said = f"the table has no column besides the target {listing(targets)}"
        raise DataError(said, expected="one or more")
    reasons = {column.name: _reason(column, folder) for column in columns}
    kept = [name for name, reason in reasons.items() if not reason]
    if not kept:
        name, reason = next(iter(reasons.items()))
        raise DataError(
            f"no column is an input that a model can learn from; {name!r}, for one: {reason}",
            expected="one or more",
            instead=f"a type for it where it is one after all, such as {name}={_usable_type(table, name)}",
        )
    return kept, {name: reason for name, reason in reasons.items() if reason}


def _usable_type(table: Table, name: str) -> str:
    """The type that makes a column an input."""
    column = table.column(name)
    return "category" if column.kind == "text" else str(column.type)


def _reason(column: Column, folder: str | Path | None) -> str:
    """Why a column is left out, "" where it is not; a value that cannot be used is an error."""
    if column.chosen:
        column.require_finite()
        return ""
    reason = reason_to_leave_out(column, summarise(column, folder))
    if not reason:
        column.refuse_stray().require_finite()
    return reason


def _weights(
    table: Table, target: Target, y: NDArray[Any], split: Split, chosen: Preparation
) -> NDArray[np.float64] | None:
    parts: Sequence[NDArray[np.float64]] = [
        *([row_weights(table.column(chosen.weight))] if chosen.weight else []),
        *([class_weights(target, y, split.train, chosen.class_weight)] if chosen.class_weight else []),
    ]
    return np.prod(parts, axis=0) if parts else None
