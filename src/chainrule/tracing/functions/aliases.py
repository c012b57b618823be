"""``numpy.linalg``'s own names for products, and its functions of the last two axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import ShapeError
from ...graph import Node, as_node, broadcast_shape, broadcast_to, cast, op
from ..registry import covers
from . import indexing, products, shaping
from .axes import axis_of, moved_last

covers(np.linalg.matmul)(products.matmul)
covers(np.linalg.tensordot)(products.tensordot)
covers(np.linalg.matrix_transpose)(shaping.matrix_transpose)


@covers(np.linalg.outer)
def outer(x1: Any, x2: Any, /) -> Node:
    a, b = as_node(x1), as_node(x2)
    if a.ndim != 1 or b.ndim != 1:
        raise ShapeError(f"np.linalg.outer of shapes {a.shape} and {b.shape}", expected="two vectors")
    return products.outer(a, b)


@covers(np.linalg.diagonal)
def diagonal(x: Any, /, *, offset: int = 0) -> Node:
    return indexing.diagonal(x, offset, -2, -1)


@covers(np.linalg.trace)
def trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Node:
    a = as_node(x)
    return products.trace(a if dtype is None else cast(a, np.dtype(dtype)), offset, -2, -1)


@covers(np.linalg.vecdot, np.vecdot)
def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Node:
    a, b = (moved_last(x, axis_of(x, axis)) for x in map(as_node, (x1, x2)))
    if a.shape[-1] != b.shape[-1]:
        raise ShapeError(
            f"vecdot of vectors of lengths {a.shape[-1]} and {b.shape[-1]}", expected="one length"
        )
    return products.einsum("...i,...i->...", a, b)


@covers(np.matvec)
def matvec(x1: Any, x2: Any, /) -> Node:
    return products.einsum("...ij,...j->...i", x1, x2)


@covers(np.vecmat)
def vecmat(x1: Any, x2: Any, /) -> Node:
    return products.einsum("...i,...ij->...j", x1, x2)


@covers(np.linalg.cross, np.cross)
def cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Node:
    """a × b of vectors of three components."""
    at_a, at_b, at_result = (axisa, axisb, axisc) if axis is None else (axis, axis, axis)
    u, v = (moved_last(x, axis_of(x, at)) for x, at in ((as_node(a), at_a), (as_node(b), at_b)))
    shape = broadcast_shape(u.shape[:-1], v.shape[:-1])
    dtype = np.result_type(u.dtype, v.dtype)
    u, v = (cast(broadcast_to(x, shape + x.shape[-1:]), dtype) for x in (u, v))
    return shaping.moveaxis(op.cross(u, v), -1, at_result)
