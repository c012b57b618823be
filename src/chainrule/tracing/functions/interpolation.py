"""Straight lines between points."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import ArgumentError, ShapeError
from ...graph import Node, as_node, cast, constant, op
from ..registry import covers
from .axes import require_fixed
from .differences import diff
from .indexing import argsort, section, take
from .shaping import concatenate


@covers(np.interp)
def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Node:
    """The line through the points on both sides of x; on a point, the derivative is that to its right."""
    at, xs, ys = (cast(as_node(part), np.dtype(np.float64)) for part in (x, xp, fp))
    if xs.ndim != 1 or xs.shape != ys.shape or not xs.shape[0]:
        raise ShapeError(
            f"np.interp with xp of shape {xs.shape} and fp of shape {ys.shape}",
            expected="two vectors of one length, 1 or more",
        )
    if period is not None:
        require_fixed("np.interp", period=period)
        at, xs, ys = _one_period(at, xs, ys, period)
        left = right = None
    n = xs.shape[0]
    place = _last_not_above(at, xs)
    y = take(ys, place)
    if n > 1:
        start = op.minimum(place, n - 2)
        slope = take(diff(ys) / diff(xs), start)
        line = take(ys, start) + slope * (at - take(xs, start))
        on_a_point = op.logical_and(op.equal(at, take(xs, place)), op.isnan(line))
        y = op.where(on_a_point, y, line)  # a neighbour that is no number does not matter there
    first, last = section(xs, 0, 0, None), section(xs, 0, n - 1, None)
    y = op.where(op.less(at, first), section(ys, 0, 0, None) if left is None else left, y)
    y = op.where(op.greater(at, last), section(ys, 0, n - 1, None) if right is None else right, y)
    return op.where(op.isnan(at), at, y)


def _last_not_above(x: Node, xs: Node) -> Node:
    """Where in the rising xs the last element ≤ x stands, by bisection; 0 where there is none."""
    n = xs.shape[0]
    place = constant(np.zeros(x.shape, np.intp))
    for power in reversed(range((n - 1).bit_length())):
        further = op.minimum(place + 2**power, n - 1)
        place = op.where(op.greater_equal(x, take(xs, further)), further, place)
    return place


def _one_period(x: Node, xs: Node, ys: Node, period: float) -> tuple[Node, Node, Node]:
    """Everything within one period, with the last point before it and the first after it."""
    if period == 0:
        raise ArgumentError("np.interp with period=0", expected="a period that is not 0")
    period = abs(period)
    xs = op.remainder(xs, period)
    order = argsort(xs)
    xs, ys = take(xs, order), take(ys, order)
    n = xs.shape[0]
    (x0, xn), (y0, yn) = ([section(z, 0, 0, 1), section(z, 0, n - 1, n)] for z in (xs, ys))
    return (
        op.remainder(x, period),
        concatenate([xn - period, xs, x0 + period]),
        concatenate([yn, ys, y0]),
    )
