"""Sums, products and extrema over axes; running sums and products; places of extrema; sorted rows."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from ..errors import ShapeError
from ..graph import ArrayType, Node, broadcast_to, cast, constant, op, reshape, with_unit_axes, without_axes
from ..linear_maps import Compose, Gather, General, LinearMap, Scale, Sum
from .records import Rule, axes_text, flat, local, normal_samples, structural

Axes = tuple[int, ...]

AXES_SAMPLES = normal_samples(
    ((3,), {"axis": (0,)}),
    ((2, 3, 2), {"axis": (0, 2)}),
    ((2, 1, 3), {"axis": (1,)}),
    ((2, 3), {"axis": (0, 1)}),
)


def _reduced(dtype_of: Callable[[np.dtype], np.dtype]) -> Callable[..., ArrayType]:
    def type_rule(x: ArrayType, *, axis: Axes) -> ArrayType:
        return ArrayType(without_axes(x.shape, axis), np.dtype(dtype_of(x.dtype)))

    return type_rule


def _accumulator(dtype: np.dtype) -> np.dtype:
    """The dtype in which NumPy sums: small integers and booleans in a large integer."""
    total: np.ndarray = np.add.reduce(np.zeros(1, dtype))
    return total.dtype


def _over(y: Node, x: Node, axis: Axes) -> Node:
    """A reduced array repeated over the axes that it was reduced over."""
    return broadcast_to(reshape(y, with_unit_axes(x.shape, axis)), x.shape)


def _extremum_map(y: Node, x: Node, *, axis: Axes) -> LinearMap:
    """Places that tie for the extremum share the derivative equally."""
    here = cast(op.equal(x, _over(y, x, axis)), x.dtype)
    return Compose((Sum(x.shape, axis), Scale(here / _over(op.sum(here, axis=axis), x, axis))))


def _product_map(y: Node, x: Node, *, axis: Axes) -> LinearMap:
    """Each factor's derivative is the product of the others, which a quotient could not give at zero."""
    kept = tuple(at for at in range(x.ndim) if at not in axis)
    last = kept + axis
    moved = op.transpose(x, axes=last)
    count = math.prod(x.shape[at] for at in axis)
    row = reshape(moved, (*[x.shape[at] for at in kept], count))
    others = reshape(_products_before(row) * _reversed(_products_before(_reversed(row))), moved.shape)
    back = op.transpose(others, axes=tuple(int(at) for at in np.argsort(last)))
    return Compose((Sum(x.shape, axis), Scale(back)))


def _products_before(row: Node) -> Node:
    """Along the last axis, the product of all earlier elements."""
    *rest, n = row.shape
    one = broadcast_to(op.astype(1, dtype=row.dtype), (*rest, 1))
    head = op.slice(row, index=(*[(0, 1, k) for k in rest], (0, 1, max(n - 1, 0))), batch=0)
    before = op.cumprod(op.concatenate(one, head, axis=len(rest)))
    return op.slice(before, index=(*[(0, 1, k) for k in rest], (0, 1, n)), batch=0)


def _reversed(row: Node) -> Node:
    *rest, n = row.shape
    return op.slice(row, index=(*[(0, 1, k) for k in rest], (max(n - 1, 0), -1, n)), batch=0)


def _cumsum_map(y: Node, x: Node) -> LinearMap:
    def backward(p: Node) -> Node:
        return _reversed(op.cumsum(_reversed(p)))

    return General(x.shape, y.shape, op.cumsum, backward, "lower triangle of ones", 1, block=_not_later(x))


