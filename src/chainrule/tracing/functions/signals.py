"""Convolutions, correlations and phases of sampled signals."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...errors import ArgumentError, ShapeError
from ...graph import Node, as_node, cast, op, reshape
from ..registry import covers
from .axes import axis_of, require_fixed
from .differences import diff
from .indexing import flip, section, take
from .padding import pad
from .products import matmul
from .reductions import cumsum
from .shaping import concatenate


@covers(np.convolve)
def convolve(a: Any, v: Any, mode: str = "full") -> Node:
    """(a ∗ v)ₖ = Σⱼ aₖ₋ⱼ vⱼ."""
    long, short = _vectors(a, v, "np.convolve")
    if short.shape[0] > long.shape[0]:
        long, short = short, long
    return _slide(long, flip(short), mode, (short.shape[0] - 1) // 2)


@covers(np.correlate)
def correlate(a: Any, v: Any, mode: str = "valid") -> Node:
    """cₖ = Σₙ aₙ₊ₖ vₙ; where v is the longer, the sums are those of (v, a), in reverse."""
    x, y = _vectors(a, v, "np.correlate")
    if y.shape[0] > x.shape[0]:
        return flip(_slide(y, x, mode, (x.shape[0] - 1) // 2))
    return _slide(x, y, mode, (y.shape[0] - 1) // 2)


@covers(np.unwrap)
def unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: float = 2 * math.pi) -> Node:
    require_fixed("np.unwrap", discont=discont, period=period)
    x = as_node(p)
    at = axis_of(x, axis)
    steps = diff(x, axis=at)
    dtype = np.result_type(np.empty(0, steps.dtype), period)
    whole = dtype.kind in "iu"
    high = period // 2 if whole else period / 2
    wrapped = op.remainder(steps + high, period) - high
    if not whole or period % 2 == 0:  # a step of just half a period keeps its sign
        half = op.logical_and(op.equal(wrapped, -high), op.greater(steps, 0))
        wrapped = op.where(half, high, wrapped)
    jump = op.greater_equal(op.absolute(steps), period / 2 if discont is None else discont)
    turns = cumsum(op.where(jump, wrapped - steps, 0), at)
    n = x.shape[at]
    rest = section(x, at, min(1, n), n) + turns
    return concatenate([section(x, at, 0, min(1, n)), rest], at, dtype=dtype)


def _slide(long: Node, short: Node, mode: str, centred: int) -> Node:
    """The products of the shorter vector with the parts of the longer, from its first overlap to its last.

    ``centred`` is how many of them come before those of mode "same".
    """
    n, m = long.shape[0], short.shape[0]
    starts = {"full": (0, n + m - 1), "same": (centred, n), "valid": (m - 1, n - m + 1)}
    if mode not in starts:
        raise ArgumentError(f"mode={mode!r}", expected='"full", "same" or "valid"')
    first, count = starts[mode]
    parts = first + np.arange(count)[:, None] + np.arange(m)
    return matmul(take(pad(long, m - 1), parts), short)


def _vectors(a: Any, v: Any, name: str) -> tuple[Node, Node]:
    x, y = as_node(a), as_node(v)
    if x.ndim > 1 or y.ndim > 1 or not x.type.size or not y.type.size:
        raise ShapeError(
            f"{name} of shapes {x.shape} and {y.shape}", expected="two vectors that aren't empty"
        )
    dtype = np.result_type(x.dtype, y.dtype)
    return tuple(cast(reshape(z, (z.type.size,)), dtype) for z in (x, y))  # type: ignore[return-value]
