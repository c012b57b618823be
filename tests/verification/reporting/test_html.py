"""A report as a page: complete, well-formed, and nothing in it comes from elsewhere."""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser

import pytest

from .conftest import HOSTILE, report, row

VOID = {"meta", "br", "path", "use", "rect"}


class Outline(HTMLParser):
    """The tags in order, each of which must be closed, and the text."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.text, self.attributes = [], [], "", []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_every_tag_is_closed_and_everything_is_told(page):
    page = Outline(page)
    assert page.tags.count("svg") == 1
    assert page.tags.count("h1") == 1
    for text in (
        "FAIL",
        "3 of 4 derivatives wrong, in w",
        "How to read this",
        "numeric ± bound",
        "[2]",
        "seed 0",
    ):
        assert text in page.text


def test_a_notebook_is_shown_one_element(wrong):
    fragment = wrong._repr_html_()
    outline = Outline(fragment)
    assert outline.tags[:2] == ["style", "article"]
    assert not {"html", "head", "body", "script"} & set(outline.tags)


def test_nothing_is_fetched(page):
    outline = Outline(page)
    assert not {"script", "link", "img", "iframe", "image"} & set(outline.tags)
    assert all(
        value.startswith("#") for name, value in outline.attributes if name in ("href", "xlink:href", "src")
    )
    assert "@import" not in page
    assert all(place.startswith("#") for place in re.findall(r"url\(([^)]*)\)", page))


def test_light_and_dark(page):
    assert "color-scheme: light dark" in page
    drawing = page[page.index("<svg") : page.index("</svg>")]
    assert "currentColor" in drawing
    assert "#000000" not in drawing


def test_names_are_never_markup(hostile):
    page = Outline(hostile.to_html())
    assert page.text.count(HOSTILE) >= 4
    assert page.tags.count("b") == 2  # the places of the remarks, and none of the names


def test_a_page_has_more_rows_than_a_screen():
    page = Outline(report(*[row(index=(i,)) for i in range(150)]).to_html())
    assert page.tags.count("tr") == 151


def test_two_pages_of_one_report_are_the_same(wrong, page):
    assert wrong.to_html() == page


def test_a_refused_report_has_no_plot(refused):
    assert "svg" not in Outline(refused.to_html()).tags


def test_without_matplotlib_the_page_says_how_to_get_plots(wrong, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    page = Outline(wrong.to_html())
    assert "svg" not in page.tags
    assert "pip install 'chainrule[plot]'" in page.text


@pytest.mark.parametrize("verdict", ["PASS", "FAIL", "UNDECIDED"])
def test_the_title_has_the_verdict(verdict):
    assert f"<title>{verdict}: gradient check</title>" in report(row(verdict)).to_html()
