"""Picking elements by position: slices, index arrays, masks, diagonals, sorting."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import ShapeError
from ...graph import Node, as_node, op, reshape
from ..indexing import within
from ..registry import covers
from .axes import along, axis_of, build_along


def section(x: Node, axis: int, start: int, stop: int | None) -> Node:
    """Elements start to stop of one axis; with no stop, the one at start, its axis dropped."""
    entry = start if stop is None else (start, 1, stop - start)
    index = tuple(entry if at == axis else (0, 1, n) for at, n in enumerate(x.shape))
    return op.slice(x, index=index, batch=0)


@covers(np.take)
def take(a: Any, indices: Any, axis: Any = None, *, mode: str = "raise") -> Node:
    (x, at), places = along(as_node(a), axis), as_node(indices)
    if mode == "wrap":
        places = op.remainder(places, x.shape[at])
    elif mode == "clip":
        places = op.minimum(op.maximum(places, 0), x.shape[at] - 1)
    return op.gather(x, within(places, x.shape[at]), batch=at)


@covers(np.take_along_axis)
def take_along_axis(arr: Any, indices: Any, axis: Any = -1) -> Node:
    (x, at), (places, _) = along(as_node(arr), axis), along(as_node(indices), axis)
    grid = [
        within(places, n) if i == at else np.arange(n).reshape([-1 if j == i else 1 for j in range(x.ndim)])
        for i, n in enumerate(x.shape)
    ]
    return op.gather(x, *grid, batch=0)


@covers(np.argsort)
def argsort(a: Any, axis: Any = -1, kind: Any = None, *, stable: Any = None) -> Node:
    x = as_node(a)
    return build_along("argsort", x if x.ndim else reshape(x, (1,)), axis)  # as NumPy does with one number


@covers(np.sort)
def sort(a: Any, axis: Any = -1, kind: Any = None, *, stable: Any = None) -> Node:
    return build_along("sort", as_node(a), axis)


@covers(np.flip)
def flip(m: Any, axis: Any = None) -> Node:
    x = as_node(m)
    axes = range(x.ndim) if axis is None else np.atleast_1d(axis).tolist()
    flipped = {axis_of(x, at) for at in axes}
    index = tuple((n - 1, -1, n) if at in flipped and n else (0, 1, n) for at, n in enumerate(x.shape))
    return op.slice(x, index=index, batch=0)


@covers(np.flipud)
def flipud(m: Any) -> Node:
    return flip(m, 0)


@covers(np.fliplr)
def fliplr(m: Any) -> Node:
    return flip(m, 1)


@covers(np.roll)
def roll(a: Any, shift: Any, axis: Any = None) -> Node:
    x = as_node(a)
    if axis is None:
        return reshape(roll(reshape(x, (x.type.size,)), shift, 0), x.shape)
    for steps, at in np.broadcast(shift, axis):
        place = axis_of(x, at)
        n = x.shape[place]
        cut = -int(steps) % n if n else 0
        if cut:
            x = op.concatenate(section(x, place, cut, n), section(x, place, 0, cut), axis=place)
    return x


@covers(np.diag)
def diag(v: Any, k: int = 0) -> Node:
    x = as_node(v)
    if x.ndim not in (1, 2):
        raise ShapeError(
            f"np.diag of shape {x.shape}",
            expected="a vector or a matrix",
            instead="np.diagonal(x, k, -2, -1)",
        )
    if x.ndim == 2:
        return diagonal(x, k)
    n = x.shape[0] + abs(k)
    start = k if k >= 0 else -k * n
    flat = op.place(x, shape=(n * n,), index=((start, n + 1, x.shape[0]),), batch=0)
    return reshape(flat, (n, n))


@covers(np.diagflat)
def diagflat(v: Any, k: int = 0) -> Node:
    x = as_node(v)
    return diag(reshape(x, (x.type.size,)), k)


@covers(np.diagonal)
def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Node:
    x = as_node(a)
    first, second = axis_of(x, axis1), axis_of(x, axis2)
    rest = tuple(at for at in range(x.ndim) if at not in (first, second))
    rows, columns = x.shape[first], x.shape[second]
    length = max(min(rows + min(offset, 0), columns - max(offset, 0)), 0)
    moved = op.transpose(x, axes=(*rest, first, second))
    flat = reshape(moved, (*moved.shape[:-2], rows * columns))
    start = offset if offset >= 0 else -offset * columns
    index = (*[(0, 1, n) for n in flat.shape[:-1]], (start if length else 0, columns + 1, length))
    return op.slice(flat, index=index, batch=0)
