"""A drawing read back: its boxes, panels and edges."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree import ElementTree

SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class Rectangle:
    left: float
    top: float
    right: float
    bottom: float

    def holds(self, x: float, y: float) -> bool:
        """Whether a point is inside, and not only on the border, by more than rounding."""
        return self.left + 0.2 < x < self.right - 0.2 and self.top + 0.2 < y < self.bottom - 0.2

    def overlaps(self, other: Rectangle) -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


@dataclass(frozen=True)
class DrawnBox:
    identifier: str
    kinds: set[str]
    lines: list[str]
    place: Rectangle


@dataclass(frozen=True)
class Drawn:
    """What stands in an SVG."""

    width: float
    height: float
    boxes: list[DrawnBox]
    panels: list[list[str]]
    panel_places: list[Rectangle]
    edges: list[tuple[str, list[float]]]
    texts: list[str]
    style: str

    def box(self, name: str) -> DrawnBox:
        return next(box for box in self.boxes if box.lines[0].split("  ")[0].strip() in (name, f"∂ {name}"))

    def panel(self, name: str) -> list[str]:
        return self.panels[self.boxes.index(self.box(name))]


def read(svg: str) -> Drawn:
    """A drawing from its text, which must be well-formed XML."""
    root = ElementTree.fromstring(svg)
    groups = root.findall(f"{SVG}g")
    boxes = [group for group in groups if "box" in group.attrib["class"].split()]
    panels = [group for group in groups if group.attrib["class"] == "panel"]
    edges = [path for path in root.findall(f"{SVG}path") if "edge" in path.attrib["class"].split()]
    return Drawn(
        float(root.attrib["width"]),
        float(root.attrib["height"]),
        [
            DrawnBox(group.attrib["id"], set(group.attrib["class"].split()), _lines(group), _place(group))
            for group in boxes
        ],
        [_lines(group) for group in panels],
        [_place(group) for group in panels],
        [(path.attrib["class"], _numbers(path.attrib["d"])) for path in edges],
        ["".join(text.itertext()) for text in root.iter(f"{SVG}text")],
        "".join(root.find(f"{SVG}style").itertext()),
    )


def _lines(group: ElementTree.Element) -> list[str]:
    return ["".join(text.itertext()) for text in group.findall(f"{SVG}text")]


def _place(group: ElementTree.Element) -> Rectangle:
    rect = group.find(f"{SVG}rect").attrib
    left, top = float(rect["x"]), float(rect["y"])
    return Rectangle(left, top, left + float(rect["width"]), top + float(rect["height"]))


def _numbers(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", text)]
