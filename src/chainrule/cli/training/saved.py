"""What a run's folder keeps of a training: the model, how it was trained, and its history."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.cli.invocation import command_line
from chainrule.cli.loading import load_model
from chainrule.data import TableModel
from chainrule.errors import RunError
from chainrule.io import read_history, read_manifest
from chainrule.io.folder import MANIFEST
from chainrule.runs.reading import HISTORY
from chainrule.train import History

COLUMNS = ("loss", "validation_loss", "learning_rate", "seconds")
NEEDED = ("epochs", "stopped_by", "best_epoch", "validation_loss", "network", "settings")


@dataclass(frozen=True, slots=True, eq=False)
class Saved:
    """A model as it was saved.

    Args:
        model: the model.
        histories: the epochs that it was trained for, of each network of an ensemble.
        facts: how it was trained, of ``model.json``.
    """

    model: TableModel
    histories: tuple[History, ...]
    facts: dict[str, Any]


def read_saved(folder: Path) -> Saved:
    """The model in a run's folder, with its history.

    Raises:
        RunError: none is saved yet, or it is not that of the run.
        ModelFileError: a file is damaged.
    """
    go_on = command_line("train", "--resume", folder)
    if not (folder / MANIFEST).exists():
        raise RunError(f"the run in {folder} has not saved its model yet", instead=go_on)
    model, facts = load_model(folder, TableModel, "chainrule train"), read_manifest(folder).training
    networks = facts.get("members") or [facts]
    if not all(name in facts for name in NEEDED) or not _complete(networks):
        raise RunError(f"{folder / MANIFEST} does not say how its model was trained", instead=go_on)
    records, histories = read_history(folder / HISTORY), []
    for number, own in enumerate(networks, start=1):
        of_network = [each for each in records if each.get("network", 1) == number][: own["epochs"]]
        best = next((each for each in of_network if each.get("epoch") == own["best_epoch"]), {})
        if len(of_network) < own["epochs"] or best.get("validation_loss") != own["validation_loss"]:
            said = f"the model in {folder} is not that of the run in {folder / HISTORY}"
            raise RunError(said, instead=go_on)
        try:
            histories.append(_history(of_network, own["stopped_by"]))
        except (TypeError, ValueError, OverflowError):
            raise RunError(f"{folder / HISTORY} has losses that are no numbers", instead=go_on) from None
    return Saved(model, tuple(histories), facts)


def _complete(networks: Any) -> bool:
    """Whether each is told of as a training is."""
    return isinstance(networks, list) and all(
        isinstance(own, dict)
        and all(name in own for name in NEEDED[:4])
        and type(own["epochs"]) is int
        and own["epochs"] > 0
        and isinstance(own["stopped_by"], str)
        for own in networks
    )


def _history(records: list[dict[str, Any]], stopped_by: str) -> History:
    loss, validation, rate, seconds = (
        np.array([_number(each.get(name)) for each in records]) for name in COLUMNS
    )
    return History(loss, validation, rate, seconds, stopped_by)


def _number(value: Any) -> float:
    """A number that JSON has null for where it is not finite."""
    return float("nan") if value is None else float(value)
