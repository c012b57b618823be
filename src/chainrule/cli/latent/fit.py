"""``chainrule latent fit``: a density of a table's rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from chainrule.cli.destination import require_model_free
from chainrule.cli.invocation import command_line
from chainrule.cli.options import PATH, drop_option, force_option, json_option, output_option, seed_option
from chainrule.cli.screen import Screen, emit_json, working
from chainrule.errors import ArgumentError, DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chainrule.cli.latent.density import Density, Model
    from chainrule.data import Table


@click.command(short_help="Fit a density to a table.")
@click.argument("table", type=PATH)
@click.option(
    "--model",
    "kind",
    type=click.Choice(["ppca", "gaussian"]),
    default="ppca",
    show_default=True,
    help="Probabilistic PCA, or a Gaussian with a full covariance.",
)
@click.option(
    "--components", type=click.IntRange(min=0), help="Dimensions of the latent space of ppca.  [default: 2]"
)
@click.option(
    "--test",
    type=click.FloatRange(0, 0.9),
    default=0.2,
    show_default=True,
    help="The fraction of the rows to hold out; 0 fits all.",
)
@output_option("Folder of the model.  [default: TABLE-ppca or TABLE-gaussian]")
@drop_option
@seed_option
@json_option
@force_option
def fit(
    table: Path,
    kind: Literal["ppca", "gaussian"],
    components: int | None,
    test: float,
    output: Path | None,
    drop: tuple[str, ...],
    seed: int,
    as_json: bool,
    force: bool,
) -> None:
    """Fit a density to the rows of TABLE by maximum likelihood, and say how likely held-out rows are.

    Probabilistic PCA looks at variances, so columns should have one unit, or be of like size.

    \b
    Example:
      chainrule latent fit wine.csv --drop class --components 5 -o wine-ppca
    """
    from chainrule.cli.latent.density import Density, require_numbers, save_density
    from chainrule.data import read_table, split_rows

    folder = output or Path(f"{table.stem}-{kind}")
    components = _components(kind, components)
    model = _make(components)
    require_model_free(folder, force)
    with working(f"fitting {table}"):
        numbers = require_numbers(read_table(table).drop(*drop))
        _require_fewer(components, numbers)
        rows = numbers.matrix()
        seen, unseen = split_rows(len(rows), (1 - test, test), seed)
        density = Density(model.fit(rows[seen]), numbers.names)
    found = _facts(density, rows[seen], rows[unseen]) | {"seed": seed}
    save_density(density, folder, found)
    if as_json:
        emit_json({"table": str(table), **found, "model": str(folder)})
    else:
        _tell(table, density, found, folder)


def _components(kind: str, asked: int | None) -> int | None:
    """How many to fit: 2 for PPCA unless told otherwise, ``None`` for a Gaussian."""
    if kind == "ppca":
        return 2 if asked is None else asked
    if asked is not None:
        raise click.UsageError("--components is for --model ppca: a Gaussian has none.")
    return None


def _make(components: int | None) -> Model:
    from chainrule.latent import PPCA, Gaussian

    return Gaussian() if components is None else PPCA(components)


def _require_fewer(components: int | None, numbers: Table) -> None:
    columns = len(numbers.columns)
    if components is not None and components >= columns:
        raise ArgumentError(
            f"--components {components} for {columns} columns",
            expected=f"{columns - 1} at most",
            instead="--model gaussian for the full covariance",
        )


def _facts(density: Density, seen: NDArray[Any], unseen: NDArray[Any]) -> dict[str, Any]:
    kind, config, _ = density.model.to_state()
    return {
        "kind": kind,
        **config,
        "columns": list(density.columns),
        "rows": {"train": len(seen), "test": len(unseen)},
        "log_likelihood": {"train": _mean(density, seen), "test": _mean(density, unseen)},
    }


def _mean(density: Density, rows: NDArray[Any]) -> float | None:
    """Nats per row; ``None`` without rows, or where the fitted rows lie in a plane and have no density."""
    try:
        return density.model.score(rows) if len(rows) else None
    except DataError:
        return None


def _tell(table: Path, density: Density, found: dict[str, Any], folder: Path) -> None:
    screen = Screen()
    screen.say(f"{table}: {sum(found['rows'].values())} rows of {len(density.columns)} numbers")
    screen.say(f"model     {density.model}")
    header = ("", "rows", "log-likelihood (nats a row)")
    rows = []
    for part, value in found["log_likelihood"].items():
        rows.append((part, found["rows"][part], "none" if value is None else f"{value:.4f}"))
    screen.table(header, rows)
    if found["log_likelihood"]["train"] is None:
        screen.say("The rows lie in a plane, so they have no density; sampling works.")
    screen.say(f"saved     {folder}: model.json, model.safetensors")
    screen.say(f"next      {command_line('latent', 'sample', folder, '-n', 5)}", style="bold")
