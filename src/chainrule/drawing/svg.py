"""A graph as SVG: one file without script, fonts or network; a box tells more when pointed at or clicked."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any
from xml.sax.saxutils import quoteattr

from ..graph import Graph
from .elements import box_element, edge_elements, group_elements, panel_corner, panel_element, title_elements
from .scene import PADDING, scene, text_size
from .style import sheet

NARROWEST = 320.0


def svg(graph: Graph, arrays: Sequence[Any] | None = None) -> str:
    """A graph as a drawing.

    Values flow from left to right, row under row, forward propagation above back propagation (dashed, round,
    marked ∂). Each edge tells the shape of its value. A box that is pointed at or clicked shows the user's
    line, the local Jacobian by each operand, and the numbers. Where there are many operations, short ones are
    written inside the box that uses them, and chains are one box.

    Args:
        graph: any graph.
        arrays: the inputs, for the values and, where the graph returns one real number, the adjoints.

    Returns:
        The text of an SVG file.

    Raises:
        ArgumentError: there are more arrays than inputs, or fewer.
    """
    drawn = scene(graph, arrays)
    sizes = [drawn.layout.size, *[text_size(lines) for lines in drawn.panels.values()]]
    width = ceil(max(NARROWEST, *[across + PADDING for across, _ in sizes]))
    page = width, max(down + PADDING for _, down in sizes)
    corners = {box: panel_corner(drawn, box, page) for box in drawn.boxes.all}
    lowest = [corners[box][1] + text_size(drawn.panels[box])[1] for box in corners]
    height = ceil(max([page[1], *lowest]))
    ids = [(f"{drawn.key}b{i}", f"{drawn.key}p{i}") for i in range(len(drawn.boxes.all))]
    named = list(zip(drawn.boxes.all, ids, strict=True))
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" id="{drawn.key}" {size}'
    parts = [
        f'{head} role="group" aria-label={quoteattr(repr(graph))}>',
        f"<style>{sheet('#' + drawn.key, ids)}</style>",
        '<rect class="page" width="100%" height="100%"/>',
        *title_elements(drawn),
        *group_elements(drawn),
        *[element for edge in drawn.layout.edges for element in edge_elements(edge)],
        *[box_element(drawn, box, name) for box, (name, _) in named],
        *[panel_element(drawn, box, name, corners[box]) for box, (_, name) in named],
        "</svg>",
    ]
    return "\n".join(parts) + "\n"
