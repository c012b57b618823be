"""``chainrule runs list``."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chainrule.cli.options import PATH, json_option
from chainrule.cli.runs.words import headline, number, took
from chainrule.cli.screen import Screen, emit_json

if TYPE_CHECKING:
    from chainrule.runs import RunSummary


@click.command("list", short_help="Runs in a folder.")
@click.argument("folder", type=PATH, default=Path())
@json_option
def list_command(folder: Path, as_json: bool) -> None:
    """List the runs in FOLDER and three folders down, the oldest first; by default, the current folder.

    One is interrupted where nothing works on it and it has not finished: `chainrule train --resume` goes on.

    \b
    Example:
      chainrule runs list models
    """
    from chainrule.runs import list_runs

    found = list_runs(folder)
    if as_json:
        emit_json({"folder": str(folder), "runs": [run.to_dict() for run in found]})
        return
    screen = Screen()
    if not found:
        screen.say(f"no runs in {folder}")
        return
    header = ("run", "status", "epochs", "validation loss", "on test rows", "began", "took")
    screen.table(header, [_row(run) for run in found], numbers=False)
    for run in found:
        if run.status == "damaged":
            screen.say(f"{run.path}: {run.stopped_by}")


def _row(run: RunSummary) -> tuple[str, ...]:
    began = datetime.fromisoformat(run.began).astimezone() if run.began else None
    return (
        run.path,
        run.status,
        str(run.epochs or ""),
        number(run.metrics.get("validation_loss")),
        headline(run.metrics.get("test")),
        began.strftime("%Y-%m-%d %H:%M") if began else "",
        took(run.seconds) if run.epochs else "",
    )
