"""The NumPy functions that are covered beside the element-wise ufuncs, one file a family."""

from . import (
    aliases,
    choosing,
    indexing,
    linalg,
    missing,
    norms,
    products,
    quantiles,
    reductions,
    shaping,
)

__all__ = [
    "aliases",
    "choosing",
    "indexing",
    "linalg",
    "missing",
    "norms",
    "products",
    "quantiles",
    "reductions",
    "shaping",
]
