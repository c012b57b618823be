"""A drawing inside a page, and as a page of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

from ..graph import Graph
from .svg import svg

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
body {{ font: 15px system-ui, sans-serif; margin: 1.5rem; }}
pre {{ overflow: auto; }}
</style>
</head>
<body>
<h1>{title}</h1>
<p>Point at a box, or click it, for the line it comes from, its local Jacobians and its numbers.</p>
{drawing}
<details><summary>The graph as a table</summary><pre>{table}</pre></details>
<details><summary>The graph as NumPy source</summary><pre>{source}</pre></details>
</body>
</html>
"""


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
    return PAGE.format(
        title=escape(graph.title),
        drawing=in_page(graph, arrays),
        table=escape(str(graph)),
        source=escape(source),
    )
