"""Which interval a value falls into, and sums over the elements of a class."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import ArgumentError, DtypeError, ShapeError
from ...graph import Node, as_node, cast, constant, op, reshape
from ..registry import covers
from .axes import along, require_fixed
from .indexing import take

PLACE = np.dtype(np.intp)


@covers(np.searchsorted)
def searchsorted(a: Any, v: Any, side: str = "left", sorter: Any = None) -> Node:
    """How many elements of the rising ``a`` are below each value; from the right, or equal. NaN is last."""
    if side not in ("left", "right"):
        raise ArgumentError(f"np.searchsorted with side={side!r}", expected='"left" or "right"')
    rising, values = as_node(a), as_node(v)
    if rising.ndim != 1:
        raise ShapeError(f"np.searchsorted in an array of shape {rising.shape}", expected="a vector")
    if sorter is not None:
        rising = take(rising, sorter)
    each = reshape(values, (*values.shape, 1))
    unknown = op.isnan(each) if values.type.is_float else constant(False)
    if side == "left":
        known = op.logical_not(op.isnan(rising)) if rising.type.is_float else constant(True)
        before = op.logical_or(op.less(rising, each), op.logical_and(unknown, known))
    else:
        before = op.logical_or(op.less_equal(rising, each), unknown)
    return op.sum(cast(before, PLACE), axis=(before.ndim - 1,))


@covers(np.digitize)
def digitize(x: Any, bins: Any, right: bool = False) -> Node:
    """Between which of the rising or falling ``bins`` each value lies."""
    require_fixed("np.digitize", bins=bins)
    bounds = np.asarray(bins) * 1
    steps = np.diff(bounds) if bounds.ndim == 1 else np.full(1, np.nan)
    side = "left" if right else "right"
    if (steps >= 0).all():
        return searchsorted(bounds, x, side)
    if (steps <= 0).all():
        return len(bounds) - searchsorted(bounds[::-1], x, side)
    raise ArgumentError("np.digitize with bins that go up and down", expected="rising or falling bins")


@covers(np.bincount)
def bincount(x: Any, weights: Any = None, minlength: int = 0) -> Node:
    """How often each whole number comes, or the sums of the weights that belong to it."""
    require_fixed("np.bincount", x=x, minlength=minlength)
    places = np.asarray(x) if np.size(x) else np.zeros(np.shape(x), PLACE)
    counts = np.bincount(places, minlength=minlength)  # which says what it does not take
    if weights is None or not places.size:
        return constant(counts)
    each = cast(as_node(weights), np.dtype(np.float64))
    if each.shape != places.shape:
        raise ShapeError(
            f"np.bincount of shape {places.shape} with weights of shape {each.shape}", expected="one shape"
        )
    return op.scatter_add(each, constant(places.astype(PLACE)), shape=counts.shape, batch=0)


@covers(np.compress)
def compress(condition: Any, a: Any, axis: Any = None) -> Node:
    require_fixed("np.compress", condition=condition)
    x, at = along(as_node(a), axis)
    return take(x, np.flatnonzero(np.asarray(condition)), at)


@covers(np.extract)
def extract(condition: Any, arr: Any) -> Node:
    require_fixed("np.extract", condition=condition)
    return compress(np.ravel(condition), arr)


@covers(np.unravel_index)
def unravel_index(indices: Any, shape: Any, order: str = "C") -> tuple[Node, ...]:
    """The place along each axis of the element with a number."""
    if order not in ("C", "F"):
        raise ArgumentError(f"np.unravel_index with order={order!r}", expected='"C" or "F"')
    rest, places = as_node(indices), []
    if rest.dtype.kind not in "iu":
        raise DtypeError(f"np.unravel_index of {rest.dtype}", expected="whole numbers")
    lengths = (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)
    for length in lengths[::-1] if order == "C" else lengths:
        places.append(op.remainder(rest, int(length)))
        rest = op.floor_divide(rest, int(length))
    return tuple(places[::-1] if order == "C" else places)
