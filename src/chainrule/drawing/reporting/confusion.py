"""Which classes are taken for which."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...data import confusion_matrix, wilson_interval
from ...pages import Html, element, joined, scrolling, table
from ..charts import percent
from .heat_map import heat_map
from .judged import Judged
from .overview import name
from .subject import Subject

#: Classes of which a whole matrix can be read.
MATRIX = 20
#: Rows in a table of mistakes.
WORST = 8
#: Classes in a table.
CLASSES = 100

Counts = NDArray[np.int64]


def confusion(subject: Subject, judged: Judged) -> Html:
    """The matrix where it can be read, else the most frequent mistakes; each class; the worst rows."""
    classes = subject.target.classes
    counts = confusion_matrix(judged.truth, judged.labels, len(classes))
    if len(classes) <= MATRIX:
        first = _matrix(classes, counts)
    else:
        first = element("div", heat_map(counts), _mistakes(classes, counts), class_="pictures")
    return joined((first, _by_class(classes, counts), _worst(subject, judged)))


def _matrix(classes: tuple[str, ...], counts: Counts) -> Html:
    head = [element("th", "true ↓ predicted →", scope="col"), *(_head(each, "col") for each in classes)]
    rows = [
        element("tr", _head(each, "row"), *(_cell(line, k, k == own) for k in range(len(classes))))
        for own, (each, line) in enumerate(zip(classes, counts, strict=True))
    ]
    caption = element("caption", "True class down, predicted across")
    inside = element("table", caption, element("thead", element("tr", *head)), element("tbody", *rows))
    said = (
        "The number of rows of each true class that were given each class; a shade is the share of its line."
    )
    return element("div", scrolling(inside), element("p", said, class_="faint"), class_="confusion")


def _head(label: str, scope: str) -> Html:
    return element("th", name(label), scope=scope, class_="number" if scope == "col" else None)


def _cell(line: Counts, k: int, right: bool) -> Html:
    total = int(line.sum())
    share = line[k] / total if total else 0.0
    kind = "number right" if right else "number wrong"
    shown = f"{line[k]:,}" if line[k] else element("span", "0", class_="faint")
    return element("td", shown, class_=kind, style=f"--share:{8 + 37 * share:.0f}%" if line[k] else None)


def _mistakes(classes: tuple[str, ...], counts: Counts) -> Html:
    wrong = counts - np.diag(np.diag(counts))
    order = np.argsort(-wrong, axis=None, kind="stable")[: 2 * WORST]
    places = [divmod(int(at), len(classes)) for at in order if wrong.flat[at]]
    rows = [
        (name(classes[a]), name(classes[b]), f"{wrong[a, b]:,}", percent(wrong[a, b] / counts[a].sum()))
        for a, b in places
    ]
    if not rows:
        return element("p", "No row was given a wrong class.")
    header = ("true class", "predicted as", "rows", "of the true class")
    caption = f"The most frequent mistakes among {len(classes):,} classes"
    return table(header, rows, numeric={2, 3}, caption=caption)


def _by_class(classes: tuple[str, ...], counts: Counts) -> Html:
    kept = np.argsort(-counts.sum(axis=1), kind="stable")[:CLASSES]
    rows = [_class_row(classes[k], counts, k) for k in sorted(kept.tolist())]
    left = len(classes) - len(rows)
    header = ("class", "rows", "recall", "95\u00a0% interval", "predicted", "precision", "95\u00a0% interval")
    more = f" The {left:,} classes with the fewest rows are not shown." if left else ""
    said = (
        "Recall: of the rows of a class, those found. Precision: of those said to be of it, those that are."
    )
    made = joined(
        (
            table(header, rows, numeric=range(1, 7), caption="Each class"),
            element("p", said + more, class_="faint"),
        )
    )
    if len(rows) <= MATRIX:
        return made
    return element("details", element("summary", f"Recall and precision of {len(rows):,} classes"), made)


def _class_row(label: str, counts: Counts, k: int) -> tuple[object, ...]:
    hits, there, said = int(counts[k, k]), int(counts[k].sum()), int(counts[:, k].sum())
    return (name(label), f"{there:,}", *_share(hits, there), f"{said:,}", *_share(hits, said))


def _share(hits: int, total: int) -> tuple[str, str]:
    if not total:
        return "–", "–"
    return percent(hits / total), " to ".join(map(percent, wilson_interval(hits, total)))


def _worst(subject: Subject, judged: Judged) -> Html:
    """The rows that the model is most surely wrong about."""
    classes = subject.target.classes
    wrong = np.flatnonzero(judged.labels != judged.truth)
    if not len(wrong):
        return element("p", "No row was given a wrong class.")
    sure = judged.predicted[wrong, judged.labels[wrong]]
    own = judged.predicted[wrong, judged.truth[wrong]]
    order = np.argsort(-sure, kind="stable")[:WORST]
    numbers = subject.table.columns[0].rows[judged.rows[wrong]]
    rows = [
        (
            f"{numbers[i]:,}",
            name(classes[judged.truth[wrong[i]]]),
            name(classes[judged.labels[wrong[i]]]),
            percent(sure[i]),
            percent(own[i]),
        )
        for i in order.tolist()
    ]
    header = ("data row", "true class", "predicted", "its probability", "that of the true class")
    return table(header, rows, numeric={0, 3, 4}, caption="The mistakes made with most confidence")
