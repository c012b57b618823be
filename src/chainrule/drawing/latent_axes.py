"""Axes that are seen on white and on black."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..extras import import_extra

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Of middling lightness: what was observed, and what the model says.
OBSERVED, MODEL = "#d1622b", "#3b82c4"


def axes(title: str, across: str, up: str, *, ink: str, size: tuple[float, float] = (5.6, 3.8)) -> Axes:
    """An empty plot with labels, its figure without a background.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    figure: Figure = import_extra("matplotlib.figure", "plot", "a plot").Figure(
        figsize=size, layout="constrained", facecolor="none"
    )
    found: Axes = figure.subplots()
    found.set(facecolor="none")
    found.set_title(title, color=ink, fontsize=10)
    found.set_xlabel(across, color=ink)
    found.set_ylabel(up, color=ink)
    found.tick_params(colors=ink, labelsize=8)
    found.spines[["top", "right"]].set_visible(False)
    found.spines[["left", "bottom"]].set_color(ink)
    return found


def legend(on: Axes, ink: str) -> None:
    """What the colours mean."""
    on.legend(frameon=False, labelcolor=ink, fontsize=8)
