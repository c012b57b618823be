"""Norms of vectors and matrices. Where a norm has a kink at 0, its derivative there is 0, a subgradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import ArgumentError, ShapeError
from ...graph import Node, as_node, cast, op, reshape, without_axes
from ..registry import covers
from .axes import axes_in_order, axes_of, keeping
from .reductions import max_, min_, sum_


@covers(np.linalg.norm)
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Node:
    a = _real(x)
    if axis is None and ord is None:
        return _euclidean(a, tuple(range(a.ndim)), keepdims)
    axes = tuple(range(a.ndim)) if axis is None else axes_in_order(a, axis)
    if len(axes) == 1:
        return _of_vectors(a, 2 if ord is None else ord, axes, keepdims)
    if len(axes) == 2:
        return _of_matrices(a, "fro" if ord is None else ord, axes, keepdims)
    raise ShapeError(
        f"np.linalg.norm with ord={ord!r} over {len(axes)} axes of an array of shape {a.shape}",
        expected="one axis for vectors, two for matrices",
    )


@covers(np.linalg.vector_norm)
def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Node:
    a = _real(x)
    return _of_vectors(a, ord, axes_of(a, axis), keepdims)


@covers(np.linalg.matrix_norm)
def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Node:
    a = _real(x)
    return _of_matrices(a, ord, axes_in_order(a, (-2, -1)), keepdims)


@covers(np.linalg.cond)
def cond(x: Any, p: Any = None) -> Node:
    """‖A‖·‖A⁻¹‖."""
    a = _real(x)
    if p is None or p in (2, -2):
        s = _singular_values(a, (a.ndim - 2, a.ndim - 1))
        largest, smallest = (extremum(s, -1) for extremum in (max_, min_))
        quotient = smallest / largest if p == -2 else largest / smallest
        return op.where(op.equal(largest, 0.0), np.inf, quotient)  # of a matrix of zeros
    return matrix_norm(a, ord=p) * matrix_norm(op.inv(a), ord=p)


def _real(x: Any) -> Node:
    a = as_node(x)
    return a if a.type.is_float else cast(a, np.dtype("float64"))


def _euclidean(a: Node, axes: tuple[int, ...], keepdims: bool) -> Node:
    return op.sqrt(sum_(op.square(a), axes, keepdims=keepdims))


def _of_vectors(a: Node, ord: Any, axes: tuple[int, ...], keepdims: bool) -> Node:
    if isinstance(ord, (str, Node)):
        raise ArgumentError(f"ord={ord!r} for vectors", expected="a number, np.inf or -np.inf")
    if ord == 2:
        return _euclidean(a, axes, keepdims)
    if ord == 0:
        return sum_(cast(op.not_equal(a, 0), a.dtype), axes, keepdims=keepdims)
    size = op.absolute(a)
    if np.isinf(ord):
        return (max_ if ord > 0 else min_)(size, axes, keepdims=keepdims)
    if ord == 1:
        return sum_(size, axes, keepdims=keepdims)
    return op.power(sum_(op.power(size, float(ord)), axes, keepdims=keepdims), 1 / float(ord))


def _of_matrices(a: Node, ord: Any, axes: tuple[int, ...], keepdims: bool) -> Node:
    rows, columns = axes
    if ord in ("fro", "f"):
        return _euclidean(a, axes, keepdims)
    if ord in ("nuc", 2, -2):
        s = _singular_values(a, axes)
        reduce = {"nuc": sum_, 2: max_, -2: min_}[ord]
        return keeping(a, axes, keepdims, reduce(s, -1))
    if ord in (1, -1, np.inf, -np.inf):
        summed, compared = (rows, columns) if abs(ord) == 1 else (columns, rows)
        sums = sum_(op.absolute(a), summed, keepdims=True)
        extreme = (max_ if ord > 0 else min_)(sums, compared, keepdims=True)
        return extreme if keepdims else reshape(extreme, without_axes(a.shape, axes))
    raise ArgumentError(f"ord={ord!r} for matrices", expected="'fro', 'nuc', 1, -1, 2, -2, np.inf or -np.inf")


def _singular_values(a: Node, axes: tuple[int, ...]) -> Node:
    """The absolute value changes none of them, but gives 0 the derivative 0."""
    if a.ndim < 2:
        raise ShapeError(f"an array of shape {a.shape}", expected="matrices: at least two axes")
    order = (*(at for at in range(a.ndim) if at not in axes), *axes)
    return op.absolute(op.svdvals(op.transpose(a, axes=order)))
