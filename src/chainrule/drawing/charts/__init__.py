"""Small charts as SVG: their colours are those of the page around them."""

from __future__ import annotations

from .figures import alike, percent, significant
from .marks import area, bars, line, points, segments
from .plot import Plot, axes, chart, legend, standalone
from .scale import Scale, linear, logarithmic
from .style import chart_style

__all__ = [
    "Plot",
    "Scale",
    "alike",
    "area",
    "axes",
    "bars",
    "chart",
    "chart_style",
    "legend",
    "line",
    "linear",
    "logarithmic",
    "percent",
    "points",
    "segments",
    "significant",
    "standalone",
]
