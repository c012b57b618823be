"""Values that are −∞ whatever the arguments: scores that a mask leaves out before a softmax."""

from __future__ import annotations

import numpy as np

from ..graph import Node
from .base import FEW, known_value

#: What is −∞ at the places to which it moves such operands.
MOVING = {"reshape", "transpose", "broadcast_to", "slice", "concatenate", "astype"}


def is_minus_infinite(node: Node) -> np.ndarray | None:
    """Where a value is −∞, or NaN, at every point where all arguments are finite; None if nowhere."""
    found = _infinite(node, FEW, {})
    return found if found is not None and found.any() else None


def left_out(node: Node, axis: tuple[int, ...]) -> np.ndarray | None:
    """Which elements have no part in a softmax along axes, being −∞ beside others that are not."""
    infinite = is_minus_infinite(node)
    return None if infinite is None else infinite & ~np.all(infinite, axis=axis, keepdims=True)


def _infinite(node: Node, depth: int, known: dict[Node, np.ndarray | None]) -> np.ndarray | None:
    """The same, no further than so many operations away."""
    if node not in known:
        reached = depth > 0 and node.op != "input" and node.type.is_float
        known[node] = _by_operation(node, depth, known) if reached else None
    return known[node]


def _by_operation(node: Node, depth: int, known: dict[Node, np.ndarray | None]) -> np.ndarray | None:
    if node.op == "constant" or not node.inputs:
        value = known_value(node)
        return None if value is None else np.isneginf(value)
    found = [_infinite(operand, depth - 1, known) for operand in node.inputs]
    if all(places is None for places in found):
        return None
    places = [np.zeros(x.shape, bool) if p is None else p for p, x in zip(found, node.inputs, strict=True)]
    if node.op in MOVING:
        moved = node.primitive.evaluate(*[p.astype(float) for p in places], **node.params)
        return np.asarray(moved, bool)
    return _combined(node, places)


def _combined(node: Node, places: list[np.ndarray]) -> np.ndarray | None:
    """Where an element-wise operation on such operands gives −∞."""
    one = places[0]
    if node.op == "subtract":
        return one
    if node.op == "divide":
        return np.asarray(one & _positive(node.inputs[1]))
    if node.op not in ("where", "add", "minimum", "maximum", "multiply"):
        return None
    one, other = places[-2:]
    if node.op == "where":
        condition = known_value(node.inputs[0])
        return np.asarray(one & other if condition is None else np.where(condition, one, other))
    if node.op == "multiply":
        one, other = one & _positive(node.inputs[1]), other & _positive(node.inputs[0])
    both: np.ndarray = one & other if node.op == "maximum" else one | other
    return both


def _positive(node: Node) -> np.ndarray:
    """Where a value is known to be greater than 0."""
    value = known_value(node)
    return np.zeros(node.shape, bool) if value is None else np.asarray(value > 0)
