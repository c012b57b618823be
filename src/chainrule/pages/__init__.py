"""Pages that need nothing else: no script, no network, light or dark as their reader prefers."""

from __future__ import annotations

from .document import document, fragment
from .markup import Html, element, joined
from .palette import variables
from .parts import badge, definitions, figure, items, scrolling, table

__all__ = [
    "Html",
    "badge",
    "definitions",
    "document",
    "element",
    "figure",
    "fragment",
    "items",
    "joined",
    "scrolling",
    "table",
    "variables",
]
