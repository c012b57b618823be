"""Quantiles: values between two neighbours in sorted order, by any of NumPy's methods."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...errors import ArgumentError, ShapeError, TraceError
from ...graph import Node, as_node, cast, op, reshape, with_unit_axes, without_axes
from ..registry import covers
from .axes import axes_of, keeping, require_fixed
from .indexing import section, sort, take, take_along_axis
from .reductions import sum_
from .shaping import moveaxis


@covers(np.median)
def median(a: Any, axis: Any = None, *, keepdims: bool = False) -> Node:
    x = as_node(a)
    axes = axes_of(x, axis)
    ordered = sort(_flat_last(x, axes), -1)
    if not x.type.is_float:
        ordered = ordered * 1.0  # the sum of two whole numbers may be none of their dtype
    at = ordered.ndim - 1
    n = ordered.shape[at]
    if not n:
        raise TraceError(f"np.median over an empty axis of shape {x.shape} has no value")
    middle = (section(ordered, at, (n - 1) // 2, None) + section(ordered, at, n // 2, None)) * 0.5
    if x.type.is_float:
        last = section(ordered, at, n - 1, None)  # NaN comes last, and then there is no median
        middle = op.where(op.isnan(last), last, middle)
    return keeping(x, axes, keepdims, middle)


@covers(np.percentile)
def percentile(a: Any, q: Any, axis: Any = None, *, method: Any = "linear", keepdims: bool = False) -> Node:
    require_fixed("np.percentile", q=q)
    share = q / 100 if isinstance(q, (int, float)) else np.true_divide(q, 100)
    return quantile(a, share, axis, method=method, keepdims=keepdims)


@covers(np.quantile)
def quantile(a: Any, q: Any, axis: Any = None, *, method: Any = "linear", keepdims: bool = False) -> Node:
    require_fixed("np.quantile", q=q)
    x = as_node(a)
    axes = axes_of(x, axis)
    places, dtype = _places(x, axes, q, method)
    found = _between(sort(_flat_last(x, axes), -1), places.ravel(), dtype)
    kept = with_unit_axes(x.shape, axes) if keepdims else without_axes(x.shape, axes)
    return reshape(moveaxis(found, -1, 0), places.shape + kept)


@covers(np.nanpercentile)
def nanpercentile(
    a: Any, q: Any, axis: Any = None, *, method: Any = "linear", keepdims: bool = False
) -> Node:
    require_fixed("np.nanpercentile", q=q)
    share = q / 100 if isinstance(q, (int, float)) else np.true_divide(q, 100)
    return nanquantile(a, share, axis, method=method, keepdims=keepdims)


@covers(np.nanmedian)
def nanmedian(a: Any, axis: Any = None, *, keepdims: bool = False) -> Node:
    return nanquantile(a, 0.5, axis, keepdims=keepdims)


@covers(np.nanquantile)
def nanquantile(a: Any, q: Any, axis: Any = None, *, method: Any = "linear", keepdims: bool = False) -> Node:
    """Quantiles of what is not NaN; NaN where nothing else is."""
    x = as_node(a)
    if not x.type.is_float:
        return quantile(x, q, axis, method=method, keepdims=keepdims)
    if method != "linear":
        raise TraceError(f"np.nanquantile with method={method!r}", expected='"linear"')
    require_fixed("np.nanquantile", q=q)
    if np.ndim(q) > 1:  # NumPy's result has its axes in another order there than np.quantile's
        raise ShapeError(f"np.nanquantile with q of shape {np.shape(q)}", expected="a number or a vector")
    axes = axes_of(x, axis)
    shares, (_, dtype) = np.asarray(q), _places(x, axes, q, method)
    ordered = sort(_flat_last(x, axes), -1)
    last = ordered.ndim - 1
    known = sum_(cast(op.logical_not(op.isnan(ordered)), np.dtype(np.intp)), last, keepdims=True)
    places = op.maximum(known - 1, 0) * shares.astype(np.float64).ravel()
    below = cast(op.floor(places), np.dtype(np.intp))
    above = op.minimum(below + 1, op.maximum(known - 1, 0))
    low, high = (cast(take_along_axis(ordered, at, last), dtype) for at in (below, above))
    share = cast(places - below, dtype)
    found = op.where(op.equal(share, 0), low, low + (high - low) * share)
    kept = with_unit_axes(x.shape, axes) if keepdims else without_axes(x.shape, axes)
    return reshape(moveaxis(found, -1, 0), shares.shape + kept)


def _places(x: Node, axes: tuple[int, ...], q: Any, method: Any) -> tuple[np.ndarray, np.dtype]:
    """Where the quantiles stand among elements in sorted order, and the dtype of the quantiles."""
    n = math.prod(x.shape[at] for at in axes)
    if not n:
        raise TraceError(f"a quantile over an empty axis of shape {x.shape} has no value")
    try:
        # The quantile of 0, 1, …, n − 1 is the place in sorted order, by NumPy's own rule.
        places = np.quantile(np.arange(n, dtype=np.float64), np.asarray(q), method=method)
        return places, np.quantile(np.zeros(1, x.dtype), q, method=method).dtype
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"a quantile with q={q!r} and method={method!r}: {error}") from None


def _between(ordered: Node, places: np.ndarray, dtype: np.dtype) -> Node:
    """The elements at places of the last axis; between two of them, as far as the place is."""
    last = ordered.ndim - 1
    below = np.floor(places).astype(np.intp)
    share = (places - below).astype(dtype)
    found = cast(take(ordered, below, last), dtype)
    if share.any():
        above = cast(take(ordered, below + (share > 0), last), dtype)
        found = op.where(share == 0, found, found + (above - found) * share)
    if not ordered.type.is_float:
        return found
    n = ordered.shape[last]
    greatest = section(ordered, last, n - 1, n)  # NaN comes last, and then there is no quantile
    return op.where(op.isnan(greatest), cast(greatest, dtype), found)


def _flat_last(x: Node, axes: tuple[int, ...]) -> Node:
    """The array with its axes flattened into one, which is the last."""
    rest = tuple(at for at in range(x.ndim) if at not in axes)
    moved = op.transpose(x, axes=rest + axes) if x.ndim > 1 else x
    return reshape(moved, (*without_axes(x.shape, axes), math.prod(x.shape[at] for at in axes)))
