"""Picking elements and putting them back: slices at fixed places, gathers at places that are values.

A fixed index has one entry an axis: an integer, which drops the axis, or ``(start, step, length)``.
``batch`` counts leading axes that are left alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import DtypeError, ShapeError
from ..graph import ArrayType, Node, Sample, Shape, broadcast_shape
from ..linear_maps import Gather, LinearMap, Zero
from .records import local, normal_samples, structural

Index = tuple[int | tuple[int, int, int], ...]


def numpy_index(index: Index, batch: int = 0) -> tuple[Any, ...]:
    """A fixed index as NumPy takes it."""
    return (slice(None),) * batch + tuple(
        entry if isinstance(entry, int) else _numpy_slice(*entry) for entry in index
    )  # fmt: skip


def _numpy_slice(start: int, step: int, length: int) -> slice:
    stop = start + step * length
    return slice(start, stop if stop >= 0 else None, step) if length else slice(0, 0, 1)


def _picked_shape(shape: Shape, index: Index, batch: int) -> Shape:
    if len(shape) != batch + len(index):
        raise ShapeError(f"index {index} of an array of shape {shape}", expected="one entry an axis")
    return shape[:batch] + tuple(entry[2] for entry in index if not isinstance(entry, int))


def place(x: np.ndarray, shape: Shape, where: Any) -> np.ndarray:
    """Zeros of a shape with x at an index."""
    x = np.asarray(x)
    result = np.zeros(shape, x.dtype)
    result[where] = x
    return result


def _place_type(x: ArrayType, *, shape: Shape, index: Index, batch: int) -> ArrayType:
    if _picked_shape(shape, index, batch) != x.shape:
        raise ShapeError(f"cannot place shape {x.shape} at index {index} of shape {shape}")
    return x.with_shape(shape)


def _index_text(index: Index, batch: int) -> str:
    def entry_text(entry: int | tuple[int, int, int]) -> str:
        if isinstance(entry, int):
            return str(entry)
        piece = _numpy_slice(*entry)
        stop = "" if piece.stop is None else piece.stop
        return f"{piece.start}:{stop}" + (f":{piece.step}" if piece.step != 1 else "")

    return ", ".join([":"] * batch + [entry_text(entry) for entry in index]) or "()"


def _slice_map(y: Node, x: Node, *, index: Index, batch: int) -> LinearMap:
    return Gather(x.shape, y.shape, "slice", "place", (("index", index),), batch)


def _place_map(y: Node, x: Node, *, shape: Shape, index: Index, batch: int) -> LinearMap:
    return Gather(y.shape, x.shape, "slice", "place", (("index", index),), batch).T


structural(
    "slice",
    type_rule=lambda x, *, index, batch: x.with_shape(_picked_shape(x.shape, index, batch)),
    evaluate=lambda x, *, index, batch: x[numpy_index(index, batch)],
    jacobian=local(_slice_map),
    show=lambda x, *, index, batch: f"{x}[{_index_text(index, batch)}]",
    lower="view",
    samples=normal_samples(
        ((5,), {"index": ((3, -2, 2),), "batch": 0}),
        ((3, 4), {"index": (1, (0, 2, 2)), "batch": 0}),
        ((2, 3), {"index": ((0, 1, 0),), "batch": 1}),
    ),
)

structural(
    "place",
    type_rule=_place_type,
    evaluate=lambda x, *, shape, index, batch: place(x, shape, numpy_index(index, batch)),
    jacobian=local(_place_map),
    show=lambda x, *, shape, index, batch: f"place({x}, {shape}, np.s_[{_index_text(index, batch)}])",
    lower="gather",
    helpers=(place,),
    samples=normal_samples(
        ((2,), {"shape": (5,), "index": ((3, -2, 2),), "batch": 0}),
        ((2, 2), {"shape": (2, 3, 2), "index": (1, (0, 1, 2)), "batch": 1}),
    ),
)


def _gathered(x: ArrayType, *indices: ArrayType, batch: int) -> ArrayType:
    if any(index.dtype.kind not in "iu" for index in indices):
        raise DtypeError("an index is not of integers", instead="index with integers or a boolean mask")
    if x.ndim < batch + len(indices):
        raise ShapeError(f"{len(indices)} index arrays for an array of shape {x.shape}")
    places = broadcast_shape(*[index.shape for index in indices])
    return x.with_shape(x.shape[:batch] + places + x.shape[batch + len(indices) :])


def scatter_add(p: np.ndarray, shape: Shape, where: Any) -> np.ndarray:
    """Zeros of a shape with p added at an index, in which a place may stand more than once."""
    result = np.zeros(shape, p.dtype)
    np.add.at(result, where, p)
    return result


def _places_text(indices: tuple[str, ...], batch: int) -> str:
    return ", ".join([":"] * batch + list(indices)) or "()"


def _gather_map(i: int, node: Node) -> LinearMap:
    x, *indices = node.inputs
    if i:
        return Zero(node.inputs[i].shape, node.shape)
    return Gather(x.shape, node.shape, "gather", "scatter_add", (), node.params["batch"], tuple(indices))


def _scatter_map(i: int, node: Node) -> LinearMap:
    p, *indices = node.inputs
    if i:
        return Zero(node.inputs[i].shape, node.shape)
    return Gather(node.shape, p.shape, "gather", "scatter_add", (), node.params["batch"], tuple(indices)).T


def _gather_samples(rng: np.random.Generator) -> list[Sample]:
    x, places = rng.normal(size=(3, 4)), np.array([0, 2, 2, -1])
    return [Sample((x, places), {"batch": 1}), Sample((x, np.array([[0], [1]]), places), {"batch": 0})]


def _scatter_samples(rng: np.random.Generator) -> list[Sample]:
    return [Sample((rng.normal(size=(3, 4)), np.array([0, 2, 2, 1])), {"shape": (3, 5), "batch": 1})]


structural(
    "gather",
    type_rule=_gathered,
    evaluate=lambda x, *indices, batch: x[(slice(None),) * batch + indices],
    jacobian=_gather_map,
    show=lambda x, *indices, batch: f"{x}[{_places_text(indices, batch)}]",
    lower="gather",
    samples=_gather_samples,
)

structural(
    "scatter_add",
    type_rule=lambda p, *indices, shape, batch: p.with_shape(shape),
    evaluate=lambda p, *indices, shape, batch: scatter_add(p, shape, (slice(None),) * batch + indices),
    jacobian=_scatter_map,
    show=lambda p, *indices, shape, batch: (
        f"scatter_add({p}, {shape}, np.s_[{_places_text(indices, batch)}])"
    ),
    lower="gather",
    helpers=(scatter_add,),
    samples=_scatter_samples,
)
