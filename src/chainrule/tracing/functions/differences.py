"""Differences along an axis, derivatives of samples, and integrals of samples."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import ArgumentError, ShapeError
from ...graph import Node, as_node, broadcast_to, cast, is_literal, op, reshape
from ..registry import covers
from .axes import axes_in_order, axis_of
from .indexing import section
from .reductions import sum_
from .shaping import concatenate


@covers(np.diff)
def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Node:
    """Differences of neighbours, n times; of truth values, where they differ."""
    x = as_node(a)
    if n < 0:
        raise ArgumentError(f"np.diff of order {n}", expected="0 or more")
    at = axis_of(x, axis)
    ends = [end if end is None else _end(as_node(end), x, at) for end in (prepend, append)]
    if n and (prepend is not None or append is not None):
        x = concatenate([part for part in (ends[0], x, ends[1]) if part is not None], at)
    difference = op.not_equal if x.dtype == bool else op.subtract
    for _ in range(n):
        length = max(x.shape[at], 1)
        x = difference(section(x, at, 1, length), section(x, at, 0, length - 1))
    return x


@covers(np.ediff1d)
def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Node:
    """Differences of neighbours among all elements, with values before and after them."""
    x = as_node(ary)
    steps = diff(reshape(x, (x.type.size,)))
    ends = [None if end is None else as_node(end) for end in (to_begin, to_end)]
    first, last = (None if end is None else reshape(end, (end.type.size,)) for end in ends)
    return concatenate([part for part in (first, steps, last) if part is not None], dtype=x.dtype)


@covers(np.trapezoid)
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Node:
    """∫ y dx by the trapezoidal rule: the sum of the steps of x times the means of neighbours."""
    values = as_node(y)
    at = axis_of(values, axis)
    steps = dx
    if x is not None:
        steps = diff(x, axis=-1 if as_node(x).ndim == 1 else axis)
        if steps.ndim == 1:
            steps = _along(steps, at, values.ndim)
    n = max(values.shape[at], 1)
    pairs = section(values, at, 1, n) + section(values, at, 0, n - 1)
    product = op.multiply(steps, pairs) / 2.0
    return sum_(product, at if product.ndim == values.ndim else axis)


@covers(np.gradient)
def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Node | tuple[Node, ...]:
    """Central differences of second order inside; one-sided ones of order ``edge_order`` at the ends."""
    values = as_node(f)
    axes = tuple(range(values.ndim)) if axis is None else axes_in_order(values, axis)
    if edge_order not in (1, 2):
        raise ArgumentError(f"np.gradient with edge_order={edge_order!r}", expected="1 or 2")
    spacings = varargs or (1.0,)
    if len(spacings) == 1 and not as_node(spacings[0]).ndim:
        spacings = spacings * len(axes)
    if len(spacings) != len(axes):
        raise ArgumentError(
            f"np.gradient along {len(axes)} axes with {len(spacings)} spacings", expected="one an axis"
        )
    values = values if values.type.is_float else cast(values, np.dtype(np.float64))
    pairs = zip(axes, spacings, strict=True)
    found = tuple(_slopes(values, at, as_node(spacing), edge_order) for at, spacing in pairs)
    return found[0] if len(found) == 1 else found


def _slopes(f: Node, at: int, spacing: Node, edge_order: int) -> Node:
    n = f.shape[at]
    if n < edge_order + 1:
        raise ShapeError(
            f"np.gradient along axis {at} of shape {f.shape}", expected=f"at least {edge_order + 1} elements"
        )
    if spacing.ndim > 1 or (spacing.ndim == 1 and spacing.shape[0] != n):
        raise ShapeError(
            f"np.gradient with a spacing of shape {spacing.shape}", expected=f"a number, or {n} coordinates"
        )
    if spacing.ndim:
        spacing = spacing if spacing.type.is_float else cast(spacing, np.dtype(np.float64))
        steps = _along(diff(spacing), at, f.ndim)
    else:
        spacing = cast(spacing, f.dtype) if is_literal(spacing) else spacing
        steps = broadcast_to(spacing, tuple(n - 1 if i == at else 1 for i in range(f.ndim)))
    rises = section(f, at, 1, n) - section(f, at, 0, n - 1)
    slopes = rises / steps  # of the straight lines between neighbours
    left, h1 = (section(z, at, 0, n - 2) for z in (slopes, steps))
    right, h2 = (section(z, at, 1, n - 1) for z in (slopes, steps))
    # The parabola through three neighbours has in the middle the mean of both slopes, the nearer weighs more.
    inside = (left * h2 + right * h1) / (h1 + h2)
    if not spacing.ndim:  # then the middle one does not matter
        inside = (section(f, at, 2, n) - section(f, at, 0, n - 2)) / (2.0 * h1)
    first, last = section(slopes, at, 0, 1), section(slopes, at, n - 2, n - 1)
    if edge_order == 2:
        bend = (right - left) / (h1 + h2)  # half the parabola's second derivative
        first = first - section(bend * h1, at, 0, 1)
        last = last + section(bend * h2, at, n - 3, n - 2)
    return concatenate([first, inside, last], at, dtype=f.dtype)


def _along(vector: Node, at: int, ndim: int) -> Node:
    """A vector as an array of ``ndim`` axes whose one axis that is longer than 1 is this."""
    return reshape(vector, tuple(vector.shape[0] if i == at else 1 for i in range(ndim)))


def _end(end: Node, x: Node, at: int) -> Node:
    return end if end.ndim else broadcast_to(end, tuple(1 if i == at else n for i, n in enumerate(x.shape)))
