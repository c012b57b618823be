"""Whether a table is the one that a model was trained on, whose scores then say too much."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from chainrule.cli.scores import fact_lines
from chainrule.data.wording import count_rows, counted
from chainrule.io import read_manifest
from chainrule.runs import file_fingerprint
from chainrule.runs.reading import RECORD, read_record

PARTS = ("train", "validation", "test")


def trained_rows(model: Path, table: Path) -> dict[str, Any] | None:
    """How many rows each part of a table has and the scores of the test rows, if a model was trained on it.

    ``None`` where it was not, or where the model's folder does not tell.

    Raises:
        RunError, ModelFileError: the folder's files are damaged.
    """
    if not (model / RECORD).is_file() or not table.is_file():  # saved without a run; a pipe
        return None
    known = read_record(model).data.get("the table", "")
    if not known.startswith(f"{table.stat().st_size} ") or known != file_fingerprint(table):
        return None
    facts = read_manifest(model).training
    rows, scores = facts.get("rows"), facts.get("test")
    told = isinstance(rows, dict) and all(type(rows.get(part)) is int for part in PARTS)
    return {"rows": rows, "test": scores} if told and isinstance(scores, dict) else None


def trained_remark(found: dict[str, Any]) -> str:
    """What a reader of the scores of such a table should know."""
    train, validation, test = (found["rows"][part] for part in PARTS)
    alone = ", ".join(f"{name} {value}" for name, value in fact_lines(found["test"]).items())
    return (
        f"scores: the model was trained on {count_rows(train)} of this very table, and {validation:,} more "
        f"chose when to stop; of the {counted(test, 'test row')} alone: {alone}"
    )
