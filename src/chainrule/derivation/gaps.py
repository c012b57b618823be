"""The gaps between eigenvalues or singular values, by which the derivative of their vectors is divided."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..graph import Node, scalar_value
from ..primitives.spectra import ROUNDING
from .arithmetic import apply, coefficient
from .formula import Formula


def is_guarded_gap(node: Node) -> bool:
    """Whether it is a gap, or ∞ where that is within rounding of 0: what is divided by it is 0 there."""
    if node.op != "where" or scalar_value(node.inputs[1]) != math.inf:
        return False
    condition, _, gap = node.inputs
    size = condition.inputs[0] if condition.op == "less_equal" else condition
    return size.op == "absolute" and size.inputs[0] is gap


def read_gaps(gap: Formula) -> Formula | None:
    """gaps(w) of 𝟏 wᵀ − w 𝟏ᵀ, and sums(w) of 𝟏 wᵀ + w 𝟏ᵀ; None of other matrices."""
    if gap.kind != "add" or len(gap.parts) != 2:
        return None
    (front, across), (sign, down) = map(coefficient, gap.parts)
    if across.kind != "spread" or down.kind != "spread" or across.parts != down.parts:
        return None
    if (across.data, down.data, front) != ((0,), (1,), 1) or abs(sign) != 1:
        return None
    name, function = ("gaps", gaps) if sign < 0 else ("sums", sums)
    return apply(name, across.parts, gap.shape, function)


def gaps(w: Any) -> Any:
    """wⱼ − wᵢ, and ∞ where that is within rounding of 0."""
    return _guarded(w[None, :] - w[:, None], w)


def sums(w: Any) -> Any:
    """wⱼ + wᵢ, and ∞ where that is within rounding of 0."""
    return _guarded(w[None, :] + w[:, None], w)


def _guarded(gap: Any, w: Any) -> Any:
    rounding = ROUNDING * np.finfo(w.dtype).eps * np.sum(np.abs(w))
    return np.where(np.abs(gap) <= rounding, np.inf, gap)
