"""Powers, choices, rounding: NumPy functions that are one or two element-wise primitives."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import ArgumentError, DtypeError, TraceError
from ...graph import Node, as_node, broadcast_shape, broadcast_to, build, cast, constant, op
from ..indexing import within
from ..registry import covers
from .shaping import listed


@covers(np.power)
def power(a: Any, n: Any) -> Node:
    """Small fixed exponents are what ``ndarray.__pow__`` makes of them."""
    if isinstance(n, (int, float)) and isinstance(a, Node) and a.type.is_float:
        if n == 2:
            return op.square(a)
        if n == 1:
            return a
        if n == 0.5:
            return op.sqrt(a)
        if n == -1:
            return op.reciprocal(a)
    return op.power(a, n)


@covers(np.fabs)
def fabs(a: Any) -> Node:
    """|a| as a floating-point number, whatever the dtype of ``a``."""
    x = as_node(a)
    return op.absolute(cast(x, np.fabs.resolve_dtypes((x.dtype, None))[0]))


@covers(np.float_power)
def float_power(a: Any, n: Any) -> Node:
    double = np.dtype("float64")
    return op.power(cast(as_node(a), double), cast(as_node(n), double))


@covers(np.clip)
def clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Node:
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    result = as_node(a)
    if result.dtype.kind in "iu":  # bounds beyond all numbers of a type, which it has none for
        numbers = np.iinfo(result.dtype)
        low = None if type(low) is int and low <= numbers.min else low
        high = None if type(high) is int and high >= numbers.max else high
    if low is not None:
        result = op.maximum(result, low)
    return result if high is None else op.minimum(result, high)


@covers(np.where)
def where(condition: Any, x: Any = None, y: Any = None) -> Node:
    if x is None or y is None:
        raise TraceError(
            "np.where(condition) alone has a shape that depends on values",
            instead="np.where(condition, x, y), or index with the mask: x[condition]",
        )
    return op.where(condition, x, y)


@covers(np.select)
def select(condlist: Any, choicelist: Any, default: Any = 0) -> Node:
    """Of the choices that stand where the conditions hold, the first."""
    if len(condlist) != len(choicelist) or not len(condlist):
        raise ArgumentError(
            f"np.select of {len(condlist)} conditions and {len(choicelist)} choices",
            expected="as many, 1 or more",
        )
    conditions = [as_node(condition) for condition in condlist]
    if any(condition.dtype != bool for condition in conditions):
        raise DtypeError(
            f"np.select by {', '.join(str(c.dtype) for c in conditions)}",
            expected="conditions that are true or false",
        )
    dtype = common_dtype(*choicelist, default)
    chosen = cast(as_node(default), dtype)
    for condition, choice in zip(reversed(conditions), reversed(choicelist), strict=True):
        chosen = op.where(condition, cast(as_node(choice), dtype), chosen)
    return chosen


@covers(np.choose)
def choose(a: Any, choices: Any, out: Any = None, mode: str = "raise") -> Node:
    """Of each choice, the elements where ``a`` is its number."""
    place, arrays = as_node(a), listed(choices)
    count = len(arrays)
    if place.dtype.kind not in "iu":
        raise DtypeError(f"np.choose by {place.dtype}", expected="whole numbers")
    if mode == "wrap":
        place = op.remainder(place, count)
    elif mode == "clip":
        place = op.minimum(op.maximum(place, 0), count - 1)
    else:
        within(place, count)
    dtype = common_dtype(*arrays)
    chosen = cast(as_node(arrays[0]), dtype)
    for number, choice in enumerate(arrays[1:], 1):
        chosen = op.where(op.equal(place, number), cast(as_node(choice), dtype), chosen)
    return broadcast_to(chosen, broadcast_shape(chosen.shape, place.shape))


@covers(np.divmod)
def divmod_(a: Any, b: Any) -> tuple[Node, Node]:
    return op.floor_divide(a, b), op.remainder(a, b)


@covers(np.modf)
def modf(x: Any) -> tuple[Node, Node]:
    """What is after the point, and what is before it, both with the number's sign."""
    a = as_node(x)
    a = a if a.type.is_float else cast(a, np.dtype(np.float64))
    whole = op.trunc(a)
    return op.copysign(op.where(op.isinf(a), 0.0, a - whole), a), whole


@covers(np.isclose)
def isclose(a: Any, b: Any, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: bool = False) -> Node:
    """|a − b| ≤ atol + rtol |b|, of infinite values whether they are equal."""
    x, y = as_node(a), as_node(b)
    y = y if y.type.is_float else cast(y, np.dtype(np.float64))
    near = op.less_equal(op.absolute(x - y), op.multiply(rtol, op.absolute(y)) + atol)
    close = op.logical_or(op.logical_and(near, op.isfinite(y)), op.equal(x, y))
    return op.logical_or(close, op.logical_and(op.isnan(x), op.isnan(y))) if equal_nan else close


