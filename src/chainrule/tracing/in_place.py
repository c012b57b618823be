"""``y += x`` on a traced array: what NumPy changes is changed, or refused."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import ShapeError, TraceError
from ..graph import Node, cast
from ..lines import user_line
from .tracer import Traced, traced


def changed(array: Traced, symbol: str, result: Any) -> Any:
    """The array after an assignment such as ``+=``, whose result as a new array is given.

    A number becomes a new one. An array becomes the result itself, so that all who hold it see the change.

    Raises:
        ShapeError: the result does not fit into the array.
        TraceError: it would change other arrays too.
    """
    if result is NotImplemented or not array.ndim:
        return result
    if result.shape != array.shape or not np.can_cast(result.dtype, array.dtype, "same_kind"):
        raise ShapeError(
            f"{symbol} would make {array.node.type!r} {result.node.type!r}",
            instead=f"a new array: y = y {symbol[:-1]} x",
            where=user_line(),
        )
    if result.owner is not array.owner or _shares_memory(array):
        raise TraceError(
            f"{symbol} on an array of which another one is a view, or that is a view itself",
            expected="an array of its own, since what else changes with it is not traced",
            instead=f"a new array: y = y {symbol[:-1]} x, or y = y.copy() first",
            where=user_line(),
        )
    array.node = traced(array.owner, (), lambda: cast(result.node, array.dtype)).node
    return array


def _shares_memory(array: Traced) -> bool:
    """Whether another array that is still in use lies in the same memory, as a slice or a transpose does."""
    others = [other for other in array.owner.alive() if other is not array]
    return any(_owner(other.node) is _owner(array.node) for other in others)


def _owner(node: Node) -> Node:
    """The node in whose memory a value lies."""
    while node.primitive.lower.kind == "view":
        node = node.inputs[0]
    return node
