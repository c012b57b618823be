"""The parts of a drawing as SVG elements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from .box import Box
from .layout import TIP, Edge, Point
from .ranks import Row
from .scene import LINE, PADDING, Scene, shortened, text_size

MARGIN = 11.0  # of a layer around its boxes
ROUND = 14.0  # corners in the backward pass
BETWEEN = 4.0  # a box and its panel
LONGEST_ABOVE = 30  # characters
SHAPE_ABOVE, SHAPE_BELOW = -4.0, 11.0  # from an edge to the base line of the shape that it carries

Rectangle = tuple[float, float, float, float]


def text_element(x: float, y: float, text: str, kind: str = "") -> str:
    """A line of text."""
    return f'<text x="{x:.1f}" y="{y:.1f}"{_kind(kind)}>{escape(text)}</text>'


def box_element(scene: Scene, box: Box, name: str) -> str:
    """A box with its texts, the shape of its value beside it, and above it what comes from other rows."""
    left, top, right, _ = outline(scene, box)
    lines = scene.texts[box]
    kinds = ["box", *(["input"] if not box.steps[-1].text else [])]
    kinds += ["backward"] if box.backward else []
    kinds += ["output"] if any(step.node in scene.graph.outputs for step in box.steps) else []
    texts = [
        text_element(left + PADDING, top + PADDING / 2 + (i + 0.75) * LINE, line, "" if i else "name")
        for i, line in enumerate(lines)
    ]
    elsewhere = [operand for operand in box.operands if not _beside(scene, scene.boxes.of[operand], box)]
    if elsewhere:
        names = ", ".join(scene.boxes.names[operand] for operand in elsewhere)
        texts.append(text_element(left, top - 4, shortened(f"↥ {names}", LONGEST_ABOVE), "faint"))
    if box in scene.layers:
        texts.append(text_element(right - PADDING, top + 0.8 * LINE, scene.layers[box], "faint layer"))
    middle = (top + outline(scene, box)[3]) / 2
    shapes = {node.shape for node in scene.boxes.leaving(box)}
    if len(shapes) == 1:
        beside = middle + (SHAPE_BELOW if _leaves_upwards(scene, box) else SHAPE_ABOVE)
        texts.append(text_element(right + 3, beside, str(shapes.pop()), "faint shape"))
    width, height = text_size(lines)
    corner = ROUND if box.backward else 4
    label = quoteattr("; ".join(scene.panels[box][:2]))
    return (
        f'<g id="{name}" class="{" ".join(kinds)}" tabindex="0" role="note" aria-label={label}>'
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{corner:.1f}"/>'
        f"{''.join(texts)}</g>"
    )


def panel_element(scene: Scene, box: Box, name: str, corner: Point) -> str:
    """What a box tells, in a rectangle with its left upper corner at a point."""
    width, height = text_size(scene.panels[box])
    x, y = corner
    texts = [
        text_element(x + PADDING, y + PADDING / 2 + (i + 0.75) * LINE, line, "" if i else "name")
        for i, line in enumerate(scene.panels[box])
    ]
    place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<g id="{name}" class="panel"><rect {place} rx="4"/>{"".join(texts)}</g>'


def panel_corner(scene: Scene, box: Box, page: Point) -> Point:
    """Where a box's panel stands: under it, above, right or left, where there is room first, or under it."""
    left, top, right, bottom = outline(scene, box)
    width, height = text_size(scene.panels[box])
    x = max(0.0, min(left, page[0] - width))
    y = max(0.0, min(top, page[1] - height))
    below, above = bottom + BETWEEN, top - BETWEEN - height
    beyond, before = right + BETWEEN, left - BETWEEN - width
    places = [
        (below + height <= page[1], (x, below)),
        (above >= 0, (x, above)),
        (beyond + width <= page[0], (beyond, y)),
        (before >= 0, (before, y)),
    ]
    return next((corner for fits, corner in places if fits), (x, below))


def edge_elements(edge: Edge) -> Iterator[str]:
    """A curve with an arrow's tip."""
    *points, (x, y) = edge.points
    kind = " backward" if edge.target.backward else ""
    curve = "".join(map(_curve, pairwise([*points, (x - TIP, y)])))
    yield f'<path class="edge{kind}" d="M{points[0][0]:.1f} {points[0][1]:.1f}{curve}"/>'
    yield f'<path class="tip{kind}" d="M{x:.1f} {y:.1f}l{-TIP} {-TIP / 2}v{TIP}z"/>'


def _curve(ends: tuple[Point, Point]) -> str:
    (x1, y1), (x2, y2) = ends
    middle = (x1 + x2) / 2
    return f"C{middle:.1f} {y1:.1f} {middle:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"


def title_elements(scene: Scene) -> Iterator[str]:
    """Where each pass begins, if there are both."""
    passes = [row[0].backward for _, row in scene.layout.rows]
    if True not in passes:
        return
    for backward, title in ((False, "forward propagation →"), (True, "back propagation ⇢")):
        if backward in passes:
            top, _ = scene.layout.rows[passes.index(backward)]
            yield text_element(PADDING, top - 36, title, "name")


def group_elements(scene: Scene) -> Iterator[str]:
    """A frame around the boxes of a layer, in each row where no other box would stand in it."""
    for _, row in scene.layout.rows:
        for layer in dict.fromkeys(scene.layers[box] for box in row if box in scene.layers):
            members = [box for box in row if scene.layers.get(box) == layer]
            frame = _frame([outline(scene, box) for box in members])
            others = [outline(scene, box) for box in row if box not in members]
            if not any(_overlap(frame, other) for other in others):
                yield _frame_element(frame)


def outline(scene: Scene, box: Box) -> Rectangle:
    """Left, top, right and bottom of a box."""
    x, y = scene.layout.centres[box]
    width, height = text_size(scene.texts[box])
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def _leaves_upwards(scene: Scene, box: Box) -> bool:
    """Whether some edges turn upwards and none downwards: what stands beside them is better below."""
    turns = {
        next((y < edge.points[0][1] for _, y in edge.points if y != edge.points[0][1]), None)
        for edge in scene.layout.edges
        if edge.source is box
    }
    return True in turns and False not in turns


def _beside(scene: Scene, one: Box, other: Box) -> bool:
    return any(one in row and other in row for row in map(_boxes, scene.layout.rows))


def _boxes(row: tuple[float, Row]) -> Row:
    return row[1]


def _frame(parts: Sequence[Rectangle]) -> Rectangle:
    left, top, right, bottom = zip(*parts, strict=True)
    return min(left) - MARGIN, min(top) - 1.5 * MARGIN, max(right) + MARGIN, max(bottom) + MARGIN


def _overlap(one: Rectangle, other: Rectangle) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _frame_element(frame: Rectangle) -> str:
    left, top, right, bottom = frame
    place = f'x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" height="{bottom - top:.1f}"'
    return f'<rect class="group" {place} rx="8"/>'


def _kind(kind: str) -> str:
    return f' class="{kind}"' if kind else ""