@covers(np.nan_to_num)
def nan_to_num(x: Any, copy: bool = True, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> Node:
    a = as_node(x)
    if not a.type.is_float:
        return a
    info = np.finfo(a.dtype)
    high, low = info.max if posinf is None else posinf, info.min if neginf is None else neginf
    finite = op.where(op.isnan(a), nan, a)
    bounded = op.where(op.equal(finite, np.inf), float(high), finite)
    return op.where(op.equal(bounded, -np.inf), float(low), bounded)


@covers(np.round, np.around)
def round_(a: Any, decimals: int = 0) -> Node:
    x = as_node(a)
    if x.dtype.kind in "iu" and decimals >= 0:
        return x
    if decimals == 0:
        return op.rint(x)
    scale = 10.0**decimals
    rounded = op.rint(x * scale) / scale
    return cast(rounded, x.dtype) if x.dtype.kind in "iu" else rounded


@covers(np.fix)
def fix(x: Any) -> Node:
    return op.trunc(x)


@covers(np.sinc)
def sinc(x: Any) -> Node:
    return op.sinc(x)


@covers(np.i0)
def i0(x: Any) -> Node:
    return op.i0(x)


@covers(np.real, np.copy, np.real_if_close)
def real(x: Any) -> Node:
    node = as_node(x)
    return op.positive(node) if node.dtype != bool else op.astype(node, dtype=node.dtype)


@covers(np.astype)
def astype(x: Any, dtype: Any, copy: bool = True) -> Node:
    dtype = np.dtype(dtype)
    if dtype.kind not in "fiub":
        raise TraceError(f"astype({dtype})", expected="a real dtype")
    return cast(as_node(x), dtype)


@covers(np.zeros_like, np.empty_like)
def zeros_like(
    x: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None
) -> np.ndarray:
    return np.zeros(x.shape if shape is None else shape, x.dtype if dtype is None else dtype)


@covers(np.ones_like)
def ones_like(
    x: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None
) -> np.ndarray:
    return np.ones(x.shape if shape is None else shape, x.dtype if dtype is None else dtype)


@covers(np.full_like)
def full_like(
    x: Any, fill_value: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None
) -> Node:
    dtype = np.dtype(as_node(x).dtype if dtype is None else dtype)
    return build(
        "broadcast_to",
        cast(as_node(fill_value), dtype),
        shape=tuple(as_node(x).shape if shape is None else shape),
    )


@covers(np.shape)
def shape(x: Any) -> tuple[int, ...]:
    return as_node(x).shape


@covers(np.ndim)
def ndim(x: Any) -> int:
    return as_node(x).ndim


@covers(np.isposinf)
def isposinf(x: Any) -> Node:
    return op.equal(x, np.inf)


@covers(np.isneginf)
def isneginf(x: Any) -> Node:
    return op.equal(x, -np.inf)


@covers(np.angle)
def angle(z: Any, deg: bool = False) -> Node:
    """Of real numbers: 0, and π of those below 0."""
    return op.arctan2(0.0, z) * (180 / np.pi if deg else 1.0)


@covers(np.array_equal)
def array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> Node:
    a, b = as_node(a1), as_node(a2)
    if a.shape != b.shape:
        return constant(False)
    same = op.equal(a, b)
    if equal_nan and a.type.is_float and b.type.is_float:
        same = op.logical_or(same, op.logical_and(op.isnan(a), op.isnan(b)))
    every = op.prod(cast(same, np.dtype(np.int64)), axis=tuple(range(same.ndim)))
    return cast(every, np.dtype(bool))


@covers(np.iscomplexobj)
def iscomplexobj(x: Any) -> bool:
    return False


@covers(np.isrealobj)
def isrealobj(x: Any) -> bool:
    return True


@covers(np.result_type)
def result_type(*arrays_and_dtypes: Any) -> np.dtype:
    return np.result_type(*[a.dtype if isinstance(a, Node) else a for a in arrays_and_dtypes])


@covers(np.size)
def size(x: Any, axis: int | None = None) -> int:
    return as_node(x).type.size if axis is None else as_node(x).shape[axis]


def common_dtype(*values: Any) -> np.dtype:
    """The dtype of arrays together, to which Python's numbers adapt, as in NumPy."""
    return np.result_type(*[v if isinstance(v, (int, float)) else as_node(v).dtype for v in values])
