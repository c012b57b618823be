"""A trained model told on one page: what it was given, what it learnt, and how far to trust it."""

from __future__ import annotations

from .page import report

__all__ = ["report"]
