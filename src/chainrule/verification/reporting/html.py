"""A report as a page that needs nothing else: no network, no script, light or dark as its reader prefers."""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import MissingExtraError
from ...pages import Html, badge, definitions, document, element, figure, items, joined, table
from ...pages import fragment as in_notebook
from ..report import Report
from .content import LEGEND, Content, Grid, content
from .plot import svg

PAGE_ROWS = 200
"""Rows in a page, where one can scroll."""


def page(report: Report) -> str:
    """The report as a whole HTML document, with the error plots where matplotlib is installed."""
    told = content(report, PAGE_ROWS)
    legend = _section("How to read this", definitions(LEGEND))
    return document(f"{told.verdict}: gradient check", joined((_body(told), _plots(report), legend)))


def fragment(report: Report) -> str:
    """The report as one HTML element, for a notebook."""
    return in_notebook(_body(content(report)))


def found(report: Report, heading: str = "h2") -> Html:
    """The answer and what it rests on, as a part of another page whose headings above it are larger."""
    told = content(report, PAGE_ROWS)
    answer = element("p", badge(str(told.verdict)), " ", told.headline)
    legend = element("details", element("summary", "How to read this"), definitions(LEGEND))
    return joined((answer, _found(told, heading), legend))


def _body(told: Content) -> Html:
    return joined((element("h1", badge(str(told.verdict)), " ", told.headline), _found(told, "h2")))


def _found(told: Content, heading: str) -> Html:
    grids = [("Tensors", told.tensors), ("Derivatives", told.rows)]
    before = [("", finding) for finding in told.findings]
    sections = [
        ("Before any derivative was judged", _listed(before)),
        ("What is wrong, and where", _listed(told.remarks)),
        *((title, _grid(title, grid)) for title, grid in grids if grid),
        ("How it was found", definitions(told.facts)),
    ]
    return joined(_section(title, inside, heading=heading) for title, inside in sections if inside)


def _section(title: str, *contents: object, heading: str = "h2") -> Html:
    return joined((element(heading, title), *contents))


def _listed(remarks: Sequence[tuple[str, str]]) -> Html:
    said = (joined((element("b", place), ": ", text)) if place else text for place, text in remarks)
    return items(said) if remarks else Html()


def _grid(title: str, grid: Grid) -> Html:
    last = len(grid.header) - 1
    rows = [(*line.cells[:-1], badge(line.cells[-1])) for line in grid.lines]
    more = element("p", grid.more) if grid.more else Html()
    return joined((table(grid.header, rows, numeric=range(last - grid.numeric, last), label=title), more))


def _plots(report: Report) -> Html:
    """The error plots; a word on how to get them where matplotlib is not installed."""
    if not report.curves:
        return Html()
    try:
        drawing = svg(report)
    except MissingExtraError as error:
        return _section("Error against step", element("p", error.one_line()))
    caption = (
        "How far each quotient lies from the numeric derivative: wide steps err by curvature, fine ones by "
        "rounding. A derivative given that is drawn above the grey band is wrong by that much."
    )
    return _section("Error against step", figure(Html(drawing), caption))
