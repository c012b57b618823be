"""Axes with their ticks and names, and a chart of one or more of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...pages import Html, element, joined, variables
from .scale import TICKS, Scale, linear, logarithmic
from .style import chart_style

WIDTH, HEIGHT = 420.0, 270.0
RIGHT, TOP, BOTTOM = 16.0, 12.0, 42.0
#: Room for a legend below.
KEY = 24.0
#: Room for what the upright axis shows, and for each character of its ticks.
NAME, CHARACTER = 30.0, 6.4


@dataclass(frozen=True, slots=True)
class Plot:
    """Two axes, and what is drawn between them.

    Args:
        x: across.
        y: up.
        across, up: what they show.
        marks: what is drawn.
    """

    x: Scale
    y: Scale
    across: str
    up: str
    marks: Sequence[Html]

    def elements(self) -> Html:
        """Grid, marks, ticks and names."""
        left, right = sorted((self.x.start, self.x.end))
        top, bottom = sorted((self.y.start, self.y.end))
        down = zip(self.y(self.y.ticks).tolist(), self.y.names, strict=True)
        along = zip(self.x(self.x.ticks).tolist(), self.x.names, strict=True) if self.across else ()
        rows = [(_rule(left, right, at), _text(left - 7, at + 4, name, "tick", "end")) for at, name in down]
        columns = [_text(at, bottom + 17, name, "tick", "middle") for at, name in along]
        middle = (top + bottom) / 2
        return joined(
            (
                *(part for row in rows for part in row),
                *self.marks,
                element("path", d=f"M{left:.1f} {bottom:.1f}H{right:.1f}", class_="axis"),
                *columns,
                _text((left + right) / 2, bottom + 35, self.across, "name", "middle"),
                _text(-middle, 13, self.up, "name", "middle", transform="rotate(-90)"),
            )
        )


def axes(
    across: tuple[float, float],
    up: tuple[float, float],
    *,
    log: bool = False,
    ticks: int = TICKS,
    top: float = TOP,
    bottom: float = HEIGHT - BOTTOM,
    beside: Sequence[str] = (),
) -> tuple[Scale, Scale]:
    """The scales of a plot: what lies across from its left to its right, and up from its bottom to its top.

    Args:
        across, up: the least and the greatest number.
        log: whether the upright scale is logarithmic.
        ticks: how many there are across, about.
        top, bottom: where the plot ends, in the picture.
        beside: what else is written to the left of it, at the ticks of another plot below.
    """
    y = (logarithmic if log else linear)(*up, bottom, top)
    left = NAME + CHARACTER * max(map(len, (*y.names, *beside)), default=0)
    scales = [linear(*across, left, WIDTH - RIGHT, count) for count in range(ticks, 0, -1)]
    return next(filter(_apart, scales), scales[-1]), y


def _apart(x: Scale) -> bool:
    """Whether what is written at the ticks of an axis that goes across does not touch."""
    places = x(x.ticks)
    widths = CHARACTER * np.array(list(map(len, x.names)))
    return bool((np.diff(places) > (widths[:-1] + widths[1:]) / 2 + CHARACTER).all())


def chart(*plots: Plot, label: str, height: float = HEIGHT, width: float = WIDTH) -> Html:
    """A picture of plots; ``label`` says what it shows to those who cannot see it."""
    return element(
        "svg",
        *(plot.elements() for plot in plots),
        viewBox=f"0 0 {width:g} {height:g}",
        class_="chart",
        role="img",
        aria_label=label,
    )


def standalone(plot: Plot, *, label: str, key: Sequence[tuple[str, str]] = (), name: str = "chart") -> str:
    """A chart as an SVG document that looks as it does on a page, its legend below it.

    Args:
        plot: what is drawn.
        label: what it shows, as for :func:`chart`.
        key: what the marks mean, as for :func:`legend`.
        name: the id by which its style is its own.
    """
    style = f"{variables(f'#{name}')}\n{chart_style()}#{name} {{ background: var(--page); }}"
    lines = [_below(k * WIDTH / len(key), *entry) for k, entry in enumerate(key)]
    height = HEIGHT + (KEY if key else 0.0)
    whole = element(
        "svg",
        element("title", label),
        element("style", Html(style)),
        plot.elements(),
        *lines,
        id=name,
        viewBox=f"0 0 {WIDTH:g} {height:g}",
        width=f"{1.5 * WIDTH:g}",
        class_="chart",
        role="img",
    )
    return whole.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)


def _below(left: float, kind: str, words: str) -> Html:
    at = HEIGHT + KEY / 2
    mark = element("path", d=f"M{left + 16:.1f} {at:.1f}h26", class_=kind)
    return joined((mark, _text(left + 48, at + 4, words, "tick", "start")))


def legend(entries: Sequence[tuple[str, str]]) -> Html:
    """What the marks mean, as (class, words)."""
    return element("p", *(_entry(kind, words) for kind, words in entries), class_="legend")


def _entry(kind: str, words: str) -> Html:
    mark = element("path", d="M1 6h0" if kind.startswith("points") else "M1 6H25", class_=kind)
    box = element("rect", x=6, y=1, width=14, height=10, class_=kind)
    drawn = box if kind.startswith(("bar", "area")) else mark
    shown = "-6 0 14 12" if kind.startswith("points") else "0 0 26 12"
    swatch = element("svg", drawn, viewBox=shown, class_="chart swatch", aria_hidden="true")
    return element("span", swatch, words)


def _rule(left: float, right: float, at: float) -> Html:
    return element("path", d=f"M{left:.1f} {at:.1f}H{right:.1f}", class_="grid")


def _text(x: float, y: float, words: str, kind: str, anchor: str, transform: str | None = None) -> Html:
    return element(
        "text", words, x=f"{x:.1f}", y=f"{y:.1f}", class_=kind, text_anchor=anchor, transform=transform
    )
