"""``chainrule latent compare``: which density describes a table best."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chainrule.cli.latent.reading import note_remarks, read_numbers, reading, table_options
from chainrule.cli.numbers import Number, WholeNumber
from chainrule.cli.options import PATH, json_option, seed_option
from chainrule.cli.screen import Screen, emit_json

if TYPE_CHECKING:
    from chainrule.latent import Comparison


@click.command(short_help="Which density describes a table best.")
@click.argument("table", type=PATH)
@click.option(
    "--folds", type=WholeNumber(min=2), default=5, show_default=True, help="Parts held out in turn."
)
@click.option("--only", multiple=True, metavar="MODEL", help="One of the models; repeatable.  [default: all]")
@click.option(
    "--seconds",
    type=Number(0, min_open=True),
    help="Leave out a model whose fits would take longer.  [default: no limit]",
)
@table_options
@seed_option
@json_option
def compare(
    table: Path,
    folds: int,
    only: tuple[str, ...],
    seconds: float | None,
    seed: int,
    as_json: bool,
    **choices: Any,
) -> None:
    """Fit a Gaussian, PPCA, factor analysis, a mixture, a VAE and a flow to parts of TABLE, and say how
    likely the rows held out are under each, best first.

    Columns are standardised by the rows that are fitted; likelihoods are in the table's own units, so the
    models compare. A difference of less than two of its standard errors says little.

    \b
    Example:
      chainrule latent compare wine.csv --drop class
    """
    from chainrule.arguments import find
    from chainrule.latent import CANDIDATES
    from chainrule.latent import compare as compare_models

    chosen = {name: find(CANDIDATES, name, "model") for name in only or CANDIDATES}
    numbers = read_numbers(table, **reading(choices))
    with _progress(len(chosen) * folds) as report:
        found = compare_models(
            numbers, chosen, folds=folds, seed=seed, seconds=seconds or math.inf, report=report
        )
    note_remarks(numbers)
    if as_json:
        emit_json(
            {"table": str(table), "folds": folds, "seed": seed, "models": [asdict(each) for each in found]}
        )
    else:
        _tell(Screen(), table, folds, found)


@contextmanager
def _progress(fits: int) -> Iterator[Callable[[str, int], None]]:
    """A bar of the fits on standard error, where that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=fits)
        done = 0

        def report(name: str, fold: int) -> None:
            nonlocal done
            bar.update(task, completed=done, description=f"{name}, fold {fold + 1}")
            done += 1

        yield report


def _tell(screen: Screen, table: Path, folds: int, found: list[Comparison]) -> None:
    screen.say(f"{table}: held-out log-likelihood, nats a row, {folds} folds")
    header = ("model", "mean", "± s.e.", "behind", "± s.e.", "seconds")
    screen.table(header, [_line(each) for each in found])
    for each in found:
        if each.problem:
            screen.say(f"{each.name}: {each.problem}")


def _line(each: Comparison) -> tuple[Any, ...]:
    numbers = (each.mean, each.standard_error, each.behind, each.behind_error)
    return (
        each.name,
        *("none" if value is None else f"{value:.3f}" for value in numbers),
        f"{each.seconds:.1f}",
    )
