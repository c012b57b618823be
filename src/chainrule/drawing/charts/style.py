"""How charts look: the colours are the page's variables."""

from __future__ import annotations

from importlib.resources import files


def chart_style() -> str:
    """The style rules that charts need, besides those of every page."""
    return files(__package__).joinpath("chart.css").read_text(encoding="utf-8")
