"""Sums, means and extrema that leave out NaN: each NaN becomes what changes nothing, and is not counted."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...graph import Node, as_node, cast, op
from ..registry import covers
from .axes import axes_of
from .reductions import argmax, argmin, cumprod, cumsum, max_, mean, min_, prod, std, sum_, var


@covers(np.count_nonzero)
def count_nonzero(a: Any, axis: Any = None, *, keepdims: bool = False) -> Node:
    return _count(op.not_equal(as_node(a), 0), axis, keepdims)


@covers(np.nansum)
def nansum(
    a: Any, axis: Any = None, dtype: Any = None, *, keepdims: bool = False, initial: float = 0
) -> Node:
    return sum_(_without_nan(a, 0), axis, dtype, keepdims=keepdims, initial=initial)


@covers(np.nanprod)
def nanprod(
    a: Any, axis: Any = None, dtype: Any = None, *, keepdims: bool = False, initial: float = 1
) -> Node:
    return prod(_without_nan(a, 1), axis, dtype, keepdims=keepdims, initial=initial)


@covers(np.nancumsum)
def nancumsum(a: Any, axis: Any = None, dtype: Any = None) -> Node:
    return cumsum(_without_nan(a, 0), axis, dtype)


@covers(np.nancumprod)
def nancumprod(a: Any, axis: Any = None, dtype: Any = None) -> Node:
    return cumprod(_without_nan(a, 1), axis, dtype)


@covers(np.nanmax)
def nanmax(a: Any, axis: Any = None, *, keepdims: bool = False) -> Node:
    return _nan_where_all_are(a, axis, keepdims, max_(_without_nan(a, -np.inf), axis, keepdims=keepdims))


@covers(np.nanmin)
def nanmin(a: Any, axis: Any = None, *, keepdims: bool = False) -> Node:
    return _nan_where_all_are(a, axis, keepdims, min_(_without_nan(a, np.inf), axis, keepdims=keepdims))


@covers(np.nanargmax)
def nanargmax(a: Any, axis: Any = None, *, keepdims: bool = False) -> Node:
    return argmax(_without_nan(a, -np.inf), axis, keepdims=keepdims)


@covers(np.nanargmin)
def nanargmin(a: Any, axis: Any = None, *, keepdims: bool = False) -> Node:
    return argmin(_without_nan(a, np.inf), axis, keepdims=keepdims)


@covers(np.nanmean)
def nanmean(a: Any, axis: Any = None, dtype: Any = None, *, keepdims: bool = False) -> Node:
    x = as_node(a)
    if not x.type.is_float:
        return mean(x, axis, dtype, keepdims=keepdims)
    total = nansum(x, axis, dtype, keepdims=keepdims)
    return total / cast(_known(x, axis, keepdims), total.dtype)


@covers(np.nanvar)
def nanvar(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    ddof: float = 0,
    keepdims: bool = False,
    correction: Any = None,
) -> Node:
    """As in NumPy, NaN where no more numbers are known than ``ddof``."""
    x = as_node(a)
    if not x.type.is_float:
        return var(x, axis, dtype, ddof=ddof, keepdims=keepdims, correction=correction)
    x = x if dtype is None else cast(x, np.dtype(dtype))
    deviations = op.where(op.isnan(x), 0, x - nanmean(x, axis, keepdims=True))
    squares = sum_(op.square(deviations), axis, keepdims=keepdims)
    freedom = cast(_known(x, axis, keepdims), x.dtype) - float(ddof if correction is None else correction)
    return squares / op.where(op.greater(freedom, 0), freedom, np.nan)


@covers(np.nanstd)
def nanstd(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    ddof: float = 0,
    keepdims: bool = False,
    correction: Any = None,
) -> Node:
    if not as_node(a).type.is_float:
        return std(a, axis, dtype, ddof=ddof, keepdims=keepdims, correction=correction)
    return op.sqrt(nanvar(a, axis, dtype, ddof=ddof, keepdims=keepdims, correction=correction))


def _without_nan(a: Any, value: float) -> Node:
    x = as_node(a)
    return op.where(op.isnan(x), value, x) if x.type.is_float else x


def _known(x: Node, axis: Any, keepdims: bool) -> Node:
    """How many of the elements reduced over are no NaN."""
    return _count(op.logical_not(op.isnan(x)), axis, keepdims)


def _count(truth: Node, axis: Any, keepdims: bool) -> Node:
    return sum_(cast(truth, np.dtype(np.intp)), axis, keepdims=keepdims)


def _nan_where_all_are(a: Any, axis: Any, keepdims: bool, extremum: Node) -> Node:
    x = as_node(a)
    if not x.type.is_float or not math.prod(x.shape[at] for at in axes_of(x, axis)):
        return extremum
    return op.where(op.equal(_known(x, axis, keepdims), 0), np.nan, extremum)
