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
    *("add", "multiply", "absorb", "einsum", "absorbing_einsum", "sum", "where"),
    *("reshape", "transpose", "broadcast_to", "concatenate", "slice", "gather", "place", "scatter_add"),
}
FILLING = {"place", "scatter_add"}  # the rest with zeros
MOST = 1e8  # elements that it is worth to look at


def may_differ_from_zero(node: Node, depth: int = FEW) -> np.ndarray | None:
    """Where a value may differ from zero at any point, or None where it may everywhere.

    As in all patterns, 0 times anything counts as 0.
    """
    value = known_value(node)
    if value is not None:
        return value != 0
    if depth and node.op in KEEPING:
        return may_differ_from_zero(node.inputs[0], depth - 1)
    if depth and node.op == "subtract":
        return _combined(node, "add", depth)
    return _combined(node, node.op, depth) if depth and node.op in COMBINING else None


def _combined(node: Node, operation: str, depth: int) -> np.ndarray | None:
    """Where an operation gives no zero, done on ones in place of what may differ from zero."""
    operands: list[np.ndarray] = []
    none_known = True
    for operand in node.inputs:
        if operand.type.is_float:
            places = may_differ_from_zero(operand, depth - 1)
            none_known = none_known and places is None
            operands.append(np.ones(operand.shape) if places is None else places.astype(float))
        else:  # an index or a condition
            fixed = known_value(operand)
            if fixed is None:
                return None
            operands.append(fixed)
    if (none_known and operation not in FILLING) or _elements(node) > MOST:
        return None
    return np.asarray(primitive(operation).evaluate(*operands, **node.params)) != 0


def _elements(node: Node) -> int:
    """How many elements an operation reads, adds up and writes."""
    if "spec" not in node.params:
        return node.type.size
    letters = node.params["spec"].partition("->")[0].replace(",", "")
    lengths = zip(letters, [n for operand in node.inputs for n in operand.shape], strict=True)
    return math.prod(dict(lengths).values())
