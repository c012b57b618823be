"""How good predictions are, in words and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from chainrule.cli.screen import Screen
from chainrule.data import ClassScores, Scores, ScoresByTarget

SHOWN_CLASSES = 12
#: What single numbers are called, and how they are written.
NUMBERS = {
    "r_squared": ("R²", ".4f"),
    "rmse": ("RMSE", ".5g"),
    "accuracy": ("accuracy", ".1%"),
    "log_loss": ("log-loss", ".4f"),
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
        return lines | _mean_lines(scores.mean)
    return fact_lines(score_facts(scores))


def fact_lines(facts: Mapping[str, Any]) -> dict[str, str]:
    """The text of scores that :func:`score_facts` wrote, as a file keeps them; of several targets the means.

    >>> fact_lines({"accuracy": 0.75, "log_loss": 0.5, "confusion": [[1, 1], [0, 2]]})
    {'accuracy': '75.0%', 'log-loss': '0.5000'}
    """
    if "mean" in facts:
        return _mean_lines(facts["mean"])
    return {word: _written(facts[name], form) for name, (word, form) in NUMBERS.items() if name in facts}


def _mean_lines(means: Mapping[str, Any]) -> dict[str, str]:
    return {f"mean {name}": line for name, line in fact_lines(means).items()}


def _written(value: Any, form: str) -> str:
    """A number; NaN, for which files have null, where all targets are equal."""
    return format(value, form) if isinstance(value, float | int) and value == value else "undefined"


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
        return {f"mean {NUMBERS[name][0]}": value for name, value in scores.mean.items()}
    return {word: getattr(scores, name) for name, (word, _) in NUMBERS.items() if hasattr(scores, name)}


def show_confusion(screen: Screen, classes: Sequence[str], scores: ClassScores) -> None:
    """The confusion matrix, where it is small enough to read."""
    if len(classes) > SHOWN_CLASSES:
        screen.say(f"The confusion matrix of {len(classes)} classes is in --json.")
        return
    rows = [(name, *counts) for name, counts in zip(classes, scores.confusion.tolist(), strict=True)]
    screen.table(("true \\ predicted", *classes), rows)
