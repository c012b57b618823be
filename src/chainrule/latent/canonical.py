"""The one W among all its rotations that is given."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from ..arguments import Array
from ..errors import ArgumentError
from .rounding import significant

Rotation = Literal["varimax"] | None

STEPS = 500


def as_rotation(rotation: Any) -> Rotation:
    """A rotation's name, checked.

    Raises:
        ArgumentError: there is no such rotation.
    """
    if rotation is None or rotation == "varimax":
        return rotation  # type: ignore[no-any-return]
    raise ArgumentError(f"rotation={rotation!r}", expected='"varimax" or None')


def with_canonical_signs(vectors: Array) -> Array:
    """Columns with the first of their largest entries positive, so that equal data give equal signs."""
    magnitude = np.abs(vectors)
    # Entries that tie up to rounding must not take turns at being the largest.
    largest = np.argmax(magnitude >= (1.0 - 1e-8) * magnitude.max(axis=0, initial=0.0), axis=0)
    return np.asarray(vectors * np.where(vectors[largest, np.arange(vectors.shape[1])] < 0.0, -1.0, 1.0))


def canonical(W: Array) -> Array:
    """``U w`` of ``W = U w Vᵀ``: the same W Wᵀ, its columns orthogonal, longest first, with fixed signs."""
    U, w, _ = np.linalg.svd(W, full_matrices=False)
    return with_canonical_signs(U * np.where(significant(w, W.shape), w, 0.0))


def varimax(W: Array) -> Array:
    """W rotated so that each column has few large entries and many small ones, the longest column first.

    The rotation R maximises ``Σⱼ [mean_i (W R)ᵢⱼ⁴ - (mean_i (W R)ᵢⱼ²)²]``, the variances of the squared
    entries, by the fixed point ``R = polar(Wᵀ (B³ - B diag(mean B²)))`` with B = W R. W Wᵀ stays the same.

    Source: Kaiser, "The varimax criterion for analytic rotation in factor analysis" (1958).

    >>> turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    >>> np.abs(varimax(np.array([[3.0, 0.0], [3.0, 0.0], [0.0, 2.0]]) @ turn)).round(6).tolist()
    [[3.0, 0.0], [3.0, 0.0], [0.0, 2.0]]
    """
    R, before = np.eye(W.shape[1]), 0.0
    largest = np.abs(W).max(initial=0.0)
    unit = W / largest if largest else W  # of numbers near 1, fourth powers neither vanish nor overflow
    for _ in range(STEPS):
        B = unit @ R
        U, s, Vt = np.linalg.svd(unit.T @ (B**3 - B * np.mean(B**2, axis=0)))
        R = U @ Vt
        if s.sum() <= before * (1.0 + 1e-14):
            break
        before = float(s.sum())
    rotated = W @ R
    order = np.argsort(-np.sum(rotated**2, axis=0), kind="stable")
    return with_canonical_signs(rotated[:, order]) + 0.0  # no -0.0
