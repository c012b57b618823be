"""What there is to say of runs: how far each has come, and how good it is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ModelFileError, RunError
from ..io import read_history
from .lock import in_use
from .reading import HISTORY, RECORD, read_record, read_result
from .record import RunRecord

COLUMNS = ("loss", "validation_loss", "seconds")
#: How far below a folder runs are looked for.
DEEPEST = 3


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One run.

    Args:
        path: its folder.
        status: ``"finished"``, ``"running"`` (a process holds the folder), ``"interrupted"`` (Ctrl-C, kill
            -9, or whatever else ended it), or ``"damaged"``.
        began: when, UTC, ISO 8601.
        epochs: how many are complete.
        seconds: that they took.
        stopped_by: why a finished one ended; what is wrong with a damaged one.
        metrics: losses of the best epoch, and the scores on test rows where there were any.
        settings: everything that the result depends on: configuration, options of the command line,
            data and environment, by name.
    """

    path: str
    status: str
    began: str | None = None
    epochs: int = 0
    seconds: float = 0.0
    stopped_by: str | None = None
    metrics: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """What JSON can hold."""
        return asdict(self)


def list_runs(folder: str | os.PathLike[str]) -> list[RunSummary]:
    """The run in a folder, or all runs in the folders below it, the oldest first.

    Args:
        folder: where to look, and three folders down.

    Returns:
        A summary of each; one that cannot be read is among them, as damaged.

    Raises:
        RunError: there is no such folder.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     list_runs(folder)
    []
    """
    path = Path(folder)
    if not path.is_dir():
        raise RunError(f"there is no folder {path}")
    return sorted(map(summarise, _found(path, DEEPEST)), key=lambda run: (run.began or "", run.path))


def summarise(path: Path) -> RunSummary:
    """The run in a folder."""
    try:
        return _summary(path, read_record(path))
    except (RunError, ModelFileError) as error:
        return RunSummary(str(path), "damaged", stopped_by=error.given)


def _summary(path: Path, record: RunRecord) -> RunSummary:
    result = read_result(path)
    held = in_use(path)
    if result is None:
        status, stopped_by, (epochs, seconds, metrics) = "interrupted", None, _so_far(path)
    else:
        status, stopped_by = "finished", result.stopped_by
        epochs, seconds, metrics = result.epochs, result.seconds, result.metrics
    return RunSummary(
        str(path),
        "running" if held else status,
        record.began,
        epochs,
        seconds,
        stopped_by,
        metrics,
        {
            **record.configuration,
            "command": record.command,
            "data": record.data,
            "environment": record.environment,
        },
    )


def _so_far(path: Path) -> tuple[int, float, dict[str, Any]]:
    """Epochs, seconds and losses of a run that has not finished, from its history."""
    records = read_history(path / HISTORY) if (path / HISTORY).exists() else []
    columns = {name: [_number(record.get(name)) for record in records] for name in COLUMNS}
    watched = columns["loss" if np.isnan(columns["validation_loss"]).all() else "validation_loss"]
    if not records:
        return 0, 0.0, {}
    best = int(np.argmin(np.nan_to_num(watched, nan=np.inf)))
    losses = {name: records[best].get(name) for name in ("loss", "validation_loss")}
    return len(records), float(np.nansum(columns["seconds"])), {"best_epoch": best + 1, **losses}


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else np.nan


def _found(folder: Path, deepest: int) -> Iterator[Path]:
    if (folder / RECORD).exists():
        yield folder
        return
    if deepest:
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
            if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                yield from _found(folder / entry.name, deepest - 1)
