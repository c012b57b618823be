"""A trained network with the preprocessing of its table, from rows in to the target's own values out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ArgumentError, ShapeError
from .column import Column
from .encoder import BLOCK, TableEncoder
from .kinds import KindName
from .metrics import ClassScores, NumberScores, Scores, by_target
from .several import SeveralTargets, Target, target_config, target_from_config, target_names
from .table import Table
from .target import ClassTarget, SingleTarget
from .wording import listing


class Predictor(Protocol):
    """What a table model asks of a network: :class:`chainrule.nn.Network` has it."""

    @property
    def sizes(self) -> tuple[int, ...]:
        """The numbers of inputs, hidden units and outputs."""

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """ŷ of rows, shape (n, inputs): shape (n, outputs)."""


@dataclass(frozen=True, slots=True)
class PartOfOutputs:
    """What a network of several targets predicts for one of them.

    Args:
        network: predicts all.
        targets: what its outputs stand for.
        place: of the one among them.
    """

    network: Predictor
    targets: SeveralTargets
    place: int

    @property
    def sizes(self) -> tuple[int, ...]:
        """Those of the network, with the outputs of this target."""
        return (*self.network.sizes[:-1], self.targets.singles[self.place].outputs)

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """ŷ of rows: both classes' probabilities, shape (n, 2), or the standardised number, shape (n, 1)."""
        return self.targets.parts(self.network.predict(X))[self.place]


@dataclass(frozen=True, slots=True, eq=False)
class TableModel:
    """A network between an encoded table and an encoded target.

    It knows of the network only what :class:`Predictor` says, so it needs nothing of the network's package.

    Args:
        encoder: makes the network's inputs from a table.
        target: makes the target's values from the network's outputs: class probabilities, one column for each
            class (a softmax), or one standardised number; of several targets, one output for each.
        network: what was trained between the two.

    Raises:
        ShapeError: the network has other numbers of inputs or outputs.
    """

    encoder: TableEncoder
    target: Target
    network: Predictor

    def __post_init__(self) -> None:
        wanted = (len(self.encoder.features), self.target.outputs)
        given = (self.network.sizes[0], self.network.sizes[-1])
        if given != wanted:
            raise ShapeError(
                f"a network of {given[0]} inputs and {given[1]} outputs",
                expected=f"{wanted[0]} inputs and {wanted[1]} outputs, as table and target need",
            )

    @property
    def kinds(self) -> dict[str, KindName]:
        """The input columns' types: what :func:`~chainrule.data.read_table` takes to read another table."""
        return self.encoder.kinds

    @property
    def missing_words(self) -> tuple[str, ...]:
        """The words that meant "no value" in the table of training: what ``read_table(missing=)`` takes."""
        return self.encoder.missing_words

    def outputs(self, table: Table) -> NDArray[Any]:
        """The network's outputs, shape (rows, outputs): class probabilities, or standardised numbers.

        Raises:
            DataError: the table does not have the columns, kinds and categories of training.
        """
        blocks = [table.take(slice(start, start + BLOCK)) for start in range(0, max(len(table), 1), BLOCK)]
        return np.concatenate([self.network.predict(self.encoder.transform(block)) for block in blocks])

    def probabilities(self, table: Table) -> NDArray[np.float64]:
        """The probability of each class of ``model.target.classes``, float64, shape (rows, classes).

        Raises:
            DataError: as for :meth:`outputs`.
            ArgumentError: the target is a number, or the network's outputs are no probabilities.
        """
        if isinstance(self.target, SeveralTargets):
            one = f"model.of({self.target.singles[0].name!r}).probabilities(table)"
            raise ArgumentError("probabilities of several targets", instead=one)
        if not isinstance(self.target, ClassTarget):
            raise ArgumentError(f"target {self.target.name!r} is a number", instead="model.predict(table)")
        return as_probabilities(self.outputs(table))

    def predict(self, table: Table) -> NDArray[Any]:
        """The predicted target, shape (rows,): the likeliest class, or a number in the target's unit.

        Of several targets, shape (rows, targets).

        Raises:
            DataError: as for :meth:`outputs`.
        """
        if isinstance(self.target, ClassTarget):
            return self.target.decode(self.probabilities(table).argmax(axis=1))
        return self.target.decode(self.outputs(table))

    def of(self, name: str) -> TableModel:
        """The model of one of several targets: its predictions, probabilities and scores.

        Args:
            name: of the target's column.

        Raises:
            ArgumentError: there is no such target.
        """
        names = target_names(self.target)
        if name not in names:
            raise ArgumentError(f"target {name!r}", expected=f"one of {listing(names)}")
        if not isinstance(self.target, SeveralTargets):
            return self
        place = names.index(name)
        part = PartOfOutputs(self.network, self.target, place)
        return TableModel(self.encoder, self.target.singles[place], part)

    def score(self, table: Table, rows: ArrayLike | slice = slice(None)) -> Scores:
        """How good the predictions are for a table that has the target too; of several, by target.

        Args:
            table: has the input columns and the target's.
            rows: the positions of those to score, which must have the target; by default all.

        Raises:
            DataError: as for :meth:`outputs`, or the target column does not fit.
        """
        chosen = rows if isinstance(rows, slice) else np.asarray(rows)
        columns = table.select(target_names(self.target)).take(chosen).columns
        parts = self.target.parts(self.outputs(table)[chosen])
        singles = zip(self.target.singles, columns, parts, strict=True)
        return by_target({single.name: _score(single, column, part) for single, column, part in singles})

    def to_state(self) -> tuple[str, dict[str, Any], dict[str, NDArray[Any]]]:
        """The kind ``"table-model"``, a configuration with network and imputer as parts, and no arrays."""
        config = {
            "preprocessing": self.encoder.to_config(),
            "target": target_config(self.target),
            "network": self.network,
        }
        if self.missing_words:
            config["missing_words"] = list(self.missing_words)
        if self.encoder.imputer is not None:
            config["imputer"] = self.encoder.imputer
        return "table-model", config, {}

    @classmethod
    def from_state(cls, config: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The model that :meth:`to_state` described, the network again as a part of the configuration.

        Raises:
            ChainruleError: they do not describe one.
        """
        encoder = TableEncoder.from_config(
            config["preprocessing"], config.get("imputer"), config.get("missing_words", ())
        )
        return cls(encoder, target_from_config(config["target"]), config["network"])


def as_probabilities(outputs: NDArray[Any]) -> NDArray[np.float64]:
    """A network's outputs, checked to be class probabilities.

    Raises:
        ArgumentError: they are none.
    """
    found = np.asarray(outputs, dtype=np.float64)
    if not ((found >= 0).all() and (np.abs(found.sum(axis=1) - 1) <= 1e-3).all()):
        raise ArgumentError(
            "the network's outputs are no class probabilities",
            expected="rows of numbers from 0 to 1 with sum 1",
            instead='a network with output_activation="softmax"',
        )
    return found


def _score(target: SingleTarget, column: Column, outputs: NDArray[Any]) -> ClassScores | NumberScores:
    if isinstance(target, ClassTarget):
        return ClassScores.of(target.encode(column), as_probabilities(outputs))
    return NumberScores.of(column.to_kind("number").require_complete().values, target.decode(outputs))
