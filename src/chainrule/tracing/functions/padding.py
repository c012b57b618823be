"""Borders around an array: constants, its own elements again, statistics of it, ramps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...errors import ArgumentError
from ...graph import Node, as_node, broadcast_to, cast, constant, op
from ..registry import covers
from .axes import require_fixed
from .grids import linspace
from .indexing import section, take
from .quantiles import median
from .reductions import max_, mean, min_
from .shaping import concatenate

BY_PLACE = ("edge", "reflect", "symmetric", "wrap")
STATISTICS: dict[str, Callable[..., Node]] = {
    "maximum": max_,
    "mean": mean,
    "median": median,
    "minimum": min_,
}
MODES = ("constant", "empty", "linear_ramp", *BY_PLACE, *STATISTICS)


@covers(np.pad)
def pad(
    array: Any,
    pad_width: Any,
    mode: Any = "constant",
    *,
    constant_values: Any = 0,
    end_values: Any = 0,
    stat_length: Any = None,
    reflect_type: str = "even",
) -> Node:
    require_fixed("np.pad", pad_width=pad_width)
    if mode not in MODES:
        raise ArgumentError(f"np.pad with mode={mode!r}", expected=f"one of {', '.join(map(repr, MODES))}")
    if reflect_type != "even":
        raise ArgumentError(f"np.pad with reflect_type={reflect_type!r}", expected='"even"')
    x = as_node(array)
    widths = [(int(before), int(after)) for before, after in _pairs(pad_width, x.ndim)]
    if mode in ("constant", "empty"):
        return _constant(x, widths, constant_values if mode == "constant" else 0)
    if mode in BY_PLACE:
        for at, width in enumerate(widths):
            x = take(x, np.pad(np.arange(x.shape[at]), width, mode=mode), at)
        return x
    ends = (
        _ramps(x, widths, end_values) if mode == "linear_ramp" else _statistics(x, widths, mode, stat_length)
    )
    for at in range(x.ndim):
        before, after = ends(x, at)
        x = concatenate([before, x, after], at, dtype=x.dtype)
    return x


Ends = Callable[[Node, int], tuple[Node, Node]]


def _constant(x: Node, widths: list[tuple[int, int]], values: Any) -> Node:
    shape = tuple(before + n + after for n, (before, after) in zip(x.shape, widths, strict=True))
    index = tuple((before, 1, n) for n, (before, _) in zip(x.shape, widths, strict=True))
    placed = op.place(x, shape=shape, index=index, batch=0)
    if isinstance(values, Node):
        if values.ndim:
            raise ArgumentError(
                f"np.pad with traced constant_values of shape {values.shape}", expected="one value"
            )
        inside = np.pad(np.ones(x.shape, bool), widths)
        return op.where(inside, placed, cast(values, x.dtype))
    if np.ndim(values) == 0 and values == 0:
        return placed
    nothing = np.full(x.shape, -0.0).astype(x.dtype)  # 0 is not: -0 + 0 is 0
    return placed + constant(np.pad(nothing, widths, constant_values=values))


def _statistics(x: Node, widths: list[tuple[int, int]], mode: str, stat_length: Any) -> Ends:
    lengths = _pairs(stat_length, x.ndim) if stat_length is not None else [(None, None)] * x.ndim

    def ends(x: Node, at: int) -> tuple[Node, Node]:
        n = x.shape[at]
        first, last = (n if length is None else min(int(length), n) for length in lengths[at])
        parts = (section(x, at, 0, first), section(x, at, n - last, n))
        found = [STATISTICS[mode](part, at, keepdims=True) for part in parts]
        if not x.type.is_float:
            found = [op.rint(value) if value.type.is_float else value for value in found]
        before, after = (
            broadcast_to(cast(value, x.dtype), _with_length(x, at, width))
            for value, width in zip(found, widths[at], strict=True)
        )
        return before, after

    return ends


def _ramps(x: Node, widths: list[tuple[int, int]], end_values: Any) -> Ends:
    require_fixed("np.pad", end_values=end_values)
    outermost = _pairs(end_values, x.ndim)

    def ends(x: Node, at: int) -> tuple[Node, Node]:
        n = x.shape[at]
        edges = (section(x, at, 0, None), section(x, at, n - 1, None))
        before, after = (
            linspace(end, edge, width, endpoint=False, dtype=x.dtype, axis=at)
            for end, edge, width in zip(outermost[at], edges, widths[at], strict=True)
        )
        assert isinstance(before, Node)
        assert isinstance(after, Node)
        backwards = tuple((k - 1, -1, k) if i == at and k else (0, 1, k) for i, k in enumerate(after.shape))
        return before, op.slice(after, index=backwards, batch=0)

    return ends


def _with_length(x: Node, at: int, length: int) -> tuple[int, ...]:
    return tuple(length if i == at else n for i, n in enumerate(x.shape))


def _pairs(given: Any, ndim: int) -> list[tuple[Any, Any]]:
    """What is given for all axes, or for each, as what is before and after each; a dict has some axes."""
    if isinstance(given, dict):
        each = {at % ndim: np.broadcast_to(pair, 2).tolist() for at, pair in given.items()}
        return [tuple(each.get(at, (0, 0))) for at in range(ndim)]
    return [tuple(pair) for pair in np.broadcast_to(np.asarray(given), (ndim, 2)).tolist()]
