"""The same elements in another shape, order or dtype."""

from __future__ import annotations

import math

import numpy as np

from ..errors import ShapeError
from ..graph import ArrayType, Node, Sample, Shape
from ..linear_maps import Broadcast, Cast, Compose, Gather, LinearMap, Reshape, Transpose, Zero
from .records import local, normal_samples, structural


def _broadcast_type(x: ArrayType, *, shape: Shape) -> ArrayType:
    kept = shape[len(shape) - x.ndim :]
    if x.ndim > len(shape) or (x.shape and any(n not in (1, m) for n, m in zip(x.shape, kept, strict=True))):
        raise ShapeError(f"shape {x.shape} does not broadcast to {shape}")
    return x.with_shape(shape)


def _broadcast_map(y: Node, x: Node, *, shape: Shape) -> LinearMap:
    new = len(shape) - x.ndim
    stretched = {new + axis for axis, n in enumerate(x.shape) if n == 1 and shape[new + axis] != 1}
    repeat = Broadcast(shape, tuple(range(new)) + tuple(sorted(stretched)))
    return Compose((repeat, Reshape(x.shape, repeat.source))) if stretched else repeat


def _reshape_type(x: ArrayType, *, shape: Shape) -> ArrayType:
    result = x.with_shape(shape)
    if result.size != x.size:
        raise ShapeError(f"{x.size} elements of shape {x.shape} cannot be reshaped to {shape}")
    return result


def _astype_map(y: Node, x: Node, *, dtype: np.dtype) -> LinearMap:
    if y.type.is_float and x.type.is_float:
        return Cast(x.shape, x.dtype, y.dtype)
    return Zero(x.shape, y.shape)


def _concatenated(*xs: ArrayType, axis: int) -> ArrayType:
    first = xs[0].shape
    if any(
        x.ndim != len(first) or x.shape[:axis] + x.shape[axis + 1 :] != first[:axis] + first[axis + 1 :]
        for x in xs
    ):
        raise ShapeError(
            f"cannot concatenate shapes {', '.join(str(x.shape) for x in xs)} along axis {axis}",
            expected="shapes equal in every other axis",
        )
    total = sum(x.shape[axis] for x in xs)
    return ArrayType((*first[:axis], total, *first[axis + 1 :]), np.result_type(*[x.dtype for x in xs]))


def _concatenate_map(i: int, node: Node) -> LinearMap:
    axis, source = node.params["axis"], node.inputs[i]
    start = sum(child.shape[axis] for child in node.inputs[:i])
    index = tuple((start if at == axis else 0, 1, n) for at, n in enumerate(source.shape))
    place = Gather(node.shape, source.shape, "slice", "place", (("index", index),)).T
    return (
        place
        if source.dtype == node.dtype
        else Compose((place, Cast(source.shape, source.dtype, node.dtype)))
    )


def _concatenate_samples(rng: np.random.Generator) -> list[Sample]:
    def parts(*shapes: Shape) -> tuple[np.ndarray, ...]:
        return tuple(rng.normal(size=shape) for shape in shapes)

    return [Sample(parts((2,), (0,), (3,)), {"axis": 0}), Sample(parts((2, 1), (2, 3)), {"axis": 1})]


structural(
    "broadcast_to",
    type_rule=_broadcast_type,
    evaluate=np.broadcast_to,
    jacobian=local(_broadcast_map),
    show="np.broadcast_to({0}, {shape})",
    lower="view",
    samples=normal_samples(
        ((), {"shape": (2, 3)}),
        ((3,), {"shape": (2, 3)}),
        ((2, 1), {"shape": (4, 2, 3)}),
        ((1,), {"shape": (0,)}),
    ),
)


def _reshape_text(x: str, *, shape: Shape) -> str:
    """Where there is one element, what is reshaped may be a number of Python's."""
    return f"np.reshape({x}, {shape})" if math.prod(shape) == 1 else f"{x}.reshape({shape})"


structural(
    "reshape",
    type_rule=_reshape_type,
    evaluate=lambda x, *, shape: x.reshape(shape),
    jacobian=local(lambda y, x, *, shape: Reshape(x.shape, shape)),
    show=_reshape_text,
    lower="view",
    samples=normal_samples(((2, 3), {"shape": (6,)}), ((), {"shape": (1, 1)}), ((0, 3), {"shape": (3, 0)})),
)

structural(
    "transpose",
    type_rule=lambda x, *, axes: x.with_shape(tuple(x.shape[axis] for axis in axes)),
    evaluate=lambda x, *, axes: x.transpose(axes),
    jacobian=local(lambda y, x, *, axes: Transpose(x.shape, axes)),
    show=lambda x, *, axes: f"{x}.T" if axes == tuple(range(len(axes)))[::-1] else f"{x}.transpose({axes})",
    lower="view",
    samples=normal_samples(
        ((2, 3), {"axes": (1, 0)}), ((2, 3, 4), {"axes": (2, 0, 1)}), ((3,), {"axes": (0,)})
    ),
)

structural(
    "astype",
    type_rule=lambda x, *, dtype: x.with_dtype(dtype),
    evaluate=lambda x, *, dtype: np.asarray(x).astype(dtype),
    jacobian=local(_astype_map),
    show="{0}.astype('{dtype}')",
    lower="scalar",
    instruction="astype",
    samples=normal_samples(((3,), {"dtype": np.dtype("float64")})),
)

structural(
    "concatenate",
    type_rule=_concatenated,
    evaluate=lambda *xs, axis: np.concatenate(xs, axis=axis),
    jacobian=_concatenate_map,
    show=lambda *xs, axis: f"np.concatenate([{', '.join(xs)}], axis={axis})",
    lower="gather",
    samples=_concatenate_samples,
)