def _cumprod_map(y: Node, x: Node) -> LinearMap:
    """∂yᵢ/∂x_k = Π_{j ≤ i, j ≠ k} x_j for k ≤ i: exact at zeros, where y/x is not."""
    n = x.shape[-1]
    square = (*x.shape, n)
    without = op.where(np.eye(n, dtype=bool), 1.0, broadcast_to(reshape(x, (*x.shape[:-1], 1, n)), square))
    jacobian = op.cumprod(without) * np.triu(np.ones((n, n), x.dtype))

    def forward(v: Node) -> Node:
        return op.sum(reshape(v, (*v.shape, 1)) * jacobian, axis=(v.ndim - 1,))

    def backward(p: Node) -> Node:
        return op.sum(jacobian * reshape(p, (*p.shape[:-1], 1, n)), axis=(p.ndim,))

    return General(x.shape, y.shape, forward, backward, "products of the others", 1, block=_not_later(x))


def _not_later(x: Node) -> Callable[[], np.ndarray]:
    """Along the last axis, an element of a running result depends on those up to its own."""
    return partial(np.tri, x.shape[-1], dtype=bool)


def _scanned(x: ArrayType) -> ArrayType:
    if not x.ndim:
        raise ShapeError("a running sum or product of a 0-d array", expected="at least one axis")
    return x.with_dtype(_accumulator(x.dtype))


def _place_type(x: ArrayType, *, axis: int) -> ArrayType:
    return ArrayType(x.shape[:axis] + x.shape[axis + 1 :], np.dtype(np.intp))


def _reduction(name: str, dtype_of: Callable[[np.dtype], np.dtype], rule: Rule, instruction: str) -> None:
    structural(
        name,
        type_rule=_reduced(dtype_of),
        evaluate=getattr(np, instruction).reduce,
        jacobian=local(rule),
        show=axes_text(f"np.{name}"),
        lower="reduce",
        instruction=instruction,
        samples=AXES_SAMPLES,
    )


def _scan(name: str, rule: Rule, instruction: str) -> None:
    structural(
        name,
        type_rule=_scanned,
        evaluate=partial(getattr(np, name), axis=-1),
        jacobian=local(rule),
        show=f"np.{name}({{0}}, axis=-1)",
        lower="scan",
        instruction=instruction,
        samples=normal_samples(((3,), {}), ((2, 4), {}), ((2, 1), {}), ((0,), {})),
    )


_reduction("sum", _accumulator, lambda y, x, *, axis: Sum(x.shape, axis), "add")
_reduction("prod", _accumulator, _product_map, "multiply")
_reduction("max", lambda dtype: dtype, _extremum_map, "maximum")
_reduction("min", lambda dtype: dtype, _extremum_map, "minimum")
_scan("cumsum", _cumsum_map, "add")
_scan("cumprod", _cumprod_map, "multiply")

for _name in ("argmax", "argmin"):
    structural(
        _name,
        type_rule=_place_type,
        evaluate=getattr(np, _name),
        jacobian=flat,
        show=axes_text(f"np.{_name}"),
        lower="reference",
        samples=normal_samples(((3,), {"axis": 0}), ((2, 3), {"axis": 1})),
    )

structural(
    "argsort",
    type_rule=lambda x: x.with_dtype(np.dtype(np.intp)),
    evaluate=lambda x: np.argsort(x, axis=-1, kind="stable"),
    jacobian=flat,
    show="np.argsort({0}, axis=-1, kind='stable')",
    lower="reference",
    samples=normal_samples(((3,), {}), ((2, 3), {})),
)


def _sort_map(y: Node, x: Node) -> LinearMap:
    """Each sorted element is the one where the order says; of equal ones the first comes first."""
    last = x.ndim - 1
    rows = [np.arange(n).reshape([-1 if j == i else 1 for j in range(x.ndim)]) for i, n in enumerate(x.shape)]
    places = (*map(constant, rows[:last]), op.argsort(x))
    return Gather(x.shape, y.shape, "gather", "scatter_add", (), 0, places)


structural(
    "sort",
    type_rule=lambda x: x,
    evaluate=lambda x: np.sort(x, axis=-1),
    jacobian=local(_sort_map),
    show="np.sort({0}, axis=-1)",
    lower="reference",
    samples=normal_samples(((3,), {}), ((2, 3), {})),
)
