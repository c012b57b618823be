"""Arrays put together from blocks, with elements put in or left out, and windows that slide over them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ...errors import ArgumentError, ShapeError
from ...graph import Node, as_node, broadcast_to, build, cast, op, without_axes
from ...graph import reshape as reshaped
from ..registry import covers
from .axes import along, axes_of, axis_of, require_fixed
from .indexing import section, take
from .shaping import concatenate, moveaxis


@covers(np.block)
def block(arrays: Any) -> Node:
    """Lists within lists: the innermost stand side by side, those around them one below the other."""
    depth, ndim = _depth(arrays), max(map(_ndim, _leaves(arrays)))
    return _joined(arrays, depth, max(depth, ndim))


def _joined(arrays: Any, depth: int, ndim: int) -> Node:
    if not isinstance(arrays, list):
        x = as_node(arrays)
        return reshaped(x, (1,) * (ndim - x.ndim) + x.shape)
    return concatenate([_joined(part, depth - 1, ndim) for part in arrays], -depth)


def _depth(arrays: Any) -> int:
    if not isinstance(arrays, list):
        return 0
    depths = {_depth(part) for part in arrays}
    if len(depths) != 1:
        raise ArgumentError("np.block of lists of unequal depth", expected="lists that are all as deep")
    return 1 + depths.pop()


def _leaves(arrays: Any) -> list[Any]:
    return [leaf for part in arrays for leaf in _leaves(part)] if isinstance(arrays, list) else [arrays]


def _ndim(leaf: Any) -> int:
    return as_node(leaf).ndim


@covers(np.delete)
def delete(arr: Any, obj: Any, axis: Any = None) -> Node:
    require_fixed("np.delete", obj=obj)
    x, at = along(as_node(arr), axis)
    return take(x, np.delete(np.arange(x.shape[at]), obj), at)


@covers(np.insert)
def insert(arr: Any, obj: Any, values: Any, axis: Any = None) -> Node:
    require_fixed("np.insert", obj=obj)
    x, at = along(as_node(arr), axis)
    new = as_node(values)
    new = reshaped(new, (1,) * (x.ndim - new.ndim) + new.shape)
    if isinstance(obj, (int, np.integer)):
        new = moveaxis(new, 0, at)
    places = _places(obj, x.shape[at])
    single = places.size == 1  # where all values are put
    count = new.shape[at] if single else places.size
    shape = tuple(count if i == at else n for i, n in enumerate(x.shape))
    joined = concatenate([x, broadcast_to(new, shape)], at, dtype=x.dtype)
    before, added = np.arange(x.shape[at]), np.arange(count) + x.shape[at]
    at_each = np.full(count, places.item()) if single else places
    return take(joined, np.insert(before, at_each, added), at)


def _places(obj: Any, length: int) -> np.ndarray:
    """The places along an axis that a slice, a mask, or whole numbers mean."""
    if isinstance(obj, slice):
        return np.arange(length)[obj]
    places = np.asarray(obj)
    if places.dtype == bool:
        return np.flatnonzero(places)
    return places if places.size else places.astype(np.intp)


@covers(sliding_window_view)
def windows(
    x: Any, window_shape: Any, axis: Any = None, *, subok: bool = False, writeable: bool = False
) -> Node:
    """All parts of a length, one along each new axis at the end."""
    result = as_node(x)
    lengths = tuple(window_shape) if isinstance(window_shape, Sequence) else (window_shape,)
    axes = range(result.ndim) if axis is None else np.atleast_1d(axis).tolist()
    if len(axes) != len(lengths):
        raise ArgumentError(f"window_shape={window_shape} for {len(axes)} axes", expected="a length for each")
    for length, place in zip(lengths, axes, strict=True):
        at = axis_of(as_node(x), place)
        n = result.shape[at]
        if not 0 <= length <= n:
            raise ShapeError(
                f"windows of {length} in axis {at} of shape {result.shape}", expected=f"0 to {n}"
            )
        parts = np.arange(n - length + 1)[:, None] + np.arange(length)
        result = moveaxis(take(result, parts, at), at + 1, -1)
    return result


def accumulated(name: str, x: Node, axis: Any) -> Node:
    """The results so far of an associative operation, xᵢ with x₀ … xᵢ₋₁, in steps of 1, 2, 4, … elements."""
    at, n, step = axis_of(x, axis), x.shape[axis_of(x, axis)], 1
    while step < n:
        further = build(name, section(x, at, 0, n - step), section(x, at, step, n))
        x = op.concatenate(section(x, at, 0, step), further, axis=at)
        step *= 2
    return x


def reduced(name: str, x: Node, axis: Any, keepdims: bool) -> Node:
    """All elements along axes by an associative operation: the first half with the second, and so on."""
    axes = axes_of(x, axis)
    if name.startswith("logical_"):
        x = cast(x, np.dtype(bool))  # also of what is joined with nothing
    for at in axes:
        if not x.shape[at]:
            raise ShapeError(f"np.{name}.reduce of shape {x.shape} along axis {at}, which is empty")
        while x.shape[at] > 1:
            n = x.shape[at]
            half = n // 2
            joined = build(name, section(x, at, 0, half), section(x, at, half, 2 * half))
            x = joined if n % 2 == 0 else op.concatenate(joined, section(x, at, n - 1, n), axis=at)
    return x if keepdims else reshaped(x, without_axes(x.shape, axes))
