"""``chainrule latent sample``: new rows from a saved density."""

from __future__ import annotations

from pathlib import Path

import click

from chainrule.cli.destination import require_file_writable
from chainrule.cli.latent.names import as_conditions
from chainrule.cli.numbers import WholeNumber
from chainrule.cli.options import PATH, json_option, output_option, seed_option
from chainrule.cli.screen import emit_bytes, emit_json, note


@click.command(short_help="Draw new rows.")
@click.argument("model", type=PATH)
@click.option("-n", "count", type=WholeNumber(min=1), default=10, show_default=True, help="How many rows.")
@click.option(
    "--given",
    multiple=True,
    callback=as_conditions,
    metavar="COL=NUMBER",
    help="Draw rows that have this value; repeatable.",
)
@seed_option
@output_option("CSV file to write.  [default: standard output]")
@json_option
def sample(
    model: Path, count: int, given: dict[str, float], seed: int, output: Path | None, as_json: bool
) -> None:
    """Draw new rows from a MODEL that `chainrule latent fit` saved, as CSV.

    \b
    Example:
      chainrule latent sample wine-ppca -n 100 --given alcohol=14 -o new-wines.csv
    """
    from chainrule.cli.csv_text import csv_bytes
    from chainrule.cli.latent.density import load_density
    from chainrule.io import atomic_write

    if output:
        require_file_writable(output)
    density = load_density(model)
    rows = density.model.sample(count, seed, given=density.condition(given))
    if output:
        atomic_write(output, csv_bytes(density.columns, rows.T))
    if as_json:
        drawn = {"output": str(output)} if output else {"rows": rows}
        emit_json({"columns": list(density.columns), "count": count, "seed": seed, **drawn})
    elif output:
        note(f"{count} rows written to {output}")
    else:
        emit_bytes(csv_bytes(density.columns, rows.T))
