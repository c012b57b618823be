"""Scores in a table."""

from __future__ import annotations

from collections.abc import Sequence

from ...pages import Html, element, joined, table
from .overview import part_rows
from .scores import REPLICATES, Score
from .verdict import Verdict, each_target


def result(found: Sequence[Verdict]) -> Html:
    """Each score of the model and of the baseline, what lies between them, and what all of it means."""
    return joined((each_target(found, _scores), _meanings(found[0]), _intervals(found[0])))


def _scores(verdict: Verdict) -> Html:
    header = ("", "this model", "95\u00a0% interval", "baseline", "better by", "95\u00a0% interval")
    on = f"On {part_rows(verdict.judged)}"
    return table(header, map(_row, verdict.scores), numeric=range(1, 6), caption=on)


def _meanings(verdict: Verdict) -> Html:
    return element("p", " ".join(score.meaning for score in verdict.scores), class_="faint")


def _intervals(verdict: Verdict) -> Html:
    classifies = verdict.subject.classifies
    baseline = (
        "how frequent each class is among the training rows, and so their most frequent class"
        if classifies
        else "the mean of the training rows"
    )
    wilson = "The interval of the accuracy is Wilson’s. The others are" if classifies else "They are"
    said = (
        f"The baseline predicts, for every row, {baseline}. An interval says what the score may be on other "
        f"rows of the same kind. {wilson} percentile bootstraps over rows ({REPLICATES:,} replicates, seed "
        f"{verdict.subject.seed}); of “better by”, both are scored on the same rows drawn. Where that "
        "interval holds 0, these rows do not show the model to be better than none."
    )
    return element("p", said, class_="faint")


def _row(score: Score) -> tuple[str, ...]:
    write = score.write
    return (
        score.name,
        write(score.model),
        score.between(score.interval),
        write(score.baseline),
        write(score.gain),
        score.between(score.gain_interval),
    )
