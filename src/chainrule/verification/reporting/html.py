"""A report as a page that needs nothing else: no network, no script, light or dark as its reader prefers."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from importlib.resources import files

from ...errors import MissingExtraError
from ..report import Report
from .content import LEGEND, Content, Grid, Line, content
from .plot import svg

PAGE_ROWS = 200
"""Rows in a page, where one can scroll."""


def page(report: Report) -> str:
    """The report as a whole HTML document, with the error plots where matplotlib is installed."""
    told = content(report, PAGE_ROWS)
    title = f"{told.verdict}: gradient check"
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_style()}{_PAGE_STYLE}</style>"
    )
    body = _body(told, _plots(report) + _legend())
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head><body>{body}</body></html>\n'


def fragment(report: Report) -> str:
    """The report as one HTML element, for a notebook."""
    return f"<style>{_style()}</style>{_body(content(report), '')}"


_PAGE_STYLE = (
    ":root { color-scheme: light dark; }"
    "body { margin: 0 auto; max-width: 72rem; padding: 1.5rem; font-family: system-ui, sans-serif; }"
)


def _style() -> str:
    return files(__package__).joinpath("report.css").read_text(encoding="utf-8")


def _body(told: Content, last: str) -> str:
    grids = [("Tensors", told.tensors), ("Derivatives", told.rows)]
    return (
        '<article class="chainrule-report">'
        f"<h1>{_badge(str(told.verdict))} {escape(told.headline)}</h1>"
        + _listed("Before any derivative was judged", [("", finding) for finding in told.findings])
        + _listed("What is wrong, and where", told.remarks)
        + "".join(_table(title, grid) for title, grid in grids if grid)
        + _facts(told)
        + last
        + "</article>"
    )


def _badge(verdict: str) -> str:
    return f'<span class="verdict {verdict.lower()}">{verdict}</span>'


def _listed(title: str, remarks: Sequence[tuple[str, str]]) -> str:
    if not remarks:
        return ""
    items = (f"<b>{escape(place)}</b>: {escape(text)}" if place else escape(text) for place, text in remarks)
    return f"<h2>{title}</h2><ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>"


def _table(title: str, grid: Grid) -> str:
    first_number = len(grid.header) - 1 - grid.numeric
    classes = [
        ' class="number"' if first_number <= i < len(grid.header) - 1 else "" for i in range(len(grid.header))
    ]
    head = "".join(
        f'<th scope="col"{kind}>{escape(name)}</th>' for name, kind in zip(grid.header, classes, strict=True)
    )
    lines = "".join(f"<tr>{_cells(line, classes)}</tr>" for line in grid.lines)
    more = f"<p>{escape(grid.more)}</p>" if grid.more else ""
    return (
        f'<h2>{title}</h2><div class="scroll"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{lines}</tbody></table></div>{more}"
    )


def _cells(line: Line, classes: Sequence[str]) -> str:
    *cells, verdict = line.cells
    told = "".join(f"<td{kind}>{escape(cell)}</td>" for cell, kind in zip(cells, classes, strict=False))
    return f"{told}<td>{_badge(verdict)}</td>"


def _facts(told: Content) -> str:
    return f"<h2>How it was found</h2>{_defined(told.facts)}"


def _legend() -> str:
    return f"<h2>How to read this</h2>{_defined(LEGEND)}"


def _defined(pairs: Sequence[tuple[str, str]]) -> str:
    return f"<dl>{''.join(f'<dt>{escape(name)}</dt><dd>{escape(value)}</dd>' for name, value in pairs)}</dl>"


def _plots(report: Report) -> str:
    """The error plots; a word on how to get them where matplotlib is not installed."""
    if not report.curves:
        return ""
    try:
        drawing = svg(report)
    except MissingExtraError as error:
        return f"<h2>Error against step</h2><p>{escape(error.one_line())}</p>"
    caption = (
        "How far each quotient lies from the numeric derivative: wide steps err by curvature, fine ones by "
        "rounding. A derivative given that is drawn above the grey band is wrong by that much."
    )
    return f"<h2>Error against step</h2><figure>{drawing}<figcaption>{caption}</figcaption></figure>"
