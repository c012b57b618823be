"""How good predictions are, in words and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from chainrule.cli.screen import Screen
from chainrule.data import ClassScores, Scores, ScoresByTarget

SHOWN_CLASSES = 12
#: Means over several targets: what they are called, and how they are written.
MEANS = {
    "r_squared": ("mean R²", ".4f"),
    "accuracy": ("mean accuracy", ".1%"),
    "log_loss": ("mean log-loss", ".4f"),
}


def score_lines(scores: Scores) -> dict[str, str]:
    """Each score by its name, as text.

    >>> from chainrule.data import NumberScores
    >>> score_lines(NumberScores(r_squared=float("nan"), rmse=0.25))
    {'R²': 'undefined', 'RMSE': '0.25'}
    """
    if isinstance(scores, ScoresByTarget):
        each = scores.targets.items()
        lines = {f"{target}: {name}": line for target, own in each for name, line in score_lines(own).items()}
        return lines | {MEANS[name][0]: format(value, MEANS[name][1]) for name, value in scores.mean.items()}
    if isinstance(scores, ClassScores):
        return {"accuracy": f"{scores.accuracy:.1%}", "log-loss": f"{scores.log_loss:.4f}"}
    defined = scores.r_squared == scores.r_squared  # it is NaN where all targets are equal
    return {"R²": f"{scores.r_squared:.4f}" if defined else "undefined", "RMSE": f"{scores.rmse:.5g}"}


def score_facts(scores: Scores) -> dict[str, Any]:
    """The same for machines, with the confusion matrix: a row for each true class."""
    if isinstance(scores, ScoresByTarget):
        return {"targets": {name: asdict(own) for name, own in scores.targets.items()}, "mean": scores.mean}
    return asdict(scores)


def score_numbers(scores: Scores) -> dict[str, float]:
    """The scores that are single numbers, by their names; of several targets their means.

    >>> from chainrule.data import NumberScores
    >>> score_numbers(NumberScores(r_squared=0.5, rmse=0.25))
    {'R²': 0.5, 'RMSE': 0.25}
    """
    if isinstance(scores, ScoresByTarget):
        return {MEANS[name][0]: value for name, value in scores.mean.items()}
    if isinstance(scores, ClassScores):
        return {"accuracy": scores.accuracy, "log-loss": scores.log_loss}
    return {"R²": scores.r_squared, "RMSE": scores.rmse}


def show_confusion(screen: Screen, classes: Sequence[str], scores: ClassScores) -> None:
    """The confusion matrix, where it is small enough to read."""
    if len(classes) > SHOWN_CLASSES:
        screen.say(f"The confusion matrix of {len(classes)} classes is in --json.")
        return
    rows = [(name, *counts) for name, counts in zip(classes, scores.confusion.tolist(), strict=True)]
    screen.table(("true \\ predicted", *classes), rows)
