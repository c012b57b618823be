"""``chainrule runs compare``."""

from __future__ import annotations

from pathlib import Path

import click

from chainrule.cli.options import PATH, json_option
from chainrule.cli.runs.words import number
from chainrule.cli.screen import Screen, emit_json


@click.command(short_help="Runs side by side.")
@click.argument("folders", type=PATH, nargs=-1, required=True, metavar="RUN RUN ...")
@json_option
def compare(folders: tuple[Path, ...], as_json: bool) -> None:
    """Show the settings in which runs differ, and their losses and scores, side by side.

    \b
    Example:
      chainrule runs compare models/first models/second
    """
    from chainrule.runs import compare_runs

    found = compare_runs(folders)
    if as_json:
        emit_json(found.to_dict())
        return
    screen = Screen()
    paths = [run.path for run in found.runs]
    if found.settings:
        screen.table(("setting", *paths), _rows(found.settings), numbers=False)
    else:
        screen.say("all settings, data and environments are alike")
    screen.table(("result", *paths), _rows(found.metrics), numbers=False)


def _rows(lines: dict[str, tuple[object, ...]]) -> list[tuple[str, ...]]:
    return [(name, *map(number, values)) for name, values in lines.items()]
