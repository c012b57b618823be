"""Cross products of vectors, and of the rows of matrices."""

from __future__ import annotations

import numpy as np

from .arithmetic import product, scaled
from .formula import REBUILT, Formula


def crossed(a: Formula, b: Formula, shape: tuple[int, ...]) -> Formula:
    """a × b, scalar factors in front."""
    (front, a), (behind, b) = scaled(a), scaled(b)
    return product(*front, *behind, Formula("cross", (a, b), shape))


def both_terms(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a₂b₃ + a₃b₂ and so on: the cross product without its minus."""
    a, b = np.broadcast_arrays(a, b)
    total: np.ndarray = np.roll(a, -1, -1) * np.roll(b, -2, -1) + np.roll(a, -2, -1) * np.roll(b, -1, -1)
    return total


REBUILT["cross"] = lambda f, parts: crossed(parts[0], parts[1], f.shape)
