"""``chainrule latent impute``: what is missing in a table, from a saved density."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chainrule.cli.destination import require_file_writable
from chainrule.cli.latent.reading import same_table_options
from chainrule.cli.numbers import WholeNumber
from chainrule.cli.options import PATH, json_option, output_option, seed_option
from chainrule.cli.screen import emit_bytes, emit_json, note, working

if TYPE_CHECKING:
    from chainrule.cli.latent.density import Density


@click.command(short_help="Fill in what is missing.")
@click.argument("model", type=PATH)
@click.argument("table", type=PATH)
@click.option("--std", is_flag=True, help="Add a column std(COL) for each: 0 where a value was there.")
@click.option(
    "--draws",
    type=WholeNumber(min=1),
    help="So many random fillings instead of the mean, below one another, with columns draw and row.",
)
@same_table_options
@seed_option
@output_option("CSV file to write.  [default: standard output]")
@json_option
def impute(
    model: Path,
    table: Path,
    std: bool,
    draws: int | None,
    seed: int,
    output: Path | None,
    as_json: bool,
    **asked: Any,
) -> None:
    """Fill in the empty cells of TABLE by a MODEL that `chainrule latent fit` saved.

    Each becomes its mean given the other cells of its row; the columns are the model's.

    \b
    Example:
      chainrule latent impute wine-ppca wine-with-gaps.csv --std -o wine-filled.csv
    """
    from chainrule.cli.csv_text import csv_bytes
    from chainrule.cli.latent.density import load_density
    from chainrule.data import read_table
    from chainrule.io import atomic_write

    if std and draws is not None:
        raise click.UsageError("--std and --draws exclude each other: draws have a spread.")
    if output:
        require_file_writable(output, table)
    density = load_density(model)
    with working(f"filling {table}"):
        rows = density.rows(read_table(table, kinds=density.kinds, **asked))
        columns = _columns(density, rows, std, draws, seed)
    missing = int((rows != rows).sum())
    if output:
        atomic_write(output, csv_bytes(list(columns), columns.values()))
    if as_json:
        written = {"output": str(output)} if output else {"columns": columns}
        emit_json({"rows": len(rows), "missing": missing, **written})
    elif not output:
        emit_bytes(csv_bytes(list(columns), columns.values()))
    if not as_json:
        note(
            f"{missing} missing values of {len(rows)} rows filled"
            + (f"; written to {output}" if output else "")
        )


def _columns(density: Density, rows: Any, std: bool, draws: int | None, seed: int) -> dict[str, Any]:
    """The filled columns by name, and what was asked for beside them."""
    import numpy as np

    if draws is not None:
        drawn = density.model.impute(rows, draws=draws, seed=seed)
        row = np.tile(np.arange(1, len(rows) + 1), draws)
        draw = np.repeat(np.arange(1, draws + 1), len(rows))
        values = drawn.reshape(-1, len(density.columns)).T
        return {"draw": draw, "row": row} | dict(zip(density.columns, values, strict=True))
    filled, deviations = density.model.impute(rows, return_std=True)
    named = dict(zip(density.columns, filled.T, strict=True))
    if std:
        named |= {f"std({name})": each for name, each in zip(density.columns, deviations.T, strict=True)}
    return named
