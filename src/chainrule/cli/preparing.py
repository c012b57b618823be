"""Options that say how a table is made ready for training."""

from __future__ import annotations

import shlex
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chainrule.cli.numbers import WholeNumber
from chainrule.cli.option_group import OptionGroup, defaulted
from chainrule.cli.options import column_option
from chainrule.errors import DataError

if TYPE_CHECKING:
    from chainrule.data import Column, Preparation, Table

preparation_options = OptionGroup(
    column_option("--group", "Rows that agree in this column are held out together."),
    column_option("--time", "The latest rows by this column are held out."),
    column_option("--weight", "How much each row counts, zero or more."),
    click.option(
        "--class-weight",
        "class_weight",
        multiple=True,
        metavar="CLASS=WEIGHT",
        help="How much a class counts; balanced: all classes the same. Repeatable.",
    ),
    defaulted(
        "--scaling",
        click.Choice(["standard", "robust"]),
        "standard",
        "Numbers by mean and standard deviation, or by median and quartiles.",
    ),
    defaulted(
        "--impute",
        click.Choice(["mean", "ppca"]),
        "mean",
        "What stands for a missing number: the mean, or what the row's other numbers say (PPCA).",
    ),
    click.option(
        "--rare",
        type=WholeNumber(min=0),
        metavar="N",
        help="Categories in fewer training rows share a column.  [default: 5, fewer below 500 rows]",
    ),
)


def as_preparation(choices: dict[str, Any]) -> Preparation:
    """What the options ask for; they are taken out of the choices."""
    from chainrule.data import Preparation

    asked = preparation_options.take(choices)
    task = choices.pop("task")
    asked["task"] = None if task == "auto" else task
    asked["class_weight"] = _class_weights(asked["class_weight"])
    return Preparation(**asked)


def refuse_strays(table: Table, path: Path, needed: Collection[str] = (), **layout: Any) -> Table:
    """The table itself.

    Args:
        table: what was read.
        path: of the file that holds it.
        needed: columns that cannot be left out.
        layout: of the file, as for :func:`~chainrule.data.read_table`.

    Raises:
        DataError: a column is mostly numbers or dates, or holds an infinite number; says which option helps.
    """
    for column in table.columns:
        try:
            column.refuse_stray().require_finite()
        except DataError as error:
            word = column.stray[0] if column.stray else _infinity(column, path, layout)
            given = error.given if word is None or word in error.given else f"{error.given}, written {word!r}"
            options = _choices(column, word, column.name in needed)
            advice = f"correct it, or add {options}" if options else "correct it"
            raise DataError(given, expected=error.expected, instead=advice) from error
    return table


def _infinity(column: Column, path: Path, layout: dict[str, Any]) -> str | None:
    """The first infinite number of a column as the file has it, such as 1e309; ``None``: not as text."""
    import numpy as np

    from chainrule.data.files import cell_text
    from chainrule.data.layout import Layout

    first = int(np.argmax(np.isinf(column.numbers)))
    return cell_text(path, column.name, int(column.rows[first]), Layout(**layout))


def _choices(column: Column, word: str | None, needed: bool) -> str:
    """The options that let a column with a value that does not fit pass."""
    name = shlex.quote(column.name)
    missing = [] if word is None else [f"--missing {shlex.quote(word)}"]
    as_words = [f"--type {name}=category"] if column.stray else []
    every = [*missing, *([] if needed else [f"--drop {name}"]), *as_words]
    return " or ".join(filter(None, (", ".join(every[:-1]), *every[-1:])))


def _class_weights(given: tuple[str, ...]) -> Any:
    if not given:
        return None
    if given == ("balanced",):
        return "balanced"
    pairs = [each.rpartition("=") for each in given]
    try:
        weights = {name: float(number) for name, _, number in pairs}
    except ValueError:
        weights = {"": 0.0}
    if "" in weights:
        said = f"{' '.join(given)!r} is neither balanced nor of the form CLASS=WEIGHT"
        raise click.BadParameter(said, param_hint="--class-weight")
    return weights
