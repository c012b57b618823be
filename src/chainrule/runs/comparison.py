"""Runs side by side: the settings in which they differ, and how good they are."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ArgumentError, RunError
from .differences import ABSENT, flat
from .summary import RunSummary, summarise


@dataclass(frozen=True, slots=True)
class RunComparison:
    """Runs side by side.

    Args:
        runs: in the order in which they were given.
        settings: by name, the value of each run, for those settings in which not all are alike.
        metrics: by name, the number of each run.
    """

    runs: tuple[RunSummary, ...]
    settings: dict[str, tuple[Any, ...]]
    metrics: dict[str, tuple[Any, ...]]

    def to_dict(self) -> dict[str, Any]:
        """What JSON can hold."""
        paths = [run.path for run in self.runs]
        return {"runs": paths, "settings": dict(self.settings), "metrics": dict(self.metrics)}


def compare_runs(folders: Sequence[str | os.PathLike[str]]) -> RunComparison:
    """Compare runs.

    Args:
        folders: of two runs or more.

    Raises:
        ArgumentError: fewer than two.
        RunError: one has no run, or a damaged one.
    """
    if len(folders) < 2:
        raise ArgumentError(f"{len(folders)} run to compare", expected="two or more")
    runs = tuple(summarise(Path(folder)) for folder in folders)
    for run in runs:
        if run.status == "damaged":
            raise RunError(run.stopped_by or f"{run.path} is damaged")
    settings = _aligned([run.settings for run in runs])
    measured = [
        {"status": run.status, "epochs": run.epochs, "seconds": run.seconds, **run.metrics} for run in runs
    ]
    plain = {
        name: row for name, row in _aligned(measured).items() if not any(isinstance(x, list) for x in row)
    }
    return RunComparison(
        runs, {name: row for name, row in settings.items() if any(each != row[0] for each in row)}, plain
    )


def _aligned(columns: list[dict[str, Any]]) -> dict[str, tuple[Any, ...]]:
    flattened = [flat(column) for column in columns]
    names = dict.fromkeys(name for column in flattened for name in column)
    return {name: tuple(column.get(name, ABSENT) for column in flattened) for name in names}
