"""Axis arguments, as NumPy takes them, made plain."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from ...errors import ShapeError
from ...graph import Node, reshape


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


def keeping(x: Node, axes: tuple[int, ...], keepdims: bool, reduced: Node) -> Node:
    """A reduced array with its axes kept at length 1, where ``keepdims`` asks for that."""
    if not keepdims:
        return reduced
    return reshape(reduced, tuple(1 if axis in axes else n for axis, n in enumerate(x.shape)))


def moved_last(x: Node, axis: int) -> tuple[Node, tuple[int, ...]]:
    """The array with one axis moved to the end, and the permutation that moves it back."""
    from ...graph import op

    order = (*[at for at in range(x.ndim) if at != axis], axis)
    moved = x if axis == x.ndim - 1 else op.transpose(x, axes=order)
    return moved, tuple(int(at) for at in np.argsort(order))


def _no_such_axis(error: Exception, x: Node) -> ShapeError:
    return ShapeError(str(error), expected=f"an axis of an array of shape {x.shape}")
