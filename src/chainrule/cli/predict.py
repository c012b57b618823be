"""``chainrule predict``: a saved model's predictions for a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chainrule.cli.destination import require_file_writable
from chainrule.cli.loading import load_model
from chainrule.cli.options import PATH, json_option, output_option, stream_option
from chainrule.cli.screen import emit_bytes, emit_json, note, working
from chainrule.cli.spread import spreads
from chainrule.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chainrule.data import Scores, SeveralTargets, Table, TableModel


@click.command(short_help="Predict for every row of a table.")
@click.argument("model", type=PATH)
@click.argument("table", type=PATH)
@output_option("CSV file to write.  [default: standard output]")
@stream_option
@json_option
@click.pass_context
def predict(
    ctx: click.Context, /, model: Path, table: Path, output: Path | None, stream: bool, as_json: bool
) -> None:
    """Predict for every row of TABLE with a MODEL that `chainrule train` saved.

    The result has a column `prediction` and, for classes, each class's probability. Of an ensemble, a
    column `spread` has the standard deviation over its networks: of the number, or of the predicted class's
    probability. A model of several targets gives a column `prediction(TARGET)` for each, and of two classes
    the second's probability. Where TABLE has the target columns too, the predictions are scored.

    \b
    Example:
      chainrule predict wine-model new-wines.csv -o predictions.csv
    """
    from chainrule.cli.reading import open_table
    from chainrule.data import TableModel
    from chainrule.io import atomic_write

    if output:
        require_file_writable(output, table)
    loaded: TableModel = load_model(model, TableModel, "chainrule train")
    with working(f"predicting for {table}"):
        opened = ctx.with_resource(open_table(table, loaded.kinds, loaded.missing_words, stream))
        rows = opened.rows
        columns, remarks = prediction_columns(loaded, rows), loaded.encoder.remarks(rows)
        columns |= spreads(loaded, rows)
        scores = _scores(loaded, rows)
    if output:
        atomic_write(output, _csv(columns))
    for remark in remarks:
        note(remark)
    if as_json:
        emit_json(_facts(len(rows), columns, scores, output) | {"remarks": remarks})
    elif not output:
        emit_bytes(_csv(columns))
    if not as_json:
        _tell(len(rows), scores, output)


def prediction_columns(model: TableModel, table: Table) -> dict[str, Any]:
    """The predictions and the classes' probabilities by column name, each of shape (rows,)."""
    from chainrule.data import ClassTarget, SeveralTargets

    target = model.target
    if isinstance(target, SeveralTargets):
        return _several_columns(target, model.outputs(table))
    if not isinstance(target, ClassTarget):
        return {"prediction": model.predict(table)}
    probabilities = model.probabilities(table)
    named = {f"p({name})": probabilities[:, k] for k, name in enumerate(target.classes)}
    return {"prediction": target.decode(probabilities.argmax(axis=1)), **named}


def _several_columns(target: SeveralTargets, outputs: NDArray[Any]) -> dict[str, Any]:
    """A prediction for each target, and of two classes the probability of the second."""
    from chainrule.data import ClassTarget

    columns: dict[str, Any] = {}
    values = target.decode(outputs)
    for k, single in enumerate(target.singles):
        columns[f"prediction({single.name})"] = values[:, k]
        if isinstance(single, ClassTarget):
            columns[f"p({single.name}={single.classes[1]})"] = outputs[:, k]
    return columns


def _scores(model: TableModel, table: Table) -> Scores | None:
    """The scores, where the table has the target too; what is wrong with it is no reason not to predict."""
    from chainrule.data import target_names

    if not set(target_names(model.target)) & set(table.names):
        return None
    try:
        return model.score(table)
    except DataError as error:
        note(f"not scored: {error.one_line()}")
        return None


def _csv(columns: dict[str, Any]) -> bytes:
    from chainrule.cli.csv_text import csv_bytes

    return csv_bytes(list(columns), columns.values())


def _facts(rows: int, columns: dict[str, Any], scores: Scores | None, output: Path | None) -> dict[str, Any]:
    from chainrule.cli.scores import score_facts

    found: dict[str, Any] = {"rows": rows}
    found |= {"output": str(output)} if output else {"columns": columns}
    return found | {"scores": score_facts(scores) if scores else None}


def _tell(rows: int, scores: Scores | None, output: Path | None) -> None:
    from chainrule.cli.scores import score_lines

    parts = [f"{rows} rows predicted"]
    if output:
        parts.append(f"written to {output}")
    if scores:
        parts.append(", ".join(f"{name} {value}" for name, value in score_lines(scores).items()))
    note("; ".join(parts))
