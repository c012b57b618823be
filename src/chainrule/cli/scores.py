"""How good predictions are, in words and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from chainrule.cli.screen import Screen
from chainrule.data import ClassScores, NumberScores

Scores = ClassScores | NumberScores
SHOWN_CLASSES = 12


def score_lines(scores: Scores) -> dict[str, str]:
    """Each score by its name, as text.

    >>> score_lines(NumberScores(r_squared=float("nan"), rmse=0.25))
    {'R²': 'undefined', 'RMSE': '0.25'}
    """
    if isinstance(scores, ClassScores):
        return {"accuracy": f"{scores.accuracy:.1%}", "log-loss": f"{scores.log_loss:.4f}"}
    defined = scores.r_squared == scores.r_squared  # it is NaN where all targets are equal
    return {"R²": f"{scores.r_squared:.4f}" if defined else "undefined", "RMSE": f"{scores.rmse:.5g}"}


def score_facts(scores: Scores) -> dict[str, Any]:
    """The same for machines, with the confusion matrix: a row for each true class."""
    return asdict(scores)


def show_confusion(screen: Screen, classes: Sequence[str], scores: ClassScores) -> None:
    """The confusion matrix, where it is small enough to read."""
    if len(classes) > SHOWN_CLASSES:
        screen.say(f"The confusion matrix of {len(classes)} classes is in --json.")
        return
    rows = [(name, *counts) for name, counts in zip(classes, scores.confusion.tolist(), strict=True)]
    screen.table(("true \\ predicted", *classes), rows)
