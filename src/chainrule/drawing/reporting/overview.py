"""The head of the page: what was done, and how well it went, in one sentence and a few numbers."""

from __future__ import annotations

from ...pages import Html, badge, element, joined
from ...train import History
from ..charts import percent
from .judged import Judged
from .scores import Score
from .subject import Subject

FEW_ROWS = 30
NAMES = {"train": "training", "validation": "validation", "test": "test"}


def overview(subject: Subject, judged: Judged, scores: list[Score]) -> Html:
    """Title, verdict and the numbers to remember."""
    return joined(
        (
            element("p", "Training report", class_="eyebrow"),
            element("h1", title(subject)),
            element("p", *_sentence(subject, judged, scores[0]), class_="lead"),
            element("div", *_tiles(subject, judged, scores), class_="tiles"),
        )
    )


def title(subject: Subject) -> Html:
    """What is predicted, from what."""
    count = len(subject.model.encoder.names)
    columns = "1 column" if count == 1 else f"{count:,} columns"
    return joined(("Predicting ", name(subject.target.name), f" from {columns} of ", name(subject.source)))


def name(text: str) -> Html:
    """A name from the user's data: its direction of writing stays its own."""
    return element("bdi", text)


def part_rows(judged: Judged) -> str:
    """Such as "27 test rows"."""
    return f"{len(judged):,} {NAMES[judged.part]} row{'' if len(judged) == 1 else 's'}"


def _sentence(subject: Subject, judged: Judged, first: Score) -> list[object]:
    unseen = "It learnt from these rows too" if judged.part == "train" else "It never learnt from them"
    if judged.part == "validation":
        unseen = "It did not learn from them, but they decided when to stop"
    said: list[object] = [f"Judged by {part_rows(judged)}. {unseen}. "]
    if subject.classifies:
        right, usual = (round(value * len(judged)) for value in (first.model, first.baseline))
        classes = subject.target.classes
        said += [f"It names the right class for {right:,} of them ({percent(first.model)}); always saying “"]
        said += [name(classes[int(judged.baseline.argmax())]), f"” would be right for {usual:,}"]
        said += [f" ({percent(first.baseline)})."]
    else:
        said += _explained(first.model, name(subject.target.name))
    if len(judged) < FEW_ROWS:
        said.append(" So few rows tell little: see how wide the intervals are.")
    return said


def _explained(share: float, target: Html) -> list[object]:
    if share != share:
        return [target, " is the same in all of them, so no share of its variance can be explained."]
    if share <= 0:
        return ["It is no better than always saying their mean."]
    return [
        f"It explains {percent(share)} of the variance of ",
        target,
        "; their mean alone would explain none.",
    ]


def _tiles(subject: Subject, judged: Judged, scores: list[Score]) -> list[Html]:
    first = scores[0]
    low, high = map(first.write, first.interval)
    tiles = [
        _tile(first.name, first.write(first.model), f"95 % interval {low} to {high}"),
        _tile("baseline", first.write(first.baseline), "the same score without a model"),
    ]
    if subject.check is not None:
        entries = sum(row.entries for row in subject.check.rows)
        what = f"{entries:,} parameters, {subject.check.evaluations:,} evaluations of the loss"
        tiles.append(_tile("gradient check", badge(str(subject.check.verdict)), what))
    if subject.history is not None and len(subject.history):
        seconds = float(subject.history.seconds.sum())
        epochs = len(subject.history)
        tiles.append(_tile("training", f"{seconds:.2g} s", f"{epochs:,} epochs{_lowest(subject.history)}"))
    return tiles


def _lowest(history: History) -> str:
    if history.validation_loss is None:
        return ""
    return f", the validation loss lowest after epoch {history.best.epoch:,}"


def _tile(label: str, value: object, remark: str) -> Html:
    return element(
        "div",
        element("div", label, class_="label"),
        element("div", value, class_="value"),
        element("div", remark, class_="remark"),
    )
