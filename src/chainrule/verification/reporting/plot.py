"""How far each difference quotient lies from the numeric derivative, against its step."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...errors import ArgumentError
from ...extras import import_extra
from ..report import Curve, Report
from .numbers import short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANELS = 6
"""Curves in one figure."""
COLUMNS = 2

FORWARD, CENTRAL, EXTRAPOLATED, GIVEN = "#d1622b", "#3b82c4", "#2a9d5c", "#b0489a"
"""Of middling lightness: they are seen on white and on black."""
INK = "#808080"
LABELS = {
    "forward": "forward difference, (f(x + h) − f(x)) / h",
    "central": "central difference, (f(x + h) − f(x − h)) / 2h",
    "extrapolated": "extrapolated from this step and wider ones",
    "given": "the derivative given",
    "bound": "bound: nothing below it can be seen",
}


def figure(report: Report, ink: str = "black") -> Figure:
    """A figure with a panel for each curve of a report, at most six.

    Args:
        report: what to draw.
        ink: the colour of text and axes.

    Raises:
        ArgumentError: the report has no curves, since nothing was measured.
        MissingExtraError: matplotlib is not installed.
    """
    if not report.curves:
        raise ArgumentError(
            "this report has no difference quotients to draw", expected="one that is not refused"
        )
    curves = report.curves[:PANELS]
    columns = min(COLUMNS, len(curves))
    rows = math.ceil(len(curves) / columns)
    drawn: Figure = import_extra("matplotlib.figure", "plot", "a plot").Figure(
        figsize=(5.2 * columns, 3.1 * rows + 1.0), layout="constrained", facecolor="none"
    )
    axes = drawn.subplots(rows, columns, squeeze=False)
    for ax, curve in zip(axes.flat, curves, strict=False):
        _panel(ax, curve, ink)
    for ax in axes.flat[len(curves) :]:
        ax.remove()
    handles, labels = _legend(list(axes.flat[: len(curves)]))
    drawn.legend(
        handles, labels, loc="outside lower center", ncols=columns, frameon=False, labelcolor=ink, fontsize=8
    )
    return drawn


def _panel(ax: Axes, curve: Curve, ink: str) -> None:
    ax.set(xscale="log", yscale="log", facecolor="none")
    ax.set_title(curve.name, color=ink, fontsize=10, loc="left", parse_math=False)
    ax.set_xlabel("step h", color=ink, fontsize=9)
    ax.set_ylabel("|quotient − numeric|", color=ink, fontsize=9)
    ax.tick_params(which="both", colors=ink, labelsize=8)
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(ink)
    for name, colour, mark in (
        ("forward", FORWARD, "o"),
        ("central", CENTRAL, "s"),
        ("extrapolated", EXTRAPOLATED, "^"),
    ):
        steps, errors = _errors(curve, getattr(curve, name))
        ax.plot(steps, errors, marker=mark, markersize=3.5, linewidth=1.3, color=colour, label=LABELS[name])
    gap = abs(curve.analytic - curve.numeric)
    if 0 < gap < math.inf:
        ax.axhline(gap, color=GIVEN, linewidth=1.3, linestyle="--", label=LABELS["given"])
    if 0 < curve.bound < math.inf:
        bottom = min(ax.get_ylim()[0], curve.bound / 10)
        ax.axhspan(bottom, curve.bound, color=INK, alpha=0.22, linewidth=0, label=LABELS["bound"])
        ax.set_ylim(bottom=bottom)
    ax.text(
        1, 1.02, f"numeric ± {short(curve.bound)}", transform=ax.transAxes, ha="right", color=ink, fontsize=8
    )


def _errors(curve: Curve, quotients: Sequence[float]) -> tuple[list[float], list[float]]:
    """The steps and the distances from the numeric derivative, where a logarithm can show them."""
    pairs = [(h, abs(q - curve.numeric)) for h, q in zip(curve.steps, quotients, strict=True)]
    seen = [(h, error) for h, error in pairs if 0 < error < math.inf]
    return [h for h, _ in seen], [error for _, error in seen]


def _legend(axes: Sequence[Axes]) -> tuple[list[Any], list[str]]:
    """One entry for each kind of line, wherever it was drawn."""
    entries: dict[str, Any] = {}
    for ax in axes:
        for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
    return list(entries.values()), list(entries)


def svg(report: Report) -> str:
    """The figure as an SVG element that takes its ink from the text around it."""
    from io import StringIO

    matplotlib = import_extra("matplotlib", "plot", "a plot")
    sentinel = "#010203"
    file = StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "chainrule"}):
        unstamped = {"Date": None, "Creator": None, "Format": None, "Type": None}
        figure(report, ink=sentinel).savefig(file, format="svg", metadata=unstamped, transparent=True)
    drawn = file.getvalue()
    return drawn[drawn.index("<svg") :].replace(sentinel, "currentColor")
