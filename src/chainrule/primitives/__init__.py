"""The operations this library knows, one record each, one file a family. Importing this registers them."""

from . import (
    arithmetic,
    contraction,
    convolution,
    cross,
    determinants,
    factorisations,
    indexing,
    inverses,
    literals,
    piecewise,
    reductions,
    shaping,
    special,
    spectra,
    transcendental,
)

__all__ = [
    "arithmetic",
    "contraction",
    "convolution",
    "cross",
    "determinants",
    "factorisations",
    "indexing",
    "inverses",
    "literals",
    "piecewise",
    "reductions",
    "shaping",
    "special",
    "spectra",
    "transcendental",
]
