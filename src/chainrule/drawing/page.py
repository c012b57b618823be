"""A drawing inside a page, and as a page of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..graph import Graph
from ..pages import Html, document, element, joined, scrolling
from .svg import svg

HINT = "Point at a box, or click it, for the line it comes from, its local Jacobians and its numbers."


def in_page(graph: Graph, arrays: Sequence[Any] | None = None) -> str:
    """A drawing as a part of a page, which scrolls by itself where it is wider."""
    return f'<div style="overflow:auto">{svg(graph, arrays)}</div>'


def page(graph: Graph, source: str, arrays: Sequence[Any] | None = None) -> str:
    """A page with the drawing, the table of values and the NumPy source of a graph.

    Args:
        graph: the graph.
        source: its NumPy source.
        arrays: its inputs, for the values.
    """
    content = joined(
        (
            element("h1", graph.title),
            element("p", HINT),
            scrolling(Html(svg(graph, arrays)), "The graph"),
            _folded("The graph as a table", str(graph)),
            _folded("The graph as NumPy source", source),
        )
    )
    return document(graph.title, content)


def _folded(title: str, text: str) -> Html:
    return element("details", element("summary", title), element("pre", text))
