"""Pages: what is escaped, and what every document promises."""

from __future__ import annotations

import re

import pytest

from chainrule.pages import Html, document, element, fragment, table
from chainrule.pages.palette import DARK, LIGHT


@pytest.mark.parametrize("hostile", ["<b>", '"', "'", "&amp;", "</style><script>", "a\x00b\x1b[0m", "\ud800"])
def test_text_is_never_markup(hostile) -> None:
    assert re.fullmatch(
        r"<i title=\"[^\"<>]*\">[^<>\x00\x1b\ud800]*</i>", element("i", hostile, title=hostile)
    )
    document(hostile, hostile).encode()


def test_markup_is_escaped_once() -> None:
    assert element("p", element("b", "&"), Html("<br>"), 1) == "<p><b>&amp;</b><br>1</p>"


def test_a_document_refuses_what_is_not_in_it() -> None:
    page = document("t", element("h1", "t"), ".a{color:red}")
    assert "default-src 'none'" in page.replace("&#x27;", "'")
    assert page.count("<style>") == 1
    assert "color-scheme: light dark" in page
    assert ".a{color:red}" in page
    assert not re.search(r"https?:|@import|url\(", page)


def test_a_notebook_gets_one_element() -> None:
    assert re.fullmatch(
        r"<style>[^<]*</style><article class=\"chainrule\"><p>x</p></article>", fragment(element("p", "x"))
    )


def test_a_table_tells_which_cells_are_headers() -> None:
    made = table(["name", "count"], [["a", "1"]], numeric={1}, caption="What")
    assert (
        '<caption>What</caption><thead><tr><th scope="col">name</th><th scope="col" class="number">count</th>'
        in made
    )
    assert '<tbody><tr><th scope="row">a</th><td class="number">1</td></tr></tbody>' in made


def luminance(colour: str) -> float:
    """WCAG 2.2: relative luminance of an sRGB colour."""
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_can_be_read(colours) -> None:
    """WCAG 2.2 AA: 4.5 for text, 3 for what is drawn."""
    for text in ("text", "faint", "forward", "backward"):
        assert contrast(colours[text], colours["page"]) >= 4.5, text
        assert contrast(colours[text], colours["group"]) >= 4.5, text
    for fill in ("forward-fill", "backward-fill", "input-fill", "panel", "group"):
        assert contrast(colours["text"], colours[fill]) >= 4.5, fill
    for verdict in ("pass", "fail", "undecided"):
        assert contrast("#ffffff", colours[verdict]) >= 4.5, verdict
    assert contrast(colours["line"], colours["page"]) >= 3
