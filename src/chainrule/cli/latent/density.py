"""A saved density, and the columns that it was fitted to."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from chainrule.cli.loading import load_model
from chainrule.data import KindName, Table
from chainrule.data.table import require_names
from chainrule.data.wording import listing
from chainrule.errors import DataError
from chainrule.latent import Flow, GenerativeModel

Model = GenerativeModel[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Density:
    """A density of rows.

    Args:
        model: the density.
        columns: the names of the numbers in a row; x1, x2, … where it was fitted to rows without names.
    """

    model: Model
    columns: tuple[str, ...]

    @classmethod
    def of(cls, model: Model) -> Density:
        """The density that a fitted model is."""
        return cls(model, model.columns or tuple(f"x{k + 1}" for k in range(model.n_features)))

    @property
    def kinds(self) -> dict[str, KindName]:
        """How to read the columns of a table."""
        return dict.fromkeys(self.columns, "number")

    def rows(self, table: Table) -> NDArray[Any]:
        """The table's rows for the model, float64, shape (rows, columns), NaN for a missing value."""
        return table.select(self.columns).matrix(missing=True)

    def condition(self, given: Mapping[str, float]) -> dict[str | int, float] | None:
        """What is given by column, by position; ``None`` where nothing is.

        Raises:
            DataError: there is no such column.
        """
        require_names(self.columns, tuple(given))
        return {self.columns.index(name): value for name, value in given.items()} or None


def load_density(folder: Path) -> Density:
    """The density in a folder.

    Raises:
        ModelFileError: it is missing, damaged, altered, or of another kind.
    """
    model: Model = load_model(folder, GenerativeModel, "chainrule latent fit")
    return Density.of(model)


def require_numbers(table: Table) -> Table:
    """The table itself.

    Raises:
        DataError: a column is not numbers; names all that are not.
    """
    worded = (column.name for column in table.columns if column.kind not in ("number", "boolean"))
    words = [*worded, *table.unread]
    if words:
        drop = " ".join(f"--drop {shlex.quote(name)}" for name in words[:3])
        raise DataError(
            f"{listing(words)}: a column of words has no density",
            expected="numbers only",
            instead=drop,
        )
    return table


def require_values(table: Table) -> Table:
    """The whole table itself, its columns numbers.

    Raises:
        DataError: a column has no value in any row; names all that have none.
    """
    empty = [column.name for column in table.columns if column.missing.all()]
    if empty:
        raise DataError(
            f"{listing(empty)}: no value in any row",
            expected="a value in every column",
            instead=" ".join(f"--drop {shlex.quote(name)}" for name in empty[:3]),
        )
    return table


def require_complete(model: Model, table: Table) -> None:
    """Refuse empty cells where the model is a flow.

    Raises:
        DataError: there are some; says which models take them.
    """
    empty = sum(int(column.missing.sum()) for column in table.columns)
    if empty and isinstance(model, Flow):
        raise DataError(
            f"empty cells: {empty}",
            expected="none: a flow has no density of some columns without the others",
            instead="a table filled by `chainrule latent impute`, or a ppca, mixture or vae, which take them",
        )
