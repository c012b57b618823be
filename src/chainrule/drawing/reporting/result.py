"""Scores in a table."""

from __future__ import annotations

from ...pages import Html, element, joined, table
from .judged import Judged
from .overview import part_rows
from .scores import REPLICATES, Score
from .subject import Subject


def result(subject: Subject, judged: Judged, scores: list[Score]) -> Html:
    """Each score of the model and of the baseline, and what lies between them."""
    header = ("", "this model", "95\u00a0% interval", "baseline", "better by", "95\u00a0% interval")
    made = table(header, map(_row, scores), numeric=range(1, 6), caption=f"On {part_rows(judged)}")
    baseline = (
        "how frequent each class is among the training rows, and so their most frequent class"
        if subject.classifies
        else "the mean of the training rows"
    )
    wilson = "The interval of the accuracy is Wilson’s. The others are" if subject.classifies else "They are"
    return joined(
        (
            made,
            element(
                "p",
                f"The baseline predicts, for every row, {baseline}. An interval says what the score may be "
                f"on other rows of the same kind. {wilson} percentile bootstraps over rows ({REPLICATES:,} "
                f"replicates, seed {subject.seed}); of “better by”, both are scored on the same rows drawn. "
                "Where that interval holds 0, these rows do not show the model to be better than none.",
                class_="faint",
            ),
        )
    )


def _row(score: Score) -> tuple[str, ...]:
    write = score.write
    return (
        score.name,
        write(score.model),
        between(score.interval, score),
        write(score.baseline),
        write(score.gain),
        between(score.gain_interval, score),
    )


def between(interval: tuple[float, float], score: Score) -> str:
    """Both ends of an interval."""
    return " to ".join(map(score.write, interval))
