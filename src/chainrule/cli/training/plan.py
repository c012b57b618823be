"""What is to be trained: everything that can be wrong with a table is found before training starts."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.cli.training.split import Split, split_table
from chainrule.data import Column, Table, TableEncoder, Target, Task, fit_encoder, fit_target
from chainrule.errors import DataError
from chainrule.nn import Network
from chainrule.train import Optimiser


@dataclass(frozen=True, slots=True)
class Settings:
    """How to train.

    Args:
        hidden: the numbers of units in the hidden layers; none for a linear model.
        activation: of the hidden layers.
        optimiser: takes the steps.
        epochs: at most so many.
        batch_size: rows in a minibatch.
        patience: epochs to wait for a lower validation loss.
        seed: for the split, the first weights and the shuffling, each with a stream of its own.
    """

    hidden: tuple[int, ...]
    activation: str
    optimiser: Optimiser
    epochs: int
    batch_size: int
    patience: int = 20
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A table split and encoded, and a network that fits it.

    Args:
        table: all columns, the target too.
        encoder: makes X.
        target: makes y.
        X: encoded inputs, shape (rows, features).
        y: encoded targets: classes of shape (rows,), or numbers of shape (rows, 1).
        split: which rows are for what.
        network: is trained in place.
        settings: how.
        rng: shuffles.
    """

    table: Table
    encoder: TableEncoder
    target: Target
    X: NDArray[np.float64]
    y: NDArray[Any]
    split: Split
    network: Network
    settings: Settings
    rng: np.random.Generator


def make_plan(table: Table, target_name: str, task: Task | None, settings: Settings) -> Plan:
    """Split the rows, learn the encodings from the training rows, and make the network.

    Raises:
        DataError: the table does not fit; every cell has been looked at.
        ArgumentError: a setting makes no sense.
    """
    splitting, weights, shuffling = np.random.default_rng(settings.seed).spawn(3)
    column, inputs = table.column(target_name), _inputs(table, target_name)
    target = fit_target(column, task)
    split = split_table(inputs, target, target.encode(column), splitting)
    if (
        target.task == "regression"
    ):  # its mean and scale, unlike the names of classes, are for training to learn
        target = fit_target(column.take(split.train), "regression")
    encoder = fit_encoder(inputs.take(split.train))
    network = Network(
        [len(encoder.features), *settings.hidden, target.outputs],
        activation=settings.activation,
        output_activation="softmax" if target.task == "classification" else "identity",
        seed=weights,
    )
    X, y = encoder.transform(inputs), target.encode(column)
    return Plan(table, encoder, target, X, y, split, network, settings, shuffling)


def _inputs(table: Table, target_name: str) -> Table:
    """The columns besides the target, in which every cell can be used."""
    if len(table.columns) == 1:
        raise DataError(f"the table has no column besides the target {target_name!r}", expected="one or more")
    inputs = table.drop(target_name)
    for column in inputs.columns:
        _require_usable(column)
    return inputs


def _require_usable(column: Column) -> None:
    """Raise a DataError that says which option helps, where the column has empty cells or free text."""
    name = shlex.quote(column.name)
    choices = [f"--drop {name}"] + ([f"--category {name}"] if column.kind == "text" else [])
    try:
        column.require_complete().refuse_text()
    except DataError as error:
        advice = f"correct it, or add {' or '.join(choices)}"
        raise DataError(error.given, expected=error.expected, instead=advice) from error
