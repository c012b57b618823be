"""Drawings of graphs."""

from .page import in_page, page
from .svg import svg

__all__ = ["in_page", "page", "svg"]
