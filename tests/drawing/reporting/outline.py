"""A page as its elements, each of which must be closed."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "br", "col", "hr", "img", "input", "link"}


@dataclass(eq=False)
class Element:
    tag: str
    attributes: dict[str, str]
    parents: tuple[Element, ...] = field(repr=False)
    text: str = ""


@dataclass(repr=False)
class Outline:
    """Elements in order, and all text."""

    elements: list[Element] = field(default_factory=list)
    text: str = ""

    def all(self, *tags: str) -> list[Element]:
        return [element for element in self.elements if element.tag in tags]

    def inside(self, outer: Element) -> list[Element]:
        return [element for element in self.elements if outer in element.parents]

    def headed(self, table: Element) -> bool:
        """Whether the heading just before a table is all that stands between it and what is before."""
        before = [each for each in self.elements[: self.elements.index(table)] if each.tag != "div"]
        return before[-1].tag in ("h2", "h3", "h4")

    @property
    def title(self) -> str:
        return next(element.text for element in self.elements if element.tag == "title")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[Element] = []
        self.outline = Outline()

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), (tag, names)
        element = Element(tag, {name: value or "" for name, value in attrs}, tuple(self.open))
        self.outline.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop().tag == tag

    def handle_data(self, data):
        for element in self.open:
            element.text += data
        if not any(element.tag in ("style", "title") for element in self.open):
            self.outline.text += data


def read(page: str) -> Outline:
    """A page from its text; identifiers are unique, and every element is closed."""
    assert page.startswith("<!DOCTYPE html>\n")
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    identifiers = [each.attributes["id"] for each in reader.outline.elements if "id" in each.attributes]
    assert len(identifiers) == len(set(identifiers))
    return reader.outline
