"""``chainrule train``: a network from a table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from chainrule.cli.destination import require_model_free
from chainrule.cli.invocation import command_line
from chainrule.cli.learning import SECTIONS, learning_options
from chainrule.cli.options import (
    PATH,
    column_option,
    drop_option,
    force_option,
    json_option,
    layout_options,
    missing_option,
    output_option,
    seed_option,
    stream_option,
    type_option,
)
from chainrule.cli.planning import planned
from chainrule.cli.preparing import preparation_options
from chainrule.cli.resumable import ResumableCommand, checkpoint_option, options_to_keep, resume_option
from chainrule.cli.screen import Screen, emit_json, working


@click.command(
    cls=ResumableCommand,
    short_help="Train a network on a table.",
    sections={
        "What to predict": ("target", "task"),
        "The columns": ("drop", "types", "category", "missing", "scaling", "impute", "rare"),
        "The file": layout_options.names,
        "The rows": ("group", "time", "weight", "class_weight", "stream"),
        **SECTIONS,
    },
)
@click.argument("table", type=PATH)
@column_option(
    "--target",
    "The column to predict; repeatable: several numbers, or several of two classes.",
    required=True,
    multiple=True,
)
@output_option("Folder of the model.  [default: TABLE-model]")
@click.option(
    "--task",
    type=click.Choice(["auto", "classification", "regression"]),
    default="auto",
    show_default=True,
    help="auto: words and a few whole numbers are classes.",
)
@learning_options
@drop_option
@type_option
@column_option("--category", "The same as --type COL=category.", multiple=True)
@missing_option
@preparation_options
@stream_option
@layout_options
@seed_option
@json_option
@force_option
@resume_option
@checkpoint_option
@click.pass_context
def train(
    ctx: click.Context,
    /,
    table: Path,
    output: Path | None,
    as_json: bool,
    force: bool,
    resume: Path | None,
    checkpoint_every: float,
    **choices: Any,
) -> None:
    """Train a network to predict a column of TABLE (CSV or Parquet) from the others.

    Numbers are standardised, categories become a column of 0 and 1 each (one-hot), dates cyclic; missing
    values are marked and filled. Columns that identify rows are left out; `chainrule inspect TABLE` shows
    all of it.

    70 % of the rows are trained on, 15 % (validation) decide when to stop, and 15 % (test) say how good the
    model is; --seed draws them. Before training, the gradient is checked.

    The model, its history, its scores and report.html, a page that tells all of it, are saved in a folder.
    Ctrl-C saves what was learnt until then. After it, kill -9 or a power failure, `chainrule train --resume
    FOLDER` goes on, and the result is the same to the last bit.

    \b
    Example:
      chainrule train wine.csv --target class -o wine-model
      chainrule train houses.csv --target price --hidden 64,64 --schedule cosine --folds 5
    """
    from chainrule.cli.training import Stopwatch, check_gradient, train_plan
    from chainrule.cli.training.choosing import cross_validate_plan, prepare_descent
    from chainrule.cli.training.page import PAGE, page_of, write_page, write_rate_test
    from chainrule.cli.training.report import (
        describe_check,
        describe_outcome,
        describe_plan,
        outcome_facts,
    )
    from chainrule.cli.training.running import interrupted, running
    from chainrule.cli.training.saving import finish_run
    from chainrule.runs import Run
    from chainrule.runs.reading import read_result

    folder = resume or output or Path(f"{table.stem}-model")
    if resume is None:
        require_model_free(folder, force)
    elif read_result(folder) is not None:
        _tell_finished(ctx, folder, table, choices, as_json)
        return
    clock = Stopwatch()
    with working(f"reading {table}"):
        plan = planned(ctx, table, choices)
    run = Run(folder, resume=resume is not None, every=checkpoint_every)
    kept = ctx.with_resource(running(run, table, options_to_keep(ctx, table, folder), force=force))
    screen = Screen(quiet=as_json)
    plan = prepare_descent(plan, screen, kept)
    describe_plan(screen, table, plan)
    clock.lap("reading and encoding")
    with working("checking the gradient"):
        check = check_gradient(plan)
    describe_check(screen, check)
    clock.lap("checking the gradient")
    cross_validated = cross_validate_plan(plan, screen, kept)
    outcome = train_plan(plan, kept)
    cut_off = outcome.history.stopped_by == "interrupt"
    if cut_off and not len(outcome.history):
        raise interrupted(run, "interrupted before the first epoch ended")
    facts = outcome_facts(plan, outcome) | cross_validated
    clock.lap("training")
    finish_run(kept, outcome, facts)
    describe_outcome(screen, outcome)
    with working(f"writing {PAGE}") as progress:
        page = page_of(
            plan, outcome.model, outcome.histories, check, facts, table.name, clock.seconds, progress
        )
        write_page(folder, page)
    pictures = ", ".join((*write_rate_test(folder, facts), PAGE))
    screen.say(f"saved     {folder}: model.json, model.safetensors, history.jsonl, {pictures}")
    screen.say(f"next      {command_line('predict', folder, table)}", style="bold")
    if as_json:
        emit_json({"table": str(table), **facts, "model": str(folder)})
    if cut_off:
        raise interrupted(run, f"interrupted: what was learnt until then is in {folder}")


def _tell_finished(
    ctx: click.Context, folder: Path, table: Path, choices: dict[str, Any], as_json: bool
) -> None:
    """Say that a run needs no resuming, and write its page where it was killed before it had one."""
    from chainrule.cli.rewriting import rewrite_page
    from chainrule.cli.training.page import PAGE, write_rate_test
    from chainrule.cli.training.running import say_finished
    from chainrule.io import read_manifest

    screen, facts = Screen(quiet=as_json), read_manifest(folder).training
    say_finished(folder, table, facts, screen)
    if not (folder / PAGE).exists():
        rewrite_page(ctx, folder, table, choices, folder / PAGE)
        pictures = ", ".join((*write_rate_test(folder, facts), PAGE))
        screen.say(f"saved     {folder}: {pictures}")
    if as_json:
        emit_json({"table": str(table), **facts, "model": str(folder)})
