"""How good a model is at one of its targets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...pages import Html, element, joined
from .judged import Judged, judge
from .scores import Score, class_scores, number_scores
from .subject import Subject


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """The predictions for one target, and their scores.

    Args:
        subject: the model of this target.
        judged: its predictions, beside the truth.
        scores: of these.
    """

    subject: Subject
    judged: Judged
    scores: list[Score]


def verdicts(subject: Subject) -> list[Verdict]:
    """One for each target of the model.

    Raises:
        DataError: the table does not fit the model.
    """
    return [_verdict(each) for each in subject.by_target]


def _verdict(subject: Subject) -> Verdict:
    judged = judge(subject)
    scores = (class_scores if subject.classifies else number_scores)(judged, subject.seed)
    return Verdict(subject, judged, scores)


def each_target(found: Sequence[Verdict], make: Callable[[Verdict], Html]) -> Html:
    """What is made of each verdict, under its target's name where there are several."""
    if len(found) == 1:
        return make(found[0])
    named = ((element("h3", element("bdi", each.subject.target.name)), make(each)) for each in found)
    return joined(part for pair in named for part in pair)
