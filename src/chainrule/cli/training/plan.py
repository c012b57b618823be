"""What is to be trained: everything that can be wrong with a table is found before training starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.arguments import Seed
from chainrule.data import (
    ClassTarget,
    Preparation,
    PreparedTable,
    Split,
    Table,
    TableEncoder,
    Target,
    fold_table,
    prepare_table,
)
from chainrule.errors import ArgumentError
from chainrule.nn import Network, smoothed_cross_entropy
from chainrule.train import LBFGS, Optimiser, RateTest
from chainrule.train.search import of_depth


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
        layers: further arguments of the network.
        fit: further arguments of ``fit``.
        label_smoothing: of classes.
        find_rate: whether a range test is to say the learning rate.
        search: whether to look for hidden layers and a learning rate first.
        folds: of a cross-validation before training, or none.
        ensemble: how many networks to train.
    """

    hidden: tuple[int, ...]
    activation: str
    optimiser: Optimiser | LBFGS
    epochs: int
    batch_size: int
    patience: int = 20
    seed: int = 0
    layers: Mapping[str, Any] = field(default_factory=dict)
    fit: Mapping[str, Any] = field(default_factory=dict)
    label_smoothing: float = 0.0
    find_rate: bool = False
    search: bool = False
    folds: int | None = None
    ensemble: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A table split and encoded, and a network that fits it.

    Args:
        data: the table made ready, from which come table, encoder, target, X, y and split.
        network: is trained in place.
        settings: how.
        rng: shuffles.
        folder: where a table larger than memory is kept.
        rate_test: what said the learning rate, if a range test did.
    """

    data: PreparedTable
    network: Network
    settings: Settings
    rng: np.random.Generator
    folder: Path | None = None
    rate_test: RateTest | None = None

    @property
    def table(self) -> Table:
        """All columns, the target too, of the rows that have a target."""
        return self.data.table

    @property
    def loss(self) -> Any:
        """What is minimised.

        Raises:
            ArgumentError: label smoothing of numbers, or of several targets.
        """
        smoothing = self.settings.label_smoothing
        if not smoothing:
            return self.target.loss
        if not isinstance(self.target, ClassTarget):
            what = "numbers" if self.target.task == "regression" else "several targets"
            raise ArgumentError(f"label smoothing of {what}", expected="a target of classes")
        return smoothed_cross_entropy(smoothing)

    @property
    def encoder(self) -> TableEncoder:
        """Makes X."""
        return self.data.encoder

    @property
    def target(self) -> Target:
        """Makes y."""
        return self.data.target

    @property
    def X(self) -> NDArray[np.float64]:
        """Encoded inputs, shape (rows, features)."""
        return self.data.X

    @property
    def y(self) -> NDArray[Any]:
        """Encoded targets: classes of shape (rows,), or numbers of shape (rows, targets)."""
        return self.data.y

    @property
    def split(self) -> Split:
        """Which rows are for what."""
        return self.data.split

    def folds(self, count: int) -> Iterator[Plan]:
        """A plan for each fold of the training rows: one network, with the fold's own encodings.

        Raises:
            DataError: there are too few rows, groups or times.
        """
        splitting, networks = np.random.default_rng(self.settings.seed).spawn(5)[3:]
        settings = replace(self.settings, ensemble=1)
        return (
            Plan(data, network_for(data, settings, seed), settings, np.random.default_rng(shuffling))
            for (seed, shuffling), data in zip(
                networks.integers(2**63, size=(count, 2)).tolist(),
                fold_table(self.data, count, seed=splitting, folder=self.folder),
                strict=True,
            )
        )

    def with_hidden(self, hidden: tuple[int, ...]) -> Plan:
        """The plan with other hidden layers, and new weights."""
        layers = of_depth(self.settings.layers, len(hidden))
        settings = replace(self.settings, hidden=hidden, layers=layers)
        return replace(self, network=network_for(self.data, settings, settings.seed), settings=settings)


def make_plan(
    table: Table,
    target_names: str | Sequence[str],
    preparation: Preparation,
    settings: Settings,
    folder: Path | None = None,
) -> Plan:
    """Split the rows, learn the encodings from the training rows, and make the network.

    Args:
        table: all columns, the target too.
        target_names: the column to predict, or several.
        preparation: how to split and encode.
        settings: how to train.
        folder: where to keep the encoded rows of a table that is larger than memory.

    Raises:
        DataError: the table does not fit; every cell has been looked at.
        ArgumentError: a setting makes no sense.
    """
    splitting, weights, shuffling = np.random.default_rng(settings.seed).spawn(3)
    data = prepare_table(table, target_names, preparation, seed=splitting, folder=folder)
    return Plan(data, network_for(data, settings, weights), settings, shuffling, folder)


def network_for(data: PreparedTable, settings: Settings, seed: Seed) -> Network:
    """A new network between the inputs and the target of a table."""
    sizes = [len(data.encoder.features), *settings.hidden, data.target.outputs]
    return Network(sizes, seed=seed, **network_options(data.target, settings))


def network_options(target: Target, settings: Settings) -> dict[str, Any]:
    """The arguments of a network for a target, besides sizes and seed."""
    output = target.output_activation
    return {"activation": settings.activation, "output_activation": output, **settings.layers}
