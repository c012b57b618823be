"""``chainrule predict``: a saved model's predictions for a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chainrule.cli.destination import require_file_writable
from chainrule.cli.loading import load_model
from chainrule.cli.options import PATH, json_option, layout_options, output_option, stream_option
from chainrule.cli.screen import emit_bytes, emit_json, note, working
from chainrule.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from chainrule.data import Scores, SeveralTargets, Table, TableModel


@click.command(short_help="Predict for every row of a table.")
@click.argument("model", type=PATH)
@click.argument("table", type=PATH)
@output_option("CSV file to write.  [default: standard output]")
@stream_option
@layout_options
@json_option
@click.pass_context
def predict(
    ctx: click.Context,
    /,
    model: Path,
    table: Path,
    output: Path | None,
    stream: bool,
    as_json: bool,
    **layout: Any,
) -> None:
    """Predict for every row of TABLE with a MODEL that `chainrule train` saved.

    The result has a column `prediction` and, for classes, each class's probability. Of an ensemble, a
    column `spread` has the standard deviation over its networks: of the number, or of the predicted class's
    probability. A model of several targets gives a column `prediction(TARGET)` for each, and of two classes
    the second's probability. Where TABLE has the target columns too, the predictions of the rows that
    have a target are scored; where it is the very table that MODEL was trained on, so it is said.

    There is one prediction for each row of TABLE, in its order: a row without any value has an empty one.

    \b
    Example:
      chainrule predict wine-model new-wines.csv -o predictions.csv
    """
    from chainrule.cli.reading import open_table
    from chainrule.cli.spread import spreads
    from chainrule.cli.trained_rows import trained_remark, trained_rows
    from chainrule.data import TableModel
    from chainrule.io import atomic_write

    if output:
        require_file_writable(output, table)
    loaded: TableModel = load_model(model, TableModel, "chainrule train")
    with working(f"predicting for {table}"):
        opened = ctx.with_resource(open_table(table, loaded.kinds, loaded.missing_words, stream, **layout))
        rows = opened.rows
        columns = prediction_columns(loaded, rows) | spreads(loaded, rows)
        columns = {name: beside_blank_rows(values, rows.blank_rows) for name, values in columns.items()}
        remarks = [*rows.notes, *_blank_remark(rows), *loaded.encoder.remarks(rows)]
        scores, scored = _scores(loaded, rows)
        trained = trained_rows(model, table) if scores else None
    if output:
        atomic_write(output, _csv(columns))
    for remark in remarks:
        note(remark)
    if as_json:
        facts = _facts(len(rows), columns, scores, output) | {"scored_rows": scored, "trained_on": trained}
        emit_json(facts | {"blank_rows": rows.blank_rows.tolist(), "remarks": remarks})
    elif not output:
        emit_bytes(_csv(columns))
    if not as_json:
        _tell(len(rows), scores, scored, output)
        if trained:
            note(trained_remark(trained))


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


def beside_blank_rows(values: NDArray[Any], blank: NDArray[np.int64]) -> NDArray[Any]:
    """Predictions at the places of their rows, with none (NaN, or ``None``) where a row has no value.

    Args:
        values: of the other rows, in order.
        blank: the numbers of the blank rows, from 1.

    >>> import numpy as np
    >>> beside_blank_rows(np.array(["yes", "no"]), np.array([2])).tolist()
    ['yes', None, 'no']
    """
    import numpy as np

    if not len(blank):
        return values
    given = np.ones(len(values) + len(blank), dtype=bool)
    given[blank - 1] = False
    floats = values.dtype.kind == "f"
    placed = np.full(len(given), np.nan if floats else None, dtype=values.dtype if floats else object)
    placed[given] = values
    return placed


def _blank_remark(table: Table) -> list[str]:
    from chainrule.data.wording import count_rows

    count = len(table.blank_rows)
    if not count:
        return []
    first = f"the first is data row {table.blank_rows[0]}"
    return [f"{count_rows(count)} without any value, without a prediction; {first}"]


def _scores(model: TableModel, table: Table) -> tuple[Scores | None, int]:
    """The scores of the rows that have a target which the model knows, and how many those are.

    What is wrong with the target is no reason not to predict.
    """
    from chainrule.data import target_names
    from chainrule.data.scoring import rows_to_score

    names = target_names(model.target)
    if not set(names) & set(table.names):
        return None, 0
    try:
        rows, left_out = rows_to_score(model.target, table)
        scores = model.score(table, rows)
    except DataError as error:
        note(f"not scored: {error.one_line()}")
        return None, 0
    for said in left_out:
        note(f"scores: {said}")
    return scores, len(rows)


def _csv(columns: dict[str, Any]) -> bytes:
    from chainrule.cli.csv_text import csv_bytes

    return csv_bytes(list(columns), columns.values())


def _facts(rows: int, columns: dict[str, Any], scores: Scores | None, output: Path | None) -> dict[str, Any]:
    from chainrule.cli.scores import score_facts

    found: dict[str, Any] = {"rows": rows}
    found |= {"output": str(output)} if output else {"columns": columns}
    return found | {"scores": score_facts(scores) if scores else None}


def _tell(rows: int, scores: Scores | None, scored: int, output: Path | None) -> None:
    from chainrule.cli.scores import score_lines
    from chainrule.data.wording import count_rows

    parts = [f"{count_rows(rows)} predicted"]
    if output:
        parts.append(f"written to {output}")
    if scores:
        among = "" if scored == rows else f"of {count_rows(scored)}: "
        parts.append(among + ", ".join(f"{name} {value}" for name, value in score_lines(scores).items()))
    note("; ".join(parts))
