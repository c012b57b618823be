"""A trained model in its folder, with how it was trained."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chainrule.cli.training.outcome import Outcome
from chainrule.io import append_history, save
from chainrule.runs import RunFolder
from chainrule.train.recording import finish

HISTORY = "history.jsonl"


def save_run(folder: Path, outcome: Outcome, facts: Mapping[str, Any]) -> None:
    """Save a trained model in a new folder, or in place of the model that is there.

    Raises:
        ArgumentError, ModelFileError: the folder cannot be written; nothing is then changed.
    """
    save(outcome.model, folder, training=facts)
    (folder / HISTORY).unlink(missing_ok=True)  # of the model that was replaced
    append_history(folder / HISTORY, *outcome.history.to_dicts())


def finish_run(run: RunFolder, outcome: Outcome, facts: Mapping[str, Any]) -> None:
    """Save a model in its run's folder, which is finished then, unless training was interrupted.

    Raises:
        ArgumentError, ModelFileError, RunError: the folder cannot be written.
    """
    save(outcome.model, run.path, training=facts)
    finish(run, *outcome.histories, scores={"test": facts["test"]})
    if run.finished:
        run.remove_parts()
