"""A whole document, and the same content as one element of another's."""

from __future__ import annotations

from importlib.resources import files

from .markup import Html, element, joined
from .palette import variables

#: What a browser is to refuse, should anything ever ask for it: whatever is not in the page itself.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
SCOPE = ".chainrule"


def document(title: str, content: object, style: str = "") -> str:
    """A whole HTML document.

    Args:
        title: of the window.
        content: of the page, its heading first.
        style: rules besides those that all pages share.
    """
    head = joined(
        (
            element("meta", charset="utf-8"),
            element("meta", http_equiv="Content-Security-Policy", content=POLICY),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("meta", name="color-scheme", content="light dark"),
            element("title", title),
            element("style", Html(f":root{{color-scheme: light dark}}\n{shared_style()}{style}")),
        )
    )
    body = element("body", element("main", content), class_="chainrule page")
    return f"<!DOCTYPE html>\n{element('html', element('head', head), body, lang='en')}\n"


def fragment(content: object, style: str = "") -> Html:
    """The same as one element, with its style, for a notebook."""
    shown = element("article", content, class_="chainrule")
    return joined((element("style", Html(f"{shared_style()}{style}")), shown))


def shared_style() -> str:
    """The rules that all pages share."""
    return f"{variables(SCOPE)}\n{files(__package__).joinpath('page.css').read_text(encoding='utf-8')}"
