"""Where boxes stand: each row is layered from left to right by grandalf (Sugiyama's method)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .box import Box, Boxes
from .ranks import Row, rows

GAP = 64.0  # between columns, where the shapes on the edges fit in
SPACE = 30.0  # between boxes in a column: what comes from elsewhere is told above a box
ROW_GAP = 60.0
WIDEST = 1500.0  # a row
TIP = 7.0  # length of an arrow's
ROUNDS = 8  # of reducing crossings

Point = tuple[float, float]
Size = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Edge:
    """A value used in the same row, by the points that its line goes through."""

    source: Box
    target: Box
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """The middle of each box, the edges inside rows, and the rows with the height at which each starts."""

    centres: Mapping[Box, Point]
    edges: tuple[Edge, ...]
    rows: tuple[tuple[float, Row], ...]
    size: Size


class _Outline:
    """What grandalf needs of a box: it goes from top to bottom, so width and height change places."""

    def __init__(self, size: Size) -> None:
        self.h, self.w = size
        self.xy: Point = (0.0, 0.0)

    @property
    def centre(self) -> Point:
        return self.xy[1], self.xy[0]


def lay_out(boxes: Boxes, size: Callable[[Box], Size], shape: float = 0.0) -> Layout:
    """Every row under the one before.

    Args:
        boxes: what is drawn.
        size: the width and height of a box.
        shape: the width of the longest shape that stands on an edge.
    """
    gap = max(GAP, shape + 2 * TIP)
    centres: dict[Box, Point] = {}
    edges: list[Edge] = []
    starts: list[tuple[float, Row]] = []
    top, right = ROW_GAP, 0.0
    for row in rows(boxes, lambda box: size(box)[0] + gap, WIDEST):
        starts.append((top, row))
        for placed, lines in _components(row, boxes, size, gap):
            left, highest, rightmost, lowest = _extent(placed, lines, size)
            across, down = gap / 2 - left, top - highest
            centres |= {box: (x + across, y + down) for box, (x, y) in placed.items()}
            edges += [
                Edge(line.source, line.target, tuple((x + across, y + down) for x, y in line.points))
                for line in lines
            ]
            top, right = lowest + down + SPACE, max(right, rightmost + across)
        top += ROW_GAP - SPACE
    return Layout(centres, tuple(edges), tuple(starts), (right + gap, top))


def _extent(
    placed: Mapping[Box, Point], lines: Sequence[Edge], size: Callable[[Box], Size]
) -> tuple[float, float, float, float]:
    """The left, top, right and bottom of boxes and edges together."""
    corners = [point for line in lines for point in line.points]
    for box, (x, y) in placed.items():
        width, height = size(box)
        corners += [(x - width / 2, y - height / 2), (x + width / 2, y + height / 2)]
    xs, ys = zip(*corners, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _components(
    row: Row, boxes: Boxes, size: Callable[[Box], Size], gap: float
) -> list[tuple[dict[Box, Point], list[Edge]]]:
    """Each connected part of a row by itself: where its boxes stand, and how its edges run."""
    place = {box: i for i, box in enumerate(row)}
    used = ((boxes.of[operand], box) for box in row for operand in box.operands)
    links = list(dict.fromkeys((place[one], place[other]) for one, other in used if one in place))
    part_of = _connected(len(row), links)
    return [
        _layered(
            {i: _Outline(size(box)) for i, box in enumerate(row) if part_of[i] == part},
            [(i, j) for i, j in links if part_of[i] == part],
            row,
            gap,
        )
        for part in dict.fromkeys(part_of)
    ]


def _connected(count: int, links: Sequence[tuple[int, int]]) -> list[int]:
    """For each of so many boxes the number of the connected part that it is in."""
    parts = list(range(count))
    for i, j in links:
        joined, other = parts[i], parts[j]
        parts = [joined if part == other else part for part in parts]
    return parts


def _layered(
    outlines: Mapping[int, _Outline], links: Sequence[tuple[int, int]], row: Row, gap: float
) -> tuple[dict[Box, Point], list[Edge]]:
    from grandalf.graphs import Edge as GrandalfEdge
    from grandalf.graphs import Vertex, graph_core
    from grandalf.layouts import SugiyamaLayout

    vertices = {i: Vertex(row[i]) for i in outlines}
    for i, vertex in vertices.items():
        vertex.view = outlines[i]
    # Not grandalf's Graph, which would take the edges in another order each time.
    part = graph_core(list(vertices.values()), [GrandalfEdge(vertices[i], vertices[j]) for i, j in links])
    layout = SugiyamaLayout(part)
    layout.xspace, layout.yspace = SPACE, gap
    layout.dw, layout.dh = 4.0, 4.0  # of a point where an edge passes a column
    layout.init_all(inverted_edges=[], optimize=True)
    layout.draw(ROUNDS)
    for layer in layout.layers:
        _separate(layer)
    placed = {vertex.data: vertex.view.centre for vertex in part.V()}
    columns = {vertex: layout.grx[vertex].rank for vertex in part.V()}
    halves = [max(vertex.view.h for vertex in column) / 2 for column in layout.layers]
    return placed, [_edge(edge, layout.ctrls.get(edge, {}), columns, halves) for edge in part.E()]


def _separate(layer: Sequence[Any]) -> None:
    """Move what stands in one column as little as keeps it apart, which grandalf does not always do."""
    from scipy.optimize import isotonic_regression

    heights = np.array([vertex.view.w for vertex in layer])
    apart = np.concatenate([[0.0], (heights[1:] + heights[:-1]) / 2 + SPACE]).cumsum()
    wanted = np.array([vertex.view.xy[0] for vertex in layer]) - apart
    for vertex, y in zip(layer, isotonic_regression(wanted).x + apart, strict=True):
        vertex.view.xy = (float(y), vertex.view.xy[1])


def _edge(edge: Any, passed: Mapping[int, Any], columns: Mapping[Any, int], halves: Sequence[float]) -> Edge:
    """From the right side of a box to the left side of another; it bends only between columns."""
    source, target = edge.v
    (left, start), (right, end) = source.view.centre, target.view.centre
    points = [(left + source.view.h / 2, start), (left + halves[columns[source]], start)]
    for rank, vertex in sorted(passed.items()):
        if vertex is not source and vertex is not target:
            y, x = vertex.view.xy
            points += [(x - halves[rank], y), (x + halves[rank], y)]
    points += [(right - halves[columns[target]] - TIP, end), (right - target.view.h / 2, end)]
    return Edge(source.data, target.data, tuple(points))
