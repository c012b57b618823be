"""A graph made ready to be drawn: its boxes with their texts, and where they stand."""

from __future__ import annotations

import hashlib
import re
import textwrap
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from ..graph import Graph, Node
from .box import Box, Boxes
from .boxes import boxes
from .groups import layers
from .layout import Layout, lay_out
from .locals import MOST_STEPS, jacobian_lines
from .numbers import Numbers, long_text, numbers_at, short_text

CHARACTER = 7.25  # the width of a letter in pixels
SMALL_CHARACTER = 6.5  # of one of a shape
LINE = 15.0  # the height of a line of text
PADDING = 9.0
LONGEST_IN_BOX = 34  # characters
LONGEST_IN_PANEL = 96
MOST_RETURNED = 4  # lines

_LONG_NUMBER = re.compile(r"\d+\.\d{4,}(?:e[+-]?\d+)?")


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that a drawing shows.

    Attributes:
        graph: the graph.
        boxes: its boxes.
        texts: for each box the lines in it, its name first.
        panels: for each box the lines that it shows when pointed at.
        layers: for boxes of a network's layer, its name.
        layout: where the boxes stand.
    """

    graph: Graph
    boxes: Boxes
    texts: Mapping[Box, Sequence[str]]
    panels: Mapping[Box, Sequence[str]]
    layers: Mapping[Box, str]
    layout: Layout

    @property
    def key(self) -> str:
        """A name that no other drawing has, and the same drawing always."""
        shown = repr([*self.texts.values(), *self.panels.values()])
        return "g" + hashlib.sha256(shown.encode()).hexdigest()[:10]


def scene(graph: Graph, arrays: Sequence[Any] | None = None) -> Scene:
    """The scene of a graph; with its inputs given, values and adjoints are in it."""
    drawn = boxes(graph)
    numbers = Numbers() if arrays is None else numbers_at(graph, arrays)
    grouped = layers(drawn)
    texts = {
        box: [shortened(line, LONGEST_IN_BOX) for line in _lines(box, graph, numbers, grouped.get(box, ""))]
        for box in drawn.all
    }
    panels = {
        box: [shortened(line, LONGEST_IN_PANEL) for line in _panel(box, graph, drawn, numbers)]
        for box in drawn.all
    }
    longest = max((len(str(node.shape)) for node in drawn.values), default=0)
    layout = lay_out(drawn, lambda box: text_size(texts[box]), longest * SMALL_CHARACTER)
    return Scene(graph, drawn, texts, panels, grouped, layout)


def text_size(lines: Sequence[str]) -> tuple[float, float]:
    """Width and height of a rectangle around lines of text."""
    width = max(map(columns_of, lines)) * CHARACTER + 2 * PADDING
    return max(width, 3 * LINE), len(lines) * LINE + PADDING


def columns_of(line: str) -> int:
    """The width of a line in letters; those of East Asia are twice as wide."""
    return len(line) + sum(unicodedata.east_asian_width(letter) in "WF" for letter in line)


def shortened(line: str, longest: int) -> str:
    """A line, or the beginning of one that is too long."""
    if columns_of(line) <= longest:
        return line
    ends = accumulate(map(columns_of, line))
    return f"{line[: sum(end < longest for end in ends)]}…"


def _lines(box: Box, graph: Graph, numbers: Numbers, layer: str) -> Iterator[str]:
    if len(box.steps) > 1 and not box.node.inputs:
        yield f"{box.steps[0].name} … {box.name}"
        yield f"⋯ {len(box.steps)} inputs"
        return
    yield f"{'∂ ' if box.backward else ''}{box.name}" + " " * (len(layer) + 2 if layer else 0)
    if box.times:
        last = box.steps[len(box.steps) - len(box.steps) // box.times :]
        yield f"⋯ {box.times} times, the last one:"
        yield from [f"{step.name} = {step.text}" for step in last[:MOST_STEPS]]
        yield from ["…"] if len(last) > MOST_STEPS else []
        returned = _returned(box, graph.outputs, LONGEST_IN_BOX)
        yield from returned[:MOST_RETURNED]
        yield from ["…"] if len(returned) > MOST_RETURNED else []
        return
    if len(box.steps) > 1:
        yield f"⋯ {len(box.steps)} steps"
    yield _LONG_NUMBER.sub(lambda number: f"{float(number[0]):.4g}", box.steps[-1].text) or "input"
    if box.node in numbers.values:
        yield f"= {short_text(numbers.values[box.node])}"
    if box.node in numbers.adjoints:
        yield f"adjoint {short_text(numbers.adjoints[box.node])}"


def _returned(box: Box, outputs: Collection[Node], width: int) -> list[str]:
    """Lines that name what the function returns of a loop's values."""
    names = [step.name for step in box.steps if step.node in outputs]
    text = f"returned ({len(names)}): {', '.join(names)}"
    return textwrap.wrap(text, width) if names and box.times else []


def _panel(box: Box, graph: Graph, drawn: Boxes, numbers: Numbers) -> Iterator[str]:
    node = box.node
    for step in box.steps[:MOST_STEPS]:
        yield f"{step.name} = {step.text or 'input'}"
    if len(box.steps) > MOST_STEPS:
        yield f"⋯ {box.name} = {box.steps[-1].text}"
    yield from _returned(box, graph.outputs, LONGEST_IN_PANEL)
    yield f"{node.op}  {node.shape}  {node.dtype}"
    if node.source is not None and node.source.text:
        yield f"{'derivative of ' if box.backward else ''}line {node.source.line}: {node.source.text}"
    yield from jacobian_lines(box, drawn, numbers)
    for title, known in (("value", numbers.values), ("adjoint", numbers.adjoints)):
        lines = long_text(known[node]) if node in known else []
        indent = [f"{title} ", *[" " * (len(title) + 1)] * len(lines)]
        yield from (start + line for start, line in zip(indent, lines, strict=False))
