"""The NumPy functions that are covered beside the element-wise ufuncs, one file a family."""

from . import (
    aliases,
    choosing,
    differences,
    grids,
    indexing,
    interpolation,
    linalg,
    missing,
    norms,
    polynomials,
    products,
    quantiles,
    reductions,
    shaping,
    signals,
    statistics,
)

__all__ = [
    "aliases",
    "choosing",
    "differences",
    "grids",
    "indexing",
    "interpolation",
    "linalg",
    "missing",
    "norms",
    "polynomials",
    "products",
    "quantiles",
    "reductions",
    "shaping",
    "signals",
    "statistics",
]
