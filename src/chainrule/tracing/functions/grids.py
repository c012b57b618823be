"""Evenly spaced values, and the coordinates of grids."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import ArgumentError, ShapeError
from ...graph import Node, as_node, broadcast_shape, broadcast_to, cast, op, reshape
from ..registry import covers
from .axes import require_fixed
from .choosing import common_dtype
from .shaping import expand_dims, moveaxis


@covers(np.linspace)
def linspace(
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
) -> Node | tuple[Node, Node]:
    require_fixed("np.linspace", num=num)
    if num < 0:
        raise ArgumentError(f"np.linspace of num={num!r}", expected="0 or more")
    first, last = as_node(start), as_node(stop)
    exact = common_dtype(start, stop, 1.0)
    first, last = cast(first, exact), cast(last, exact)
    gaps = num - 1 if endpoint else num
    step = (last - first) / gaps if gaps > 0 else (last - first) * np.nan
    counted = np.arange(num, dtype=exact).reshape(-1, *(1,) * step.ndim)
    values = first + op.multiply(counted, step if gaps > 0 else last - first)
    if endpoint and num > 1:
        values = op.where(counted == num - 1, last, values)  # without a rounding error
    wanted = exact if dtype is None else np.dtype(dtype)
    values = cast(op.floor(values) if wanted.kind in "iu" else values, wanted)
    values = moveaxis(values, 0, axis) if axis else values
    return (values, step) if retstep else values


@covers(np.logspace)
def logspace(
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: bool = True,
    base: Any = 10.0,
    dtype: Any = None,
    axis: int = 0,
) -> Node:
    exponents = linspace(start, stop, num, endpoint, axis=axis)
    assert isinstance(exponents, Node)
    of = as_node(base)
    powers = op.power(base if not of.ndim else expand_dims(of, axis), exponents)
    return powers if dtype is None else cast(powers, np.dtype(dtype))


@covers(np.geomspace)
def geomspace(
    start: Any, stop: Any, num: Any = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0
) -> Node:
    """Values whose quotients are one number: start (stop/start) to the powers from 0 to 1."""
    exact = np.dtype(np.float64)
    first, last = (cast(as_node(end), exact) for end in (start, stop))
    shape = broadcast_shape(first.shape, last.shape)
    share = np.linspace(np.zeros(shape, exact), 1, num, endpoint, dtype=exact)
    values = first * op.power(last / first, share)
    if endpoint and num > 1:
        values = op.where(np.arange(num).reshape(-1, *(1,) * (values.ndim - 1)) == num - 1, last, values)
    values = moveaxis(values, 0, axis) if axis else values
    return values if dtype is None else cast(values, np.dtype(dtype))


@covers(np.meshgrid)
def meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> tuple[Node, ...]:
    if indexing not in ("xy", "ij"):
        raise ArgumentError(f"np.meshgrid with indexing={indexing!r}", expected='"xy" or "ij"')
    vectors = [as_node(x) for x in xi]
    if any(x.ndim > 1 for x in vectors):
        raise ShapeError(f"np.meshgrid of shapes {[x.shape for x in vectors]}", expected="vectors")
    axes = list(range(len(vectors)))
    if indexing == "xy":
        axes[:2] = axes[:2][::-1]
    spread = [
        reshape(x, tuple(x.type.size if at == axis else 1 for at in range(len(axes))))
        for x, axis in zip(vectors, axes, strict=True)
    ]
    shape = broadcast_shape(*[x.shape for x in spread]) if spread else ()
    return tuple(spread if sparse else (broadcast_to(x, shape) for x in spread))
