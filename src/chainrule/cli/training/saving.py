"""A run's folder: the model, how it was trained, and its history."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chainrule.cli.training.outcome import Outcome
from chainrule.io import append_history, save

HISTORY = "history.jsonl"


def save_run(folder: Path, outcome: Outcome, facts: Mapping[str, Any]) -> None:
    """Save a trained model in a new folder, or in place of the model that is there.

    Raises:
        ArgumentError, ModelFileError: the folder cannot be written; nothing is then changed.
    """
    save(outcome.model, folder, training=facts)
    (folder / HISTORY).unlink(missing_ok=True)  # of the model that was replaced
    append_history(folder / HISTORY, *outcome.history.to_dicts())
