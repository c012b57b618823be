"""Reshaping, joining, splitting and repeating arrays."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from ...errors import ArgumentError, ShapeError, TraceError
from ...graph import Node, as_node, broadcast_shape, broadcast_to, cast, constant, op
from ...graph import reshape as reshaped
from ..registry import covers
from .axes import along, axes_in_order, axes_of, axis_of
from .indexing import flip, section, take


@covers(np.reshape)
def reshape(a: Any, /, shape: Any, order: str = "C", *, copy: Any = None) -> Node:
    x = as_node(a)
    given = [int(n) for n in (shape if isinstance(shape, Sequence) else (shape,))]
    wanted = list(given)
    if wanted.count(-1) == 1:
        known = -math.prod(wanted)
        wanted[wanted.index(-1)] = x.type.size // known if known else 0
    if math.prod(wanted) != x.type.size or min(wanted, default=0) < 0:
        raise ShapeError(
            f"reshape of shape {x.shape} ({x.type.size} elements) to {shape}",
            expected=f"{x.type.size} elements",
            instead=_left_open(given, x.type.size),
        )
    if order == "F":
        return transpose(reshaped(transpose(x), tuple(wanted[::-1])))
    return reshaped(x, tuple(wanted))


def _left_open(shape: Sequence[int], size: int) -> str | None:
    """A shape that fits, with one of its lengths following from the others; None where there is none."""
    for i in range(len(shape) - 1, -1, -1):
        others = math.prod((*shape[:i], *shape[i + 1 :]))
        if min(shape) > 0 and len(shape) > 1 and size % others == 0:
            return f"{(*shape[:i], -1, *shape[i + 1 :])}, if that is meant"
    return None


@covers(np.ravel)
def ravel(a: Any, order: str = "C") -> Node:
    return reshape(a, (-1,) if as_node(a).type.size else (0,), order)


@covers(np.transpose, np.permute_dims)
def transpose(a: Any, axes: Any = None) -> Node:
    x = as_node(a)
    if axes is not None and len(axes) != x.ndim:
        raise ShapeError(f"transpose of shape {x.shape} to axes {tuple(axes)}", expected="each axis once")
    if x.ndim < 2:
        return x
    order = tuple(range(x.ndim))[::-1] if axes is None else tuple(axis_of(x, axis) for axis in axes)
    return op.transpose(x, axes=order)


@covers(np.matrix_transpose)
def matrix_transpose(x: Any) -> Node:
    return swapaxes(x, -1, -2)


@covers(np.swapaxes)
def swapaxes(a: Any, axis1: int, axis2: int) -> Node:
    x = as_node(a)
    order = list(range(x.ndim))
    first, second = axis_of(x, axis1), axis_of(x, axis2)
    order[first], order[second] = second, first
    return transpose(x, order)


@covers(np.moveaxis)
def moveaxis(a: Any, source: Any, destination: Any) -> Node:
    x = as_node(a)
    sources = source if isinstance(source, Sequence) else (source,)
    destinations = destination if isinstance(destination, Sequence) else (destination,)
    moved = {axis_of(x, to): axis_of(x, at) for to, at in zip(destinations, sources, strict=True)}
    others = iter(at for at in range(x.ndim) if at not in moved.values())
    return transpose(x, [moved[at] if at in moved else next(others) for at in range(x.ndim)])


@covers(np.rollaxis)
def rollaxis(a: Any, axis: int, start: int = 0) -> Node:
    """One axis moved before another."""
    x = as_node(a)
    at, before = axis_of(x, axis), axis_of(x, start, x.ndim + 1)
    return moveaxis(x, at, before - 1 if at < before else before)


@covers(np.resize)
def resize(a: Any, new_shape: Any) -> Node:
    """The elements in order, from the first again where there are too few."""
    x, shape = as_node(a), tuple(new_shape) if isinstance(new_shape, Sequence) else (int(new_shape),)
    size = math.prod(shape)
    if not x.type.size:
        return constant(np.zeros(shape, x.dtype))
    return reshaped(take(x, np.arange(size) % x.type.size), shape)


@covers(np.expand_dims)
def expand_dims(a: Any, axis: Any) -> Node:
    x = as_node(a)
    places = axis if isinstance(axis, Sequence) else (axis,)
    ndim = x.ndim + len(places)
    new = {axis_of(x, place, ndim) for place in places}
    lengths = iter(x.shape)
    return reshaped(x, tuple(1 if at in new else next(lengths) for at in range(ndim)))


@covers(np.squeeze)
def squeeze(a: Any, axis: Any = None) -> Node:
    x = as_node(a)
    dropped = {at for at, n in enumerate(x.shape) if n == 1} if axis is None else set(axes_of(x, axis))
    if any(x.shape[at] != 1 for at in dropped):
        raise ShapeError(f"squeeze of axis {axis} of shape {x.shape}", expected="an axis of length 1")
    return reshaped(x, tuple(n for at, n in enumerate(x.shape) if at not in dropped))


@covers(np.atleast_1d)
def atleast_1d(a: Any) -> Node:
    x = as_node(a)
    return x if x.ndim else reshaped(x, (1,))


@covers(np.atleast_2d)
def atleast_2d(a: Any) -> Node:
    x = as_node(a)
    return x if x.ndim > 1 else reshaped(x, (1, x.type.size))


@covers(np.atleast_3d)
def atleast_3d(a: Any) -> Node:
    x = as_node(a)
    shapes = {0: (1, 1, 1), 1: (1, *x.shape, 1), 2: (*x.shape, 1)}
    return reshaped(x, shapes.get(x.ndim, x.shape))


@covers(np.broadcast_to)
def broadcast(array: Any, shape: Any, subok: bool = False) -> Node:
    wanted = tuple(shape) if isinstance(shape, Sequence) else (int(shape),)
    return broadcast_to(as_node(array), wanted)


@covers(np.broadcast_arrays)
def broadcast_arrays(*arrays: Any, subok: bool = False) -> tuple[Node, ...]:
    nodes = [as_node(array) for array in arrays]
    shape = broadcast_shape(*[node.shape for node in nodes])
    return tuple(broadcast_to(node, shape) for node in nodes)


@covers(np.concatenate)
def concatenate(arrays: Any, axis: Any = 0, *, dtype: Any = None) -> Node:
    nodes = listed(arrays)
    if axis is None:
        nodes, axis = [ravel(node) for node in nodes], 0
    if not nodes[0].ndim:
        raise ShapeError("concatenate of 0-d arrays", instead="np.stack([...])")
    common = np.result_type(*[node.dtype for node in nodes]) if dtype is None else np.dtype(dtype)
    nodes = [cast(node, common) for node in nodes]
    return nodes[0] if len(nodes) == 1 else op.concatenate(*nodes, axis=axis_of(nodes[0], axis))


@covers(np.stack)
def stack(arrays: Any, axis: int = 0) -> Node:
    nodes = listed(arrays)
    if len({node.shape for node in nodes}) > 1:
        raise ShapeError(
            f"stack of shapes {', '.join(str(node.shape) for node in nodes)}", expected="one shape"
        )
    return concatenate(
        [expand_dims(node, axis) for node in nodes], axis_of(nodes[0], axis, nodes[0].ndim + 1)
    )


@covers(np.vstack)
def vstack(tup: Any) -> Node:
    return concatenate([atleast_2d(node) for node in listed(tup)], 0)


@covers(np.hstack)
def hstack(tup: Any) -> Node:
    nodes = [atleast_1d(node) for node in listed(tup)]
    return concatenate(nodes, 0 if nodes[0].ndim == 1 else 1)


@covers(np.column_stack)
def column_stack(tup: Any) -> Node:
    return concatenate([x if x.ndim > 1 else reshaped(x, (x.type.size, 1)) for x in listed(tup)], 1)


@covers(np.dstack)
def dstack(tup: Any) -> Node:
    nodes = [atleast_2d(node) for node in listed(tup)]
    return concatenate([x if x.ndim > 2 else reshaped(x, (*x.shape, 1)) for x in nodes], 2)


@covers(np.append)
def append(arr: Any, values: Any, axis: Any = None) -> Node:
    return concatenate([arr, values], axis)


@covers(np.split)
def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Node]:
    x, sections = as_node(ary), indices_or_sections
    n = x.shape[axis_of(x, axis)]
    if isinstance(sections, (int, np.integer)) and sections > 0 and n % sections:
        raise ShapeError(
            f"np.split of shape {x.shape} along axis {axis} into {sections} sections",
            expected=f"a number that divides {n}",
            instead="np.array_split, of which the first sections may be longer by one",
        )
    return array_split(x, sections, axis)


@covers(np.array_split)
def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Node]:
    x = as_node(ary)
    at = axis_of(x, axis)
    n = x.shape[at]
    if isinstance(indices_or_sections, (int, np.integer)):
        sections = int(indices_or_sections)
        if sections < 1:
            raise ArgumentError(f"split into {sections} sections", expected="1 or more")
        lengths = [n // sections + (i < n % sections) for i in range(sections)]
        bounds = [0, *np.cumsum(lengths).tolist()]
    else:
        bounds = [0, *[slice(None, cut).indices(n)[1] for cut in indices_or_sections], n]
    return [section(x, at, start, max(stop, start)) for start, stop in pairwise(bounds)]


@covers(np.vsplit)
def vsplit(ary: Any, indices_or_sections: Any) -> list[Node]:
    return split(ary, indices_or_sections, 0)


@covers(np.hsplit)
def hsplit(ary: Any, indices_or_sections: Any) -> list[Node]:
    return split(ary, indices_or_sections, 0 if as_node(ary).ndim == 1 else 1)


@covers(np.dsplit)
def dsplit(ary: Any, indices_or_sections: Any) -> list[Node]:
    return split(ary, indices_or_sections, 2)


@covers(np.unstack)
def unstack(x: Any, /, *, axis: int = 0) -> tuple[Node, ...]:
    array = as_node(x)
    at = axis_of(array, axis)
    return tuple(section(array, at, i, None) for i in range(array.shape[at]))


@covers(np.rot90)
def rot90(m: Any, k: int = 1, axes: Any = (0, 1)) -> Node:
    """k quarter turns from the first axis to the second."""
    x = as_node(m)
    first, second = axes_in_order(x, tuple(axes))
    turned = {0: (), 1: (second,), 2: (first, second), 3: (first,)}[k % 4]
    flipped = flip(x, turned) if turned else x
    return swapaxes(flipped, first, second) if k % 2 else flipped


@covers(np.tile)
def tile(A: Any, reps: Any) -> Node:
    x = as_node(A)
    counts = tuple(reps) if isinstance(reps, Sequence) else (int(reps),)
    if min(counts, default=0) < 0:
        raise ArgumentError(f"np.tile {counts} times", expected="0 or more")
    ndim = max(x.ndim, len(counts))
    counts = (1,) * (ndim - len(counts)) + counts
    shape = (1,) * (ndim - x.ndim) + x.shape
    paired = tuple(k for count, n in zip(counts, shape, strict=True) for k in (count, n))
    spread = reshaped(x, tuple(k for n in shape for k in (1, n)))
    return reshaped(broadcast_to(spread, paired), tuple(c * n for c, n in zip(counts, shape, strict=True)))


@covers(np.repeat)
def repeat(a: Any, repeats: Any, axis: Any = None) -> Node:
    x, at = along(as_node(a), axis)
    if isinstance(repeats, Node):
        raise TraceError("np.repeat with traced repeats has a shape that depends on values")
    return take(x, np.repeat(np.arange(x.shape[at]), repeats), at)


@covers(np.tril_indices_from)
def tril_indices_from(arr: Any, k: int = 0) -> tuple[np.ndarray, ...]:
    rows, columns = as_node(arr).shape
    return np.tril_indices(rows, k, columns)


@covers(np.triu_indices_from)
def triu_indices_from(arr: Any, k: int = 0) -> tuple[np.ndarray, ...]:
    rows, columns = as_node(arr).shape
    return np.triu_indices(rows, k, columns)


@covers(np.diag_indices_from)
def diag_indices_from(arr: Any) -> tuple[np.ndarray, ...]:
    return np.diag_indices(as_node(arr).shape[0], as_node(arr).ndim)


@covers(np.tril)
def tril(m: Any, k: int = 0) -> Node:
    x = as_node(m)
    return op.where(_on_and_below(x, k), x, constant(0, x.dtype))


@covers(np.triu)
def triu(m: Any, k: int = 0) -> Node:
    x = as_node(m)
    return op.where(_on_and_below(x, k - 1), constant(0, x.dtype), x)


def _on_and_below(x: Node, k: int) -> np.ndarray:
    """Where a matrix has its k-th diagonal and what is below; a vector is repeated as rows of a square."""
    rows, columns = x.shape[-2:] if x.ndim > 1 else x.shape * 2
    return np.tri(rows, columns, k, dtype=bool)


def listed(arrays: Any) -> list[Node]:
    """The arrays of a list; one array is the list of its rows."""
    if isinstance(arrays, Node):
        return [section(arrays, 0, i, None) for i in range(arrays.shape[0])]
    nodes = [as_node(array) for array in arrays]
    if not nodes:
        raise ShapeError("an empty list of arrays", expected="at least one array")
    return nodes
