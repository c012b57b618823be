"""Whether predictions mean what they say."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...data import Calibration, calibration
from ...pages import Html, element, joined, table
from ..charts import Plot, axes, bars, chart, legend, line, linear, percent, points, segments, significant
from .judged import Judged
from .overview import name
from .residuals import joined_figure
from .subject import Subject

BINS = 10
HEIGHT = 350.0
PARTS = 10


def calibrated(subject: Subject, judged: Judged) -> Html:
    """A reliability diagram with the number of rows in each bin, and its error."""
    return _of_classes(subject, judged) if subject.classifies else _of_numbers(judged)


def _of_classes(subject: Subject, judged: Judged) -> Html:
    classes = subject.target.classes
    if len(classes) == 2:
        happened, p = judged.truth == 1, judged.predicted[:, 1]
        what = joined(("the probability of “", name(classes[1]), "”"))
        words = "predicted probability"
    else:
        happened, p = judged.labels == judged.truth, judged.predicted.max(axis=1)
        what, words = Html("the probability of the predicted class"), "probability of the predicted class"
    found = calibration(happened, np.clip(p, 0, 1), bins=BINS, seed=subject.seed)
    verdict = "within" if found.error <= found.unusual else "above"
    said = element(
        "p",
        f"The expected calibration error is {percent(found.error)}. Were every probability right, it would "
        f"be at most {percent(found.unusual)} in 19 of 20 cases with so many rows: it is {verdict} what "
        "chance explains.",
    )
    caption = ("Rows in ten bins by ", what, ": how often it came true, with Wilson’s 95\u00a0% interval.")
    key = legend(
        [
            ("points first large", "observed"),
            ("line first thin", "95\u00a0% interval"),
            ("line neutral thin dashed", "ideal"),
        ]
    )
    drawn = joined_figure("Reliability", key, _diagram(found, words), joined(caption))
    return joined((said, element("div", drawn, _bins(found), class_="pictures")))


def _diagram(found: Calibration, words: str) -> Html:
    counts = np.zeros(BINS)
    counts[np.minimum((found.predicted * BINS).astype(int), BINS - 1)] = found.counts
    rows = linear(0.0, float(counts.max()), HEIGHT - 42.0, 262.0, ticks=2)
    x, y = axes((0.0, 1.0), (0.0, 1.0), bottom=230.0, beside=rows.names)
    marks = [
        line(x, y, [0, 1], [0, 1], "neutral thin dashed"),
        segments(x, y, found.predicted, found.low, found.high, "first thin"),
        points(x, y, found.predicted, found.observed, "first large"),
    ]
    below = [bars(x, rows, np.linspace(0, 1, BINS + 1), counts, "neutral")]
    return chart(
        Plot(x, y, "", "observed", marks),
        Plot(x, rows, words, "rows", below),
        label=f"Reliability diagram: observed against predicted frequency, error {percent(found.error)}",
        height=HEIGHT,
    )


def _bins(found: Calibration) -> Html:
    rows = [
        (f"{n:,}", percent(p), percent(k), " to ".join(map(percent, ends)))
        for n, p, k, *ends in zip(
            found.counts, found.predicted, found.observed, found.low, found.high, strict=True
        )
    ]
    return _numbers(("rows", "predicted", "observed", "95\u00a0% interval"), rows)


def _of_numbers(judged: Judged) -> Html:
    order = np.argsort(judged.predicted, kind="stable")
    parts = [part for part in np.array_split(order, PARTS) if len(part)]
    predicted = np.array([judged.predicted[part].mean() for part in parts])
    observed = np.array([judged.truth[part].mean() for part in parts])
    error = np.array([_standard_error(judged.truth[part]) for part in parts])
    low, high = observed - 2 * error, observed + 2 * error
    ends = (float(min(predicted.min(), low.min())), float(max(predicted.max(), high.max())))
    x, y = axes(ends, ends)
    marks = [
        line(x, y, [x.low, x.high], [x.low, x.high], "neutral thin dashed"),
        segments(x, y, predicted, low, high, "first thin"),
        points(x, y, predicted, observed, "first large"),
    ]
    picture = chart(
        Plot(x, y, "mean prediction", "mean of what is true", marks),
        label="Mean truth against mean prediction in ten parts of the rows",
    )
    key = legend(
        [
            ("points first large", "a tenth of the rows"),
            ("line first thin", "± 2 standard errors"),
            ("line neutral thin dashed", "ideal"),
        ]
    )
    caption = (
        "Rows in ten parts by what is predicted. Where a mean lies below the line, the model says too much."
    )
    rows = [
        (f"{len(part):,}", significant(p), significant(k), significant(2 * e))
        for part, p, k, e in zip(parts, predicted, observed, error, strict=True)
    ]
    header = ("rows", "mean prediction", "mean truth", "± 2 s.e.")
    drawn = joined_figure("Mean truth by prediction", key, picture, caption)
    return element("div", drawn, _numbers(header, rows), class_="pictures")


def _numbers(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Html:
    """What a picture shows, beside it as a table."""
    return element("div", element("h3", "In numbers"), table(header, rows, numeric=range(len(header))))


def _standard_error(values: NDArray[np.float64]) -> float:
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0
