"""Axis arguments, as NumPy takes them, made plain; arguments that must be plain."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from ...errors import ShapeError, TraceError
from ...graph import Node, build, op, reshape, with_unit_axes


def axes_of(x: Node, axis: Any) -> tuple[int, ...]:
    """Which axes ``axis`` means: all of them for None; sorted, counted from the left."""
    if axis is None:
        return tuple(range(x.ndim))
    try:
        return tuple(sorted(normalize_axis_tuple(axis, x.ndim)))
    except np.exceptions.AxisError as error:
        raise _no_such_axis(error, x) from None


def axis_of(x: Node, axis: Any, ndim: int | None = None) -> int:
    """Which one axis ``axis`` means, counted from the left; of ``ndim`` axes where the result has more."""
    try:
        return normalize_axis_index(int(axis), x.ndim if ndim is None else ndim)
    except np.exceptions.AxisError as error:
        raise _no_such_axis(error, x) from None


def axes_in_order(x: Node, axis: Any) -> tuple[int, ...]:
    """The axes in the order that they are given in."""
    axes = tuple(axis_of(x, at) for at in (axis if isinstance(axis, (tuple, list)) else (axis,)))
    if len(set(axes)) < len(axes):
        raise ShapeError(f"axis={axis} of an array of shape {x.shape}", expected="different axes")
    return axes


def along(x: Node, axis: Any) -> tuple[Node, int]:
    """The array and its one axis that ``axis`` means; for None the flattened array and its only one."""
    return (reshape(x, (x.type.size,)), 0) if axis is None else (x, axis_of(x, axis))


def keeping(x: Node, axes: tuple[int, ...], keepdims: bool, reduced: Node) -> Node:
    """A reduced array with its axes kept at length 1, where ``keepdims`` asks for that."""
    if not keepdims:
        return reduced
    return reshape(reduced, with_unit_axes(x.shape, axes))


def moved_last(x: Node, axis: int) -> Node:
    """The array with one axis moved to the end."""
    return x if axis == x.ndim - 1 else op.transpose(x, axes=_last(x, axis))


def build_along(name: str, x: Node, axis: Any) -> Node:
    """A primitive of the last axis applied along another; for None, to the flattened array."""
    x, at = along(x, axis)
    result = build(name, moved_last(x, at))
    return result if at == x.ndim - 1 else op.transpose(result, axes=tuple(np.argsort(_last(x, at)).tolist()))


def require_fixed(name: str, **arguments: Any) -> None:
    """Raise a TraceError that names the argument which is traced, of those on which the graph depends."""
    for argument, value in arguments.items():
        if isinstance(value, Node):
            raise TraceError(
                f"{name} of traced {argument}", expected=f"{argument} that is fixed while tracing"
            )


def _last(x: Node, axis: int) -> tuple[int, ...]:
    return (*[at for at in range(x.ndim) if at != axis], axis)


def _no_such_axis(error: Exception, x: Node) -> ShapeError:
    return ShapeError(str(error), expected=f"an axis of an array of shape {x.shape}")
