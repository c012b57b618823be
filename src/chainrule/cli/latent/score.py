"""``chainrule latent score``: how likely a table's rows are under a saved density."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from chainrule.cli.destination import require_file_writable
from chainrule.cli.latent.reading import same_table_options
from chainrule.cli.options import PATH, json_option, output_option
from chainrule.cli.screen import Screen, emit_json, note, working


@click.command(short_help="How likely a table's rows are.")
@click.argument("model", type=PATH)
@click.argument("table", type=PATH)
@same_table_options
@output_option("CSV file for the log-likelihood of each row.")
@json_option
def score(model: Path, table: Path, output: Path | None, as_json: bool, **asked: Any) -> None:
    """The log-likelihood, in nats, of the rows of TABLE under a MODEL that `chainrule latent fit` saved.

    \b
    Example:
      chainrule latent score wine-ppca wine.csv -o log-likelihoods.csv
    """
    from chainrule.cli.csv_text import csv_bytes
    from chainrule.cli.latent.density import load_density, require_complete
    from chainrule.data import read_table
    from chainrule.io import atomic_write

    if output:
        require_file_writable(output, table)
    density = load_density(model)
    with working(f"scoring {table}"):
        rows = read_table(table, kinds=density.kinds, **asked)
        require_complete(density.model, rows.select(density.columns))
        values = density.model.log_likelihood(density.rows(rows))
    least = int(values.argmin())
    row = int(rows.columns[0].rows[least])
    found = {"mean": values.mean(), "least": values[least], "greatest": values.max()}
    if output:
        atomic_write(output, csv_bytes(["log_likelihood"], [values]))
    if as_json:
        written = {"output": str(output)} if output else {"log_likelihood": values}
        emit_json({"rows": len(values), **found, "least_likely_row": row, **written})
        return
    screen = Screen()
    screen.table(("log-likelihood", "nats a row"), [(name, f"{value:.4f}") for name, value in found.items()])
    screen.say(f"{len(values)} rows; data row {row} is the least likely")
    if output:
        note(f"written to {output}")
