"""``chainrule report``: the page of a run, made anew."""

from __future__ import annotations

from pathlib import Path

import click

from chainrule.cli.destination import require_file_writable
from chainrule.cli.options import PATH, json_option, output_option
from chainrule.cli.planning import planned
from chainrule.cli.resumable import FREE
from chainrule.cli.screen import Screen, emit_json, working
from chainrule.cli.train import train
from chainrule.errors import RunError


@click.command(short_help="Write the report of a training run anew.")
@click.argument("run", type=PATH)
@click.argument("table", type=PATH, required=False)
@output_option("HTML file to write.  [default: report.html in RUN]")
@json_option
@click.pass_context
def report(ctx: click.Context, /, run: Path, table: Path | None, output: Path | None, as_json: bool) -> None:
    """Write the page that tells how good the model of RUN is, a folder that `chainrule train` left.

    Nothing is trained. The table is read again, and must be what the run began with; TABLE says where it is
    now, where it has moved. Of a run that was interrupted, the page tells what the model saved so far can do.

    \b
    Example:
      chainrule report wine-model -o wine.html
    """
    from chainrule.cli.training import Stopwatch, check_gradient
    from chainrule.cli.training.page import PAGE, page_of
    from chainrule.cli.training.saved import read_saved
    from chainrule.io import atomic_write

    options = train.begun(run, ctx.parent)
    source = table or options["table"]
    file = output or run / PAGE
    require_file_writable(file, source, *(each for each in run.rglob("*") if each != run / PAGE))
    saved, clock = read_saved(run), Stopwatch()
    _require_table(run, source)
    with working(f"reading {source}"):
        plan = planned(ctx, source, {name: each for name, each in options.items() if name not in FREE})
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
        page = page_of(plan, saved.model, saved.histories, check, saved.facts, source.name, seconds, progress)
        atomic_write(file, page)
    screen, stopped_by = Screen(quiet=as_json), saved.histories[-1].stopped_by
    epochs = sum(map(len, saved.histories))
    left = "; interrupted: the model is what was saved then" if stopped_by == "interrupt" else ""
    screen.say(f"saved     {file}: {epochs} epochs{left}")
    if as_json:
        found = {"run": str(run), "table": str(source), "report": str(file)}
        emit_json({**found, "epochs": epochs, "stopped_by": stopped_by})


def _require_table(run: Path, table: Path) -> None:
    """Refuse a table that is gone, or not what the run began with."""
    from chainrule.runs import file_fingerprint
    from chainrule.runs.reading import read_record
    from chainrule.runs.same import require_same_data

    if not table.is_file():
        raise RunError(
            f"there is no file {table}, the table of the run in {run}",
            instead="the table's place now after the run's",
        )
    name = "the table"
    before = read_record(run).data
    require_same_data(run, {name: before.get(name, "none")}, {name: file_fingerprint(table)})
