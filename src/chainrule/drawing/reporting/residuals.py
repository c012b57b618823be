"""How far predicted numbers lie from the true ones."""

from __future__ import annotations

import numpy as np

from ...pages import Html, element, figure, joined, table
from ..charts import Plot, axes, bars, chart, legend, line, points, significant
from .judged import Judged
from .overview import name
from .subject import Subject

DOTS = 1500
BARS = 31
WORST = 8
#: Characters of a target's name below an axis.
LONGEST = 20


def residuals(subject: Subject, judged: Judged) -> Html:
    """Predicted against true, a histogram of the differences, and the rows that are farthest off."""
    pictures = element("div", _against(subject, judged), _histogram(subject, judged), class_="pictures")
    tables = element("div", _quantiles(judged), _worst(subject, judged), class_="pictures")
    return joined((pictures, tables))


def _against(subject: Subject, judged: Judged) -> Html:
    n = len(judged)
    shown = np.arange(n)
    if n > DOTS:
        shown = np.random.default_rng(subject.seed).choice(n, DOTS, replace=False)
    truth, predicted = judged.truth[shown], judged.predicted[shown]
    ends = (float(min(truth.min(), predicted.min())), float(max(truth.max(), predicted.max())))
    x, y = axes(ends, ends)
    target = _short(subject.target.name)
    kind = "points first many" if len(shown) > 200 else "points first"
    marks = [
        line(x, y, [x.low, x.high], [x.low, x.high], "neutral thin dashed"),
        points(x, y, truth, predicted, kind),
    ]
    picture = chart(
        Plot(x, y, f"true {target}", f"predicted {target}", marks),
        label=f"Predicted against true numbers for {len(shown):,} rows; on the line both are equal",
    )
    some = f" {DOTS:,} of {n:,} rows, drawn at random." if n > DOTS else ""
    key = legend([(kind, "a row"), ("line neutral thin dashed", "predicted = true")])
    return joined_figure("Predicted against true", key, picture, f"On the line both are equal.{some}")


def _short(name: str) -> str:
    """A name that fits below an axis; its direction of writing stays its own."""
    return f"\u2068{name if len(name) <= LONGEST else f'{name[: LONGEST - 1]}…'}\u2069"


def joined_figure(title: str, key: Html, picture: Html, caption: object) -> Html:
    """A picture under its title and legend."""
    return figure(joined((element("h3", title), key, picture)), caption)


def _histogram(subject: Subject, judged: Judged) -> Html:
    difference = judged.predicted - judged.truth
    reach = float(np.max(np.abs(difference)))
    edges = np.linspace(-reach, reach, BARS + 1) if reach else np.linspace(-0.5, 0.5, BARS + 1)
    counts, _ = np.histogram(difference, edges)
    x, y = axes((float(edges[0]), float(edges[-1])), (0.0, float(counts.max())))
    marks = [bars(x, y, edges, counts, "first"), line(x, y, [0, 0], [0, y.high], "neutral thin dashed")]
    picture = chart(
        Plot(x, y, f"predicted − true {_short(subject.target.name)}", "rows", marks),
        label=f"Histogram of the residuals of {len(judged):,} rows, up to {significant(reach)} from 0",
    )
    key = legend([("bar first", "rows"), ("line neutral thin dashed", "no error")])
    caption = "To the right of 0 the model says too much, to the left too little."
    return joined_figure("Residuals", key, picture, caption)


def _quantiles(judged: Judged) -> Html:
    difference = judged.predicted - judged.truth
    size = np.abs(difference)
    half, most, nearly = np.quantile(size, [0.5, 0.9, 0.99])
    rows = [
        ("mean of predicted − true", significant(difference.mean())),
        ("half of the rows are off by less than", significant(half)),
        ("90\u00a0% of the rows are off by less than", significant(most)),
        ("99\u00a0% of the rows are off by less than", significant(nearly)),
        ("the farthest row is off by", significant(size.max())),
    ]
    return table(("", "in the target’s unit"), rows, numeric={1}, caption="How far off")


def _worst(subject: Subject, judged: Judged) -> Html:
    difference = judged.predicted - judged.truth
    order = np.argsort(-np.abs(difference), kind="stable")[:WORST]
    numbers = subject.table.columns[0].rows[judged.rows]
    rows = [
        (
            f"{numbers[i]:,}",
            significant(judged.truth[i]),
            significant(judged.predicted[i]),
            significant(difference[i]),
        )
        for i in order.tolist()
    ]
    header = ("data row", "true", "predicted", "predicted − true")
    caption = joined(("The rows whose ", name(subject.target.name), " is farthest off"))
    return table(header, rows, numeric=range(4), caption=caption)
