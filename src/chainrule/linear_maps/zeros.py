"""Zeros that are known without running a graph: of masks, triangles, diagonals, bands and padding."""

from __future__ import annotations

import math

import numpy as np

from ..graph import Node, primitive
from .base import FEW, known_value

#: What is zero where its operand is.
KEEPING = {
    *("negative", "absolute", "sign", "square", "sqrt", "astype"),
    *("sin", "tan", "arcsin", "arctan", "sinh", "tanh", "arcsinh", "arctanh", "expm1", "log1p"),
}
#: What is zero where it is zero for operands of zeros and ones.
COMBINING = {
    *("add", "subtract", "multiply", "absorb", "einsum", "absorbing_einsum", "sum", "where"),
    *("reshape", "transpose", "broadcast_to", "concatenate", "slice", "gather", "place", "scatter_add"),
}
FILLING = {"place", "scatter_add"}  # the rest with zeros
MOST = 1e8  # elements that it is worth to look at


def may_differ_from_zero(node: Node) -> np.ndarray | None:
    """Where a value may differ from zero at any point, or None where it may everywhere.

    As in all patterns, 0 times anything counts as 0.
    """
    return _places(node, FEW, {})


def _places(node: Node, depth: int, found: dict[Node, np.ndarray | None]) -> np.ndarray | None:
    """The same, no further than so many operations away; what is ``found`` is looked for once."""
    if node not in found:
        value = known_value(node)
        found[node] = None if value is None else np.asarray(value != 0)
        if value is None and depth and node.op in KEEPING:
            found[node] = _places(node.inputs[0], depth - 1, found)
        elif value is None and depth and node.op in COMBINING:
            found[node] = _combined(node, depth, found)
    return found[node]


def _combined(node: Node, depth: int, found: dict[Node, np.ndarray | None]) -> np.ndarray | None:
    """Where an operation gives no zero, done on ones in place of what may differ from zero."""
    places = [_places(x, depth - 1, found) if x.type.is_float else known_value(x) for x in node.inputs]
    numbers = [known for known, x in zip(places, node.inputs, strict=True) if x.type.is_float]
    fixed = [known for known, x in zip(places, node.inputs, strict=True) if not x.type.is_float]
    anything = node.op in FILLING or any(known is not None for known in numbers)
    if not anything or any(known is None for known in fixed) or _elements(node) > MOST:
        return None
    operands = [
        np.ones(x.shape) if known is None else known.astype(float) if x.type.is_float else known
        for known, x in zip(places, node.inputs, strict=True)
    ]
    operation = primitive("add") if node.op == "subtract" else node.primitive
    return np.asarray(operation.evaluate(*operands, **node.params) != 0)


def _elements(node: Node) -> int:
    """How many elements an operation reads, adds up and writes."""
    if "spec" not in node.params:
        return node.type.size
    letters = node.params["spec"].partition("->")[0].replace(",", "")
    lengths = zip(letters, [n for operand in node.inputs for n in operand.shape], strict=True)
    return math.prod(dict(lengths).values())
