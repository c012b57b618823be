"""A confusion matrix of many classes as a picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...pages import Html, element, figure, joined
from ..charts import legend

SIZE, MARGIN = 400.0, 22.0
#: Shades of the squares, by the share of a line that they hold.
SHADES = (0.02, 0.1, 0.3, 0.6)


def heat_map(counts: NDArray[np.int64]) -> Html:
    """A square for each true class (down) and predicted class (across) that has rows, darker for more.

    Args:
        counts: int64, shape (classes, classes).
    """
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    right = np.eye(len(counts), dtype=bool)
    steps = np.digitize(shares, SHADES)
    squares = [
        _squares((counts > 0) & (steps == step) & where, len(counts), f"bar {kind} shade{step}")
        for where, kind in ((right, "first"), (~right, "second"))
        for step in range(len(SHADES) + 1)
    ]
    frame = element("rect", x=MARGIN, y=MARGIN, width=SIZE, height=SIZE, class_="axis")
    names = (
        element("text", "predicted class →", x=MARGIN, y=MARGIN - 7),
        element("text", "true class →", x=MARGIN, y=-MARGIN + 14, transform="rotate(90)"),
    )
    whole = SIZE + 2 * MARGIN
    picture = element(
        "svg",
        *squares,
        frame,
        *names,
        viewBox=f"0 0 {whole:g} {whole:g}",
        class_="chart",
        role="img",
        aria_label=f"Confusion matrix of {len(counts):,} classes; the mistakes are in the table beside it",
    )
    key = legend([("bar first shade4", "right"), ("bar second shade4", "wrong")])
    caption = "Classes in their order. A darker square holds a larger share of the rows of its true class."
    return figure(joined((element("h3", "Confusion matrix"), key, picture)), caption)


def _squares(where: NDArray[np.bool_], classes: int, kind: str) -> Html:
    """One path for all squares of one shade."""
    side = SIZE / classes
    drawn = "".join(
        f"M{MARGIN + across * side:.1f} {MARGIN + down * side:.1f}h{side:.1f}v{side:.1f}h-{side:.1f}z"
        for down, across in np.argwhere(where).tolist()
    )
    return element("path", d=drawn, class_=kind) if drawn else Html()
