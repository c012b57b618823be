"""Sums, means, products and extrema over axes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...errors import ArgumentError, ShapeError, TraceError
from ...graph import (
    Node,
    as_node,
    broadcast_to,
    build,
    cast,
    op,
    reshape,
    with_unit_axes,
    without_axes,
)
from ..registry import covers
from .axes import axes_of, axis_of, build_along, keeping
from .choosing import isclose
from .shaping import atleast_1d, concatenate


def _reduce(name: str, a: Any, axis: Any, keepdims: bool) -> Node:
    x = as_node(a)
    axes = axes_of(x, axis)
    reduced = build(name, x, axis=axes)
    return keeping(x, axes, keepdims, reduced) if axes else cast(x, reduced.dtype)


@covers(np.sum)
def sum_(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    keepdims: bool = False,
    initial: Any = 0,
    where: Any = True,
) -> Node:
    total = _reduce("sum", _where(where, _in_dtype(a, dtype), 0), axis, keepdims)
    return total if _is(initial, 0) else total + cast(as_node(initial), total.dtype)


@covers(np.prod)
def prod(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    keepdims: bool = False,
    initial: Any = 1,
    where: Any = True,
) -> Node:
    product = _reduce("prod", _where(where, _in_dtype(a, dtype), 1), axis, keepdims)
    return product if _is(initial, 1) else product * cast(as_node(initial), product.dtype)


@covers(np.mean)
def mean(a: Any, axis: Any = None, dtype: Any = None, *, keepdims: bool = False, where: Any = True) -> Node:
    x = _in_dtype(a, dtype)
    if dtype is None and not x.type.is_float:
        x = cast(x, np.dtype(np.float64))  # sums of whole numbers may lie beyond their dtype
    if where is not True:
        kept = cast(broadcast_to(as_node(where), x.shape), np.dtype(np.intp))
        total = sum_(x, axis, keepdims=keepdims, where=where)
        quotient = total / sum_(kept, axis, keepdims=keepdims)
        return cast(quotient, total.dtype) if total.type.is_float else quotient
    count = math.prod(x.shape[at] for at in axes_of(x, axis))
    return _reduce("sum", x, axis, keepdims) / float(count)


@covers(np.average)
def average(a: Any, axis: Any = None, weights: Any = None, *, keepdims: bool = False) -> Node:
    if weights is None:
        return mean(a, axis, keepdims=keepdims)
    x, w = as_node(a), as_node(weights)
    if w.shape != x.shape:
        axes = tuple(range(x.ndim)) if axis is None else axis
        order = [axis_of(x, at) for at in (axes if isinstance(axes, (tuple, list)) else (axes,))]
        if w.shape != tuple(x.shape[at] for at in order):
            raise ShapeError(
                f"np.average of shape {x.shape} along axis {axis} with weights of shape {w.shape}",
                expected=f"weights of that shape, or {tuple(x.shape[at] for at in order)}",
            )
        w = op.transpose(w, axes=tuple(np.argsort(order).tolist())) if len(order) > 1 else w
        w = reshape(w, tuple(n if i in order else 1 for i, n in enumerate(x.shape)))
    whole = (np.dtype(float),) if not x.type.is_float else ()
    dtype = np.result_type(x.dtype, w.dtype, *whole)
    x, w = cast(x, dtype), cast(w, dtype)
    total = _reduce("sum", x * w, axis, keepdims)
    return total / _reduce("sum", op.broadcast_to(w, shape=x.shape), axis, keepdims)


@covers(np.var)
def var(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    ddof: float = 0,
    keepdims: bool = False,
    correction: Any = None,
) -> Node:
    x = _in_dtype(a, dtype)
    count = math.prod(x.shape[at] for at in axes_of(x, axis))
    squares = op.square(x - mean(x, axis, keepdims=True))
    freedom = max(count - (ddof if correction is None else correction), 0)
    return _reduce("sum", squares, axis, keepdims) / float(freedom)


@covers(np.std)
def std(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    ddof: float = 0,
    keepdims: bool = False,
    correction: Any = None,
) -> Node:
    return op.sqrt(var(a, axis, dtype, ddof=ddof, keepdims=keepdims, correction=correction))


@covers(np.max, np.amax)
def max_(a: Any, axis: Any = None, *, keepdims: bool = False, initial: Any = None, where: Any = True) -> Node:
    return _extremum("max", a, axis, keepdims, initial, where)


@covers(np.min, np.amin)
def min_(a: Any, axis: Any = None, *, keepdims: bool = False, initial: Any = None, where: Any = True) -> Node:
    return _extremum("min", a, axis, keepdims, initial, where)


def _extremum(name: str, a: Any, axis: Any, keepdims: bool, initial: Any, where: Any) -> Node:
    """The greatest or least; ``initial`` is one of those that are compared, and what no others are is."""
    if initial is None:
        if where is not True:
            raise ArgumentError(f"np.{name} with where= and no initial=", expected="both")
        return _reduce(name, _not_empty(a, axis, name), axis, keepdims)
    x = as_node(a)
    bound = cast(as_node(initial), x.dtype)
    x = _where(where, x, bound)
    if math.prod(x.shape[at] for at in axes_of(x, axis)):
        found = _reduce(name, x, axis, keepdims)
    else:
        kept = with_unit_axes if keepdims else without_axes
        found = broadcast_to(bound, kept(x.shape, axes_of(x, axis)))
    return build(f"{name}imum", found, bound)


@covers(np.ptp)
def ptp(a: Any, axis: Any = None, *, keepdims: bool = False) -> Node:
    return max_(a, axis, keepdims=keepdims) - min_(a, axis, keepdims=keepdims)


@covers(np.all)
def all_(a: Any, axis: Any = None, *, keepdims: bool = False) -> Node:
    return _truth("min", "prod", a, axis, keepdims)


@covers(np.any)
def any_(a: Any, axis: Any = None, *, keepdims: bool = False) -> Node:
    return _truth("max", "sum", a, axis, keepdims)


def _truth(name: str, of_none: str, a: Any, axis: Any, keepdims: bool) -> Node:
    """Truth values reduced; over an empty axis by the operation that has a value there."""
    x = as_node(a)
    if any(x.shape[at] == 0 for at in axes_of(x, axis)):
        return cast(_reduce(of_none, cast(x, np.dtype(np.int64)), axis, keepdims), np.dtype(bool))
    return cast(_reduce(name, cast(x, np.dtype(bool)), axis, keepdims), np.dtype(bool))


@covers(np.allclose)
def allclose(a: Any, b: Any, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: bool = False) -> Node:
    return all_(isclose(a, b, rtol, atol, equal_nan))


@covers(np.argmax)
def argmax(a: Any, axis: Any = None, *, keepdims: bool = False) -> Node:
    return _place("argmax", a, axis, keepdims)


@covers(np.argmin)
def argmin(a: Any, axis: Any = None, *, keepdims: bool = False) -> Node:
    return _place("argmin", a, axis, keepdims)


@covers(np.cumsum)
def cumsum(a: Any, axis: Any = None, dtype: Any = None) -> Node:
    return build_along("cumsum", atleast_1d(_in_dtype(a, dtype)), axis)


@covers(np.cumprod)
def cumprod(a: Any, axis: Any = None, dtype: Any = None) -> Node:
    return build_along("cumprod", atleast_1d(_in_dtype(a, dtype)), axis)


@covers(np.cumulative_sum)
def cumulative_sum(x: Any, /, *, axis: Any = None, dtype: Any = None, include_initial: bool = False) -> Node:
    return _cumulative(cumsum, 0, x, axis, dtype, include_initial)


@covers(np.cumulative_prod)
def cumulative_prod(x: Any, /, *, axis: Any = None, dtype: Any = None, include_initial: bool = False) -> Node:
    return _cumulative(cumprod, 1, x, axis, dtype, include_initial)


def _cumulative(
    scan: Callable[..., Node], start: int, x: Any, axis: Any, dtype: Any, include_initial: bool
) -> Node:
    array = atleast_1d(x)
    if axis is None and array.ndim > 1:
        raise ArgumentError(f"axis=None for an array of shape {array.shape}", expected="the axis to go along")
    at = axis_of(array, axis or 0)
    running = scan(array, at, dtype)
    if not include_initial:
        return running
    shape = tuple(1 if i == at else n for i, n in enumerate(running.shape))
    return concatenate([np.full(shape, start, running.dtype), running], at)


def _place(name: str, a: Any, axis: Any, keepdims: bool) -> Node:
    x = as_node(a)
    if axis is None:
        places = build(name, reshape(x, (x.type.size,)), axis=0)
        return reshape(places, (1,) * x.ndim) if keepdims else places
    at = axis_of(x, axis)
    return keeping(x, (at,), keepdims, build(name, x, axis=at))


def _where(mask: Any, x: Node, neutral: Any) -> Node:
    """The elements where a mask is true, and what makes no difference elsewhere."""
    return x if mask is True else op.where(mask, x, cast(as_node(neutral), x.dtype))


def _is(initial: Any, neutral: int) -> bool:
    return not isinstance(initial, Node) and np.ndim(initial) == 0 and bool(initial == neutral)


def _in_dtype(a: Any, dtype: Any) -> Node:
    return as_node(a) if dtype is None else cast(as_node(a), np.dtype(dtype))


def _not_empty(a: Any, axis: Any, name: str) -> Node:
    x = as_node(a)
    if any(x.shape[at] == 0 for at in axes_of(x, axis)):
        raise TraceError(f"np.{name} over an empty axis of shape {x.shape} has no value")
    return x
