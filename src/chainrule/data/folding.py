"""The training rows of a table in folds, each prepared for itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from ..arguments import Seed, as_count, as_generator
from ..errors import DataError
from .mapping import copy_rows
from .preparing import PreparedTable, in_order, learnt
from .split import split_parts
from .splitting import Parts
from .table import Table
from .wording import count_rows, counted

Rows = NDArray[np.int64]
#: Of a fold's rows, those to learn from and those that say when to stop.
FRACTIONS = (0.85, 0.15)


def fold_table(
    data: PreparedTable, folds: int = 5, *, seed: Seed = 0, folder: str | Path | None = None
) -> Iterator[PreparedTable]:
    """Each fold of the training rows held out once; what there is to learn of the table is learnt without it.

    A fold is a table of its own: its test rows are those held out, and of the others 15 % say when to stop.
    Encodings, imputation, class weights and the scale of a target of numbers are learnt from the rest alone.
    Folds are split as the table was: at random with every class spread, or by group; or by time, and then a
    fold holds out a period, and learns from those before it.

    Args:
        data: its test and validation rows are in no fold.
        folds: from 2 to the number of its training rows.
        seed: draws the rows of each fold.
        folder: for tables larger than memory: where to keep each fold's rows until the next is asked for.

    Raises:
        DataError: there are too few rows, groups or times.
        ArgumentError: fewer than two folds.

    Source: Hastie, Tibshirani and Friedman 2009, "The elements of statistical learning", section 7.10.2: the
    wrong and the right way to do cross-validation.

    >>> from chainrule.data import example_table, prepare_table, read_table
    >>> data = prepare_table(read_table(example_table("wine")), "class")
    >>> [fold.split.sizes for fold in fold_table(data, folds=2)]
    [{'train': 53, 'validation': 9, 'test': 62}, {'train': 53, 'validation': 9, 'test': 62}]
    """
    rows, rng, count = data.split.train, as_generator(seed), as_count(folds, "folds", 2)
    if count > len(rows):
        raise DataError(f"{len(rows)} training rows in folds={count}", expected="a row for each fold")
    places = [(_watched(data, without, rng), held) for without, held in _held_out(data, count, rng)]
    return _prepared(data, places, folder)


def _split(data: PreparedTable, rows: Rows, rng: np.random.Generator, fractions: tuple[float, ...]) -> Parts:
    """Rows of the table in parts, as the table itself was split."""
    group, time = (
        None if name is None else data.table.column(name).take(rows)
        for name in (data.preparation.group, data.preparation.time)
    )
    parts = split_parts(data.target, data.y[rows], rng, group, time, fractions)
    if not all(map(len, parts)):
        by = time if group is None else group
        found = count_rows(len(rows))
        if by is not None:
            kind = "group" if by is group else "different time"
            found = f"{counted(int((by.words.counts > 0).sum()), kind)} of {by.name!r} in {found}"
        raise DataError(f"{found} cannot fill {len(parts)} parts", expected="more, or fewer folds")
    return tuple(rows[part] for part in parts)


def _watched(data: PreparedTable, rows: Rows, rng: np.random.Generator) -> Parts:
    """Rows to learn from, and rows that say when to stop: other groups, or later ones."""
    chosen = data.preparation
    if chosen.group is None and chosen.time is None:
        return _split(data, rows, rng, FRACTIONS)
    from ..train.folds import held_back

    groups = None if chosen.group is None else data.table.column(chosen.group).words.codes
    times = None if chosen.time is None else data.table.column(chosen.time).numbers
    return held_back(rows, FRACTIONS[1], groups, times, rng)


def _held_out(data: PreparedTable, folds: int, rng: np.random.Generator) -> list[tuple[Rows, Rows]]:
    """For each fold the rows of the others, or by time those before it, and its own."""
    rows = data.split.train
    if data.preparation.time is None:
        parts = _split(data, rows, rng, (1 / folds,) * folds)
        return [(np.setdiff1d(rows, part), part) for part in parts]
    periods = _split(data, rows, rng, (1 / (folds + 1),) * (folds + 1))
    return [(np.sort(np.concatenate(periods[:k])), periods[k]) for k in range(1, folds + 1)]


def _prepared(
    data: PreparedTable, places: list[tuple[Parts, Rows]], folder: str | Path | None
) -> Iterator[PreparedTable]:
    """The folds; files of one are removed when the next is asked for."""
    for watched, held in places:
        parts = (*watched, held)
        order, split = np.concatenate(parts), in_order(map(len, parts))
        with nullcontext() if folder is None else TemporaryDirectory(prefix="fold-", dir=folder) as inside:
            table = data.table.take(order) if inside is None else copy_rows(data.table, order, Path(inside))
            names = _with_values(table.select(data.encoder.names), split.train)
            yield learnt(table, names, data.target, split, data.preparation, inside)


def _with_values(inputs: Table, train: Rows) -> list[str]:
    """The columns from which there is something to learn in this fold."""
    return [column.name for column in inputs.columns if not column.take(train).missing.all()]
