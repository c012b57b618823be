"""How a report is shown: text, rich, HTML, LaTeX, JSON, and a plot of errors against steps."""

from .as_json import as_json
from .html import found, fragment, page
from .latex import latex
from .plot import figure
from .text import plain, renderable

__all__ = ["as_json", "figure", "found", "fragment", "latex", "page", "plain", "renderable"]
