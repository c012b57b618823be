"""Values of polynomials, and the powers that they are made of."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import ShapeError
from ...graph import Node, as_node, broadcast_to, cast, constant
from ..registry import covers
from .shaping import listed, stack


@covers(np.polyval)
def polyval(p: Any, x: Any) -> Node:
    """p₀ xⁿ + … + pₙ₋₁ x + pₙ, by Horner's rule."""
    at = as_node(x)
    count = p.shape[0] if isinstance(p, Node) else len(p)
    first, *rest = listed(p) if count else [constant(0, at.dtype)]
    value = broadcast_to(cast(first, np.result_type(first.dtype, at.dtype)), at.shape)
    for coefficient in rest:
        value = value * at + coefficient
    return value


@covers(np.vander)
def vander(x: Any, N: Any = None, increasing: bool = False) -> Node:
    """Column j is x to the power j; from the last column on, unless ``increasing``."""
    points = as_node(x)
    if points.ndim != 1:
        raise ShapeError(f"np.vander of shape {points.shape}", expected="a vector")
    count = points.shape[0] if N is None else int(N)
    dtype = np.promote_types(points.dtype, int)
    if not count:
        return constant(np.zeros((points.shape[0], 0), dtype))
    points = cast(points, dtype)
    powers = [constant(np.ones(points.shape, dtype)), points][:count]
    while len(powers) < count:
        powers.append(powers[-1] * points)
    return stack(powers if increasing else powers[::-1], -1)
