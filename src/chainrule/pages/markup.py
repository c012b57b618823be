"""Markup, told apart from text: text is escaped wherever it is put, markup never twice."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

#: What an HTML document may not hold: control characters, and halves of characters.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")

_VOID = frozenset({"br", "col", "hr", "img", "input", "meta"})


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


def markup(content: object) -> Html:
    """The content itself where it is markup, else its text escaped; what no document may hold becomes �.

    >>> markup("a < b"), markup(Html("<br>"))
    ('a &lt; b', '<br>')
    """
    return content if isinstance(content, Html) else Html(escape(_FORBIDDEN.sub("\ufffd", str(content))))


def joined(contents: Iterable[object]) -> Html:
    """Contents one after the other, texts escaped."""
    return Html("".join(map(markup, contents)))


def element(tag: str, *contents: object, **attributes: object) -> Html:
    """An element of HTML or SVG.

    Args:
        tag: its name.
        contents: text, which is escaped, and other elements.
        attributes: an underscore in a name is a hyphen, and one at its end nothing; those that are None
            are left out.

    >>> element("th", "a < b", scope="col", class_=None)
    '<th scope="col">a &lt; b</th>'
    >>> element("rect", x=1, stroke_width=2.5)
    '<rect x="1" stroke-width="2.5"></rect>'
    """
    given = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{markup(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    return Html(f"<{tag}{given}>" if tag in _VOID else f"<{tag}{given}>{joined(contents)}</{tag}>")
