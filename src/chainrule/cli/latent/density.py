"""A saved density, and the columns that it was fitted to."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from chainrule.cli.loading import load_model
from chainrule.data import Kind, Table
from chainrule.data.wording import listing
from chainrule.errors import DataError
from chainrule.io import read_manifest, save
from chainrule.latent import GenerativeModel

Model = GenerativeModel[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Density:
    """A density of rows.

    Args:
        model: the density.
        columns: the names of the numbers in a row.
    """

    model: Model
    columns: tuple[str, ...]

    @property
    def kinds(self) -> dict[str, Kind]:
        """How to read the columns of a table."""
        return dict.fromkeys(self.columns, "number")

    def rows(self, table: Table) -> NDArray[Any]:
        """The table's rows for the model, float64, shape (rows, columns)."""
        return table.select(self.columns).matrix()


def save_density(density: Density, folder: Path, facts: dict[str, Any]) -> None:
    """Save the model, with its columns' names among the notes."""
    save(density.model, folder, training={**facts, "columns": list(density.columns)})


def load_density(folder: Path) -> Density:
    """The density in a folder; the columns of one that Python code saved without names are x1, x2, …

    Raises:
        ModelFileError: it is missing, damaged, altered, or of another kind.
    """
    model: Model = load_model(folder, GenerativeModel, "chainrule latent fit")
    noted = read_manifest(folder).training.get("columns")
    names = noted if isinstance(noted, list) else [f"x{k + 1}" for k in range(model.sample(0).shape[1])]
    return Density(model, tuple(map(str, names)))


def require_numbers(table: Table) -> Table:
    """The table itself.

    Raises:
        DataError: a column is not numbers; names all that are not.
    """
    words = [column.name for column in table.columns if column.kind not in ("number", "boolean")]
    if words:
        drop = " ".join(f"--drop {shlex.quote(name)}" for name in words[:3])
        raise DataError(
            f"{listing(words)}: a column of words has no density", expected="numbers only", instead=drop
        )
    return table
