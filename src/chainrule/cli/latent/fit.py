"""``chainrule latent fit``: a density of a table's rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chainrule.cli.destination import require_model_free
from chainrule.cli.group import Interrupted
from chainrule.cli.invocation import command_line
from chainrule.cli.latent.names import MODEL_NAMES, as_order
from chainrule.cli.latent.reading import note_remarks, read_numbers, reading, table_options
from chainrule.cli.numbers import Number, WholeNumber
from chainrule.cli.options import PATH, force_option, json_option, output_option, seed_option
from chainrule.cli.screen import Screen, emit_json, working
from chainrule.errors import DataError

if TYPE_CHECKING:
    from chainrule.cli.latent.density import Model
    from chainrule.data import Table
    from chainrule.train import History


@click.command(short_help="Fit a density to a table.")
@click.argument("table", type=PATH)
@click.option(
    "--model",
    "kind",
    type=click.Choice(MODEL_NAMES),
    default="ppca",
    show_default=True,
    help="Which density; `chainrule latent compare` tells which describes a table best.",
)
@click.option(
    "--components",
    callback=as_order,
    metavar="K",
    help="Dimensions of the latent space: a number; for ppca also a share of the variance such as 0.9, or "
    "bic, minka or cv to have them chosen.  [default: 2]",
)
@click.option("--size", type=WholeNumber(min=1), help="Components of a mixture.  [default: 3]")
@click.option(
    "--rotation", type=click.Choice(["varimax"]), help="Latent variables that speak of few columns each."
)
@click.option(
    "--test",
    type=Number(0, 0.9),
    default=0.2,
    show_default=True,
    help="The fraction of the rows to hold out; 0 fits all.",
)
@click.option(
    "--stream",
    is_flag=True,
    help="Read the file piece by piece, however large it is; fits all rows. Rows with empty cells are kept.",
)
@output_option("Folder of the model.  [default: TABLE-MODEL, such as wine-ppca]")
@table_options
@seed_option
@json_option
@force_option
def fit(
    table: Path,
    kind: str,
    test: float,
    stream: bool,
    output: Path | None,
    seed: int,
    as_json: bool,
    force: bool,
    **choices: Any,
) -> None:
    """Fit a density to the rows of TABLE by maximum likelihood, and say how likely held-out rows are.

    Empty cells are missing values: they are integrated over. Probabilistic PCA and mixtures of it look at
    variances, so columns should have one unit, or be of like size. Of a VAE or a flow, Ctrl-C saves what was
    learnt until then.

    \b
    Example:
      chainrule latent fit wine.csv --drop class --components 5 -o wine-ppca
    """
    from chainrule.cli.latent.models import Choices, make_model

    folder = output or Path(f"{table.stem}-{kind}")
    asked = reading(choices)
    wanted = Choices(**choices, seed=seed)
    model = make_model(kind, wanted)
    require_model_free(folder, force)
    with working(f"fitting {table}"):
        found = _streamed(model, table, asked) if stream else _fitted(model, table, asked, wanted, test, seed)
    history: History | None = getattr(model, "history", None)  # of those that are trained epoch by epoch
    epochs = None if history is None or history.stopped_by != "interrupt" else len(history)
    if epochs == 0:
        raise Interrupted("interrupted before the first epoch ended: nothing is saved")
    found |= {"seed": seed} | ({} if history is None else {"stopped_by": history.stopped_by})
    model.save(folder, training=found)
    if as_json:
        emit_json({"table": str(table), **found, "model": str(folder)})
    else:
        _tell(table, model, found, folder)
    if epochs is not None:
        raise Interrupted(f"interrupted after {epochs} epochs: what was learnt until then is in {folder}")


def _fitted(
    model: Model, table: Path, asked: dict[str, Any], wanted: Any, test: float, seed: int
) -> dict[str, Any]:
    from chainrule.cli.latent.density import require_complete
    from chainrule.cli.latent.models import require_fewer
    from chainrule.data import split_rows

    numbers = read_numbers(table, **asked)
    require_fewer(model, wanted, len(numbers.columns))
    require_complete(model, numbers)
    seen, unseen = (numbers.take(part) for part in split_rows(len(numbers), (1 - test, test), seed))
    model.fit(seen)
    note_remarks(numbers)
    return _facts(model, len(seen), len(unseen), _mean(model, seen), _mean(model, unseen))


def _streamed(model: Model, table: Path, asked: dict[str, Any]) -> dict[str, Any]:
    """A fit to a file that is read once, and a second time for the likelihood."""
    from chainrule.latent.streaming import MomentModel

    if not isinstance(model, MomentModel):
        raise click.UsageError("--stream is for --model ppca, gaussian, factor-analysis.")
    count = 0

    def pieces() -> Iterator[Table]:
        from chainrule.cli.latent.density import require_numbers
        from chainrule.data import scan_table

        nonlocal count
        count = 0
        for piece in scan_table(table, **asked):
            count += len(piece)
            yield require_numbers(piece)

    model.fit(pieces())
    return _facts(model, count, 0, _mean(model, pieces()), None)


def _facts(
    model: Model, seen: int, unseen: int, train: float | None, held_out: float | None
) -> dict[str, Any]:
    kind, config, _ = model.to_state()
    plain = {
        key: value for key, value in config.items() if isinstance(value, int | float | str | list | None)
    }
    return {
        "kind": kind,
        **plain,
        "rows": {"train": seen, "test": unseen},
        "log_likelihood": {"train": train, "test": held_out},
    }


def _mean(model: Model, rows: Any) -> float | None:
    """Nats per row; ``None`` without rows, or where the fitted rows lie in a plane and have no density."""
    try:
        return model.score(rows)
    except DataError:
        return None


def _tell(table: Path, model: Model, found: dict[str, Any], folder: Path) -> None:
    screen = Screen()
    screen.say(f"{table}: {sum(found['rows'].values())} rows of {model.n_features} numbers")
    screen.say(f"model     {model}")
    header = ("", "rows", "log-likelihood (nats a row)")
    rows = []
    for part, value in found["log_likelihood"].items():
        rows.append((part, found["rows"][part], "none" if value is None else f"{value:.4f}"))
    screen.table(header, rows)
    if found["log_likelihood"]["train"] is None:
        screen.say("The rows lie in a plane, so they have no density; sampling works.")
    if found.get("converged") is False:
        screen.say("EM did not come to its end: the likelihood may still rise a little.")
    screen.say(f"saved     {folder}: model.json, model.safetensors")
    screen.say(f"next      {command_line('latent', 'sample', folder, '-n', 5)}", style="bold")
