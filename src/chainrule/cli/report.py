"""``chainrule report``: the page of a run, made anew."""

from __future__ import annotations

from pathlib import Path

import click

from chainrule.cli.destination import require_file_writable
from chainrule.cli.options import PATH, json_option, output_option
from chainrule.cli.resumable import choices_of
from chainrule.cli.screen import Screen, emit_json
from chainrule.cli.train import train


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
    from chainrule.cli.rewriting import rewrite_page
    from chainrule.cli.training.page import PAGE

    options = train.begun(run, ctx.parent)
    source = table or options["table"]
    file = output or run / PAGE
    require_file_writable(file, source, *(each for each in run.rglob("*") if each != run / PAGE))
    saved = rewrite_page(ctx, run, source, choices_of(options), file)
    screen, stopped_by = Screen(quiet=as_json), saved.histories[-1].stopped_by
    epochs = sum(map(len, saved.histories))
    left = "; interrupted: the model is what was saved then" if stopped_by == "interrupt" else ""
    screen.say(f"saved     {file}: {epochs} epochs{left}")
    if as_json:
        found = {"run": str(run), "table": str(source), "report": str(file)}
        emit_json({**found, "epochs": epochs, "stopped_by": stopped_by})
