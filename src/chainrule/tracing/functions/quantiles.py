"""Quantiles: values between two neighbours in sorted order, by any of NumPy's methods."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...errors import ArgumentError, TraceError
from ...graph import Node, as_node, cast, op, reshape, with_unit_axes, without_axes
from ..registry import covers
from .axes import axes_of, require_fixed
from .indexing import section, sort, take
from .shaping import moveaxis


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
    n = math.prod(x.shape[at] for at in axes)
    if not n:
        raise TraceError(f"np.quantile over an empty axis of shape {x.shape} has no value")
    try:
        # The quantile of 0, 1, …, n − 1 is the place in sorted order, by NumPy's own rule.
        places = np.quantile(np.arange(n, dtype=np.float64), np.asarray(q), method=method)
        dtype = np.quantile(np.zeros(1, x.dtype), q, method=method).dtype
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"np.quantile with q={q!r} and method={method!r}: {error}") from None
    found = _between(sort(_flat_last(x, axes), -1), places.ravel(), dtype)
    kept = with_unit_axes(x.shape, axes) if keepdims else without_axes(x.shape, axes)
    return reshape(moveaxis(found, -1, 0), places.shape + kept)


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
