"""What is drawn between the axes; every mark has a class, which gives its colour."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ...pages import Html, element, joined
from .scale import Scale


def line(x: Scale, y: Scale, xs: ArrayLike, ys: ArrayLike, kind: str) -> Html:
    """A line through points, broken where one is not finite."""
    return element("path", d=_path(x, y, xs, ys), class_=f"line {kind}")


def area(x: Scale, y: Scale, xs: ArrayLike, low: ArrayLike, high: ArrayLike, kind: str) -> Html:
    """What lies between two lines."""
    there, back = _path(x, y, xs, high), _path(x, y, np.flip(np.asarray(xs)), np.flip(np.asarray(low)))
    return element("path", d=f"{there}L{back[1:]}Z", class_=f"area {kind}")


def points(x: Scale, y: Scale, xs: ArrayLike, ys: ArrayLike, kind: str) -> Html:
    """Dots: one path for all, so that thousands of them stay a small file."""
    places = zip(x(xs).tolist(), y(ys).tolist(), strict=True)
    return element("path", d="".join(f"M{a:.1f} {b:.1f}h0" for a, b in places), class_=f"points {kind}")


def segments(x: Scale, y: Scale, xs: ArrayLike, low: ArrayLike, high: ArrayLike, kind: str) -> Html:
    """An upright stroke at each place, such as an interval."""
    places = zip(x(xs).tolist(), y(low).tolist(), y(high).tolist(), strict=True)
    return element(
        "path", d="".join(f"M{a:.1f} {b:.1f}V{c:.1f}" for a, b, c in places), class_=f"line {kind}"
    )


def bars(x: Scale, y: Scale, edges: ArrayLike, heights: ArrayLike, kind: str) -> Html:
    """A bar between each two neighbouring edges, up from 0."""
    ends, tops, floor = x(edges).tolist(), y(heights).tolist(), float(y(0.0))
    return joined(
        element(
            "rect",
            x=f"{left + 0.5:.1f}",
            y=f"{min(top, floor):.1f}",
            width=f"{max(right - left - 1, 0.5):.1f}",
            height=f"{abs(floor - top):.1f}",
            class_=f"bar {kind}",
        )
        for left, right, top in zip(ends, ends[1:], tops, strict=False)
        if top != floor
    )


def _path(x: Scale, y: Scale, xs: ArrayLike, ys: ArrayLike) -> str:
    parts, pen = [], "M"
    for a, b in zip(x(xs).tolist(), y(ys).tolist(), strict=True):
        if not (np.isfinite(a) and np.isfinite(b)):
            pen = "M"
            continue
        parts.append(f"{pen}{a:.1f} {b:.1f}")
        pen = "L"
    return "".join(parts)
