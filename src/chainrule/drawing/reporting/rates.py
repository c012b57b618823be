"""The learning-rate range test as a picture: in the report, and by itself."""

from __future__ import annotations

import numpy as np

from ...pages import Html
from ...train import RateTest
from ..charts import Plot, chart, legend, line, linear, logarithmic, significant, standalone
from ..charts.plot import BOTTOM, HEIGHT, RIGHT, TOP, WIDTH
from .residuals import joined_figure

LEFT = 76.0
KEY = (
    ("line first thin pale", "minibatch"),
    ("line first", "smoothed"),
    ("line second dashed", "suggested"),
)


def rate_figure(test: RateTest) -> Html:
    """The picture with its legend and what it shows."""
    caption = (
        "A copy of the network was trained for some steps while the learning rate grew. The rate that was "
        f"taken, {significant(test.suggestion, 3)}, is where the smoothed loss fell fastest."
    )
    return joined_figure(
        "Learning-rate range test", legend(KEY), chart(_plot(test), label=_label(test)), caption
    )


def rate_svg(test: RateTest) -> str:
    """The picture as an SVG document, in light and in dark.

    >>> test = RateTest.of(np.geomspace(1e-4, 1, 20), 1 / (1 + np.arange(20.0)))
    >>> rate_svg(test).startswith("<svg xmlns=")
    True
    """
    return standalone(_plot(test), label=_label(test), key=KEY)


def _plot(test: RateTest) -> Plot:
    first, lowest = float(test.smoothed[0]), float(np.nanmin(test.smoothed))
    low, high = lowest - 0.1 * abs(first - lowest), first + abs(first - lowest)
    x = logarithmic(float(test.rates[0]), float(test.rates[-1]), LEFT, WIDTH - RIGHT)
    y = linear(low, high, HEIGHT - BOTTOM, TOP)
    seen = [
        np.where((part >= y.low) & (part <= y.high), part, np.nan) for part in (test.losses, test.smoothed)
    ]
    marks = [
        line(x, y, test.rates, seen[0], "first thin pale"),
        line(x, y, test.rates, seen[1], "first"),
        line(x, y, [test.suggestion] * 2, [y.low, y.high], "second dashed"),
    ]
    return Plot(x, y, "learning rate", "loss", marks)


def _label(test: RateTest) -> str:
    return f"Loss by learning rate; it fell fastest at {significant(test.suggestion, 3)}"
