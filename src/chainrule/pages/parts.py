"""What pages are made of: tables, definitions, lists, figures."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence

from .markup import Html, element, joined


def table(
    header: Sequence[object],
    rows: Iterable[Sequence[object]],
    *,
    numeric: Container[int] = (),
    caption: object = None,
    label: str | None = None,
) -> Html:
    """A table that scrolls by itself where it is wider than the page; the first cell of a row names the row.

    Args:
        header: the names of the columns.
        rows: their cells.
        numeric: the positions of the columns that hold numbers, which are set flush right.
        caption: what the table shows, above it.
        label: the same for those who hear the page, where no caption says it.

    >>> table(["a"], [["<b>"]])
    '<div class="scroll" tabindex="0"><table><thead><tr><th scope="col">a</th></tr></thead>...'
    """
    kinds = ["number" if place in numeric else None for place in range(len(header))]

    def line(cells: Sequence[object], first: str, scope: str, other: str) -> Html:
        tags = [first, *[other] * (len(cells) - 1)]
        scopes = [scope if tag == "th" else None for tag in tags]
        return element("tr", *map(_cell, tags, cells, scopes, kinds))

    head = line(header, "th", "col", "th")
    body = joined(line(cells, "th", "row", "td") for cells in rows)
    above = () if caption is None else (element("caption", caption),)
    inside = element("table", *above, element("thead", head), element("tbody", body), aria_label=label)
    return scrolling(inside)


def _cell(tag: str, content: object, scope: str | None, kind: str | None) -> Html:
    return element(tag, content, scope=scope, class_=kind)


def scrolling(content: object, label: str | None = None) -> Html:
    """A part that scrolls by itself where it is wider than the page, by the keyboard too."""
    role = None if label is None else "region"
    return element("div", content, class_="scroll", tabindex=0, role=role, aria_label=label)


def definitions(pairs: Iterable[tuple[object, object]]) -> Html:
    """Names, and what is to be said of each."""
    return element("dl", *(joined((element("dt", name), element("dd", value))) for name, value in pairs))


def items(contents: Iterable[object]) -> Html:
    """A list."""
    return element("ul", *(element("li", content) for content in contents))


def figure(picture: object, caption: object) -> Html:
    """A picture, and what it shows."""
    return element("figure", picture, element("figcaption", caption))


def badge(verdict: str) -> Html:
    """PASS, FAIL or UNDECIDED, in its colour."""
    return element("span", verdict, class_=f"verdict {verdict.lower()}")
