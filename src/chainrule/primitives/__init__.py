"""The operations this library knows, one record each, one file a family. Importing this registers them."""

from . import (
    arithmetic,
    contraction,
    indexing,
    literals,
    piecewise,
    reductions,
    shaping,
    special,
    transcendental,
)

__all__ = [
    "arithmetic",
    "contraction",
    "indexing",
    "literals",
    "piecewise",
    "reductions",
    "shaping",
    "special",
    "transcendental",
]
