"""The head of the page: what was done, and how well it went, in one sentence and a few numbers."""

from __future__ import annotations

from collections.abc import Sequence

from ...data import target_names
from ...pages import Html, badge, element, joined
from ...train import History
from ..charts import percent
from .judged import Judged
from .scores import Score
from .subject import Subject
from .verdict import Verdict

FEW_ROWS = 30
#: Targets with a tile each.
MOST_TILES = 4
NAMES = {"train": "training", "validation": "validation", "test": "test"}


def overview(subject: Subject, found: Sequence[Verdict]) -> Html:
    """Title, verdict and the numbers to remember."""
    return joined(
        (
            element("p", "Training report", class_="eyebrow"),
            element("h1", title(subject)),
            element("p", *_sentence(found), class_="lead"),
            element("div", *_tiles(subject, found), class_="tiles"),
        )
    )


def title(subject: Subject) -> Html:
    """What is predicted, from what."""
    count = len(subject.model.encoder.names)
    columns = "1 column" if count == 1 else f"{count:,} columns"
    return joined(("Predicting ", _listed(subject), f" from {columns} of ", name(subject.source)))


def _listed(subject: Subject) -> Html:
    *others, last = (name(each) for each in target_names(subject.target))
    return joined((Html(", ".join(others)), " and ", last)) if others else last


def name(text: str) -> Html:
    """A name from the user's data: its direction of writing stays its own."""
    return element("bdi", text)


def part_rows(judged: Judged) -> str:
    """Such as "27 test rows"."""
    return f"{len(judged):,} {NAMES[judged.part]} row{'' if len(judged) == 1 else 's'}"


def _sentence(found: Sequence[Verdict]) -> list[object]:
    judged = found[0].judged
    unseen = "It learnt from these rows too" if judged.part == "train" else "It never learnt from them"
    if judged.part == "validation":
        unseen = "It did not learn from them, but they decided when to stop"
    said: list[object] = [f"Judged by {part_rows(judged)}. {unseen}. "]
    for each in found:
        one = len(found) == 1
        said += _told(each, "It") if one else [name(each.subject.target.name), ": ", *_told(each, "it"), " "]
    if len(judged) == 1:
        said.append(" A single row tells next to nothing.")
    elif len(judged) < FEW_ROWS:
        said.append(" So few rows tell little: see how wide the intervals are.")
    return said


def _told(verdict: Verdict, it: str) -> list[object]:
    """What the model can do, called "It" where a sentence begins."""
    first, target = verdict.scores[0], verdict.subject.target
    if not verdict.subject.classifies:
        return _explained(first.model, name(target.name), it, len(verdict.judged))
    right, usual = (round(value * len(verdict.judged)) for value in (first.model, first.baseline))
    return [
        f"{it} names the right class for {right:,} of them ({percent(first.model)}); always saying “",
        name(target.classes[int(verdict.judged.baseline.argmax())]),
        f"” would be right for {usual:,} ({percent(first.baseline)}).",
    ]


def _explained(share: float, target: Html, it: str, rows: int) -> list[object]:
    if rows == 1:
        return ["One row has no variance of ", target, " that could be explained."]
    if share != share:
        return [target, " is the same in all of them, so no share of its variance can be explained."]
    if share <= 0:
        return [f"{it} is no better than always saying the mean."]
    return [
        f"{it} explains {percent(share)} of the variance of ",
        target,
        "; always saying the mean would explain none.",
    ]


def _tiles(subject: Subject, found: Sequence[Verdict]) -> list[Html]:
    if len(found) == 1:
        tiles = [_score_tile(found[0].scores[0]), _baseline_tile(found[0].scores[0])]
    else:
        tiles = [_score_tile(each.scores[0], each.subject.target.name) for each in found[:MOST_TILES]]
    if subject.check is not None:
        entries = sum(row.entries for row in subject.check.rows)
        what = f"{entries:,} parameters, {subject.check.evaluations:,} evaluations of the loss"
        tiles.append(_tile("gradient check", badge(str(subject.check.verdict)), what))
    histories = [history for history in subject.histories if len(history)]
    if histories:
        seconds = sum(float(history.seconds.sum()) for history in histories)
        several = f" of {len(histories)} networks" if len(histories) > 1 else _lowest(histories[0])
        tiles.append(_tile("training", f"{seconds:.2g} s", f"{sum(map(len, histories)):,} epochs{several}"))
    return tiles


def _score_tile(first: Score, target: str = "") -> Html:
    label = joined((name(target), f": {first.name}")) if target else first.name
    return _tile(label, first.write(first.model), f"95\u00a0% interval {first.between(first.interval)}")


def _baseline_tile(first: Score) -> Html:
    return _tile("baseline", first.write(first.baseline), "the same score without a model")


def _lowest(history: History) -> str:
    if history.validation_loss is None:
        return ""
    return f", the validation loss lowest after epoch {history.best.epoch:,}"


def _tile(label: object, value: object, remark: str) -> Html:
    return element(
        "div",
        element("div", label, class_="label"),
        element("div", value, class_="value"),
        element("div", remark, class_="remark"),
    )
