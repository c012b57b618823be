"""The page of a run that has been trained, written from what its folder keeps."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from chainrule.cli.planning import planned
from chainrule.cli.screen import working
from chainrule.cli.training import Stopwatch, check_gradient
from chainrule.cli.training.page import page_of
from chainrule.cli.training.saved import Saved, read_saved
from chainrule.errors import RunError
from chainrule.io import atomic_write
from chainrule.runs import file_fingerprint
from chainrule.runs.reading import read_record
from chainrule.runs.same import require_same_data


def rewrite_page(ctx: click.Context, run: Path, table: Path, choices: Mapping[str, Any], file: Path) -> Saved:
    """Write the page of a run, without training anything; gives the model that it tells of.

    Args:
        ctx: until it ends, the table stays open.
        run: the folder.
        table: what the run began with.
        choices: how it was trained, as for :func:`~chainrule.cli.planning.planned`.
        file: where to write the page.

    Raises:
        RunError: there is no model yet, or the table is gone or another.
    """
    saved, clock = read_saved(run), Stopwatch()
    _require_table(run, table)
    with working(f"reading {table}"):
        plan = planned(ctx, table, choices)
        hidden = saved.model.network.sizes[1:-1]
        if hidden != plan.settings.hidden:  # a search chose them
            plan = plan.with_hidden(hidden)
    clock.lap("reading and encoding")
    with working("checking the gradient"):
        check = check_gradient(plan)
    clock.lap("checking the gradient")
    training = sum(float(history.seconds.sum()) for history in saved.histories)
    seconds = {**clock.seconds, "training": training}
    with working(f"writing {file}") as progress:
        page = page_of(plan, saved.model, saved.histories, check, saved.facts, table.name, seconds, progress)
        atomic_write(file, page)
    return saved


def _require_table(run: Path, table: Path) -> None:
    """Refuse a table that is gone, or not what the run began with."""
    if not table.is_file():
        raise RunError(
            f"there is no file {table}, the table of the run in {run}",
            instead="the table's place now after the run's",
        )
    name = "the table"
    before = read_record(run).data
    require_same_data(run, {name: before.get(name, "none")}, {name: file_fingerprint(table)})
