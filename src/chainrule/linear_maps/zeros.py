"""Zeros that are known without running a graph: of masks, triangles, diagonals, bands and padding."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..graph import Node, primitive
from .base import FEW
from .infinities import is_minus_infinite, left_out

#: What is zero where its (first) operand is.
KEEPING = {
    *("divide", "negative", "absolute", "sign", "square", "sqrt", "astype"),
    *("sin", "tan", "arcsin", "arctan", "sinh", "tanh", "arcsinh", "arctanh", "expm1", "log1p"),
}
#: What is zero where it is zero for operands of zeros and ones.
COMBINING = {
    *("add", "subtract", "multiply", "absorb", "einsum", "absorbing_einsum", "sum", "where"),
    *("reshape", "transpose", "broadcast_to", "concatenate", "slice", "gather", "place", "scatter_add"),
}
LOOKED_INTO = KEEPING | COMBINING  # of the rest only values are known, where all operands have them
ADDING = {"add", "subtract"}  # zeros only where all operands have them
VANISHING = {"exp", "exp2", "expit"}  # where the operand is −∞
FILLING = {"place", "scatter_add"}  # the rest with zeros
MOST = 1e8  # elements that it is worth to look at


@dataclass(frozen=True, slots=True)
class Known:
    """Where a value may differ from zero; and the value itself, where constants alone determine it."""

    places: np.ndarray
    value: np.ndarray | None = None


def may_differ_from_zero(node: Node) -> np.ndarray | None:
    """Where a value may differ from zero at any point, or None where it may everywhere.

    As in all patterns, 0 times anything counts as 0.
    """
    known = _known(node, FEW, {})
    return None if known is None else known.places


def _known(node: Node, depth: int, found: dict[Node, Known | None]) -> Known | None:
    """The same, no further than so many operations away; what is ``found`` is looked for once."""
    if node not in found:
        operands = _operands(node, depth, found) if depth > 0 and node.op != "input" else None
        found[node] = None if operands is None else _from_operands(node, operands)
        if found[node] is None:
            zero = _zero_by_infinity(node)
            found[node] = None if zero is None else Known(~zero)
    return found[node]


def _zero_by_infinity(node: Node) -> np.ndarray | None:
    """Where a value is zero for what a mask has made −∞: an exponential, a softmax, being the greatest."""
    x = node.inputs[0] if node.inputs else node
    if node.op in VANISHING:
        return is_minus_infinite(x)
    if node.op == "softmax":
        return left_out(x, node.params["axis"])
    if node.op != "equal":
        return None
    greatest = node.inputs[1]
    while greatest.op in ("broadcast_to", "reshape"):
        greatest = greatest.inputs[0]
    of_x = greatest.op == "max" and greatest.inputs[0] is x
    return left_out(x, greatest.params["axis"]) if of_x else None


def _operands(node: Node, depth: int, found: dict[Node, Known | None]) -> list[Known | None] | None:
    """What is known of the operands; None where the first of them leave nothing to be known of the result."""
    known = []
    for operand in node.inputs:
        known.append(_known(operand, depth - 1, found))
        if known[-1] is None and node.op in ADDING:
            return None
        if node.op not in LOOKED_INTO and (known[-1] is None or known[-1].value is None):
            return None
    return known


def _from_operands(node: Node, known: list[Known | None]) -> Known | None:
    """What is known of an operation's result by what is known of its operands."""
    values = [operand.value for operand in known if operand is not None and operand.value is not None]
    if len(values) == len(known):
        with np.errstate(all="ignore"):
            value = np.asarray(node.primitive.evaluate(*values, **node.params))
        return Known(value != 0, value)
    if node.op in KEEPING:
        return None if known[0] is None else Known(known[0].places)
    return _combined(node, known) if node.op in COMBINING else None


def _combined(node: Node, known: list[Known | None]) -> Known | None:
    """Where an operation gives no zero, done on ones in place of what may differ from zero."""
    zeros = any(
        k is not None and x.type.is_float and not k.places.all()
        for k, x in zip(known, node.inputs, strict=True)
    )
    if not (zeros or node.op in FILLING) or _elements(node) > MOST:
        return None
    operands = [_stand_in(operand, x) for operand, x in zip(known, node.inputs, strict=True)]
    if any(operand is None for operand in operands):
        return None
    operation = primitive("add") if node.op == "subtract" else node.primitive
    return Known(np.asarray(operation.evaluate(*operands, **node.params) != 0))


def _stand_in(known: Known | None, operand: Node) -> np.ndarray | None:
    """Ones where numbers may differ from zero; of places and conditions their values, None where unknown."""
    if operand.type.is_float:
        return np.ones(operand.shape) if known is None else known.places.astype(float)
    return None if known is None else known.value


def _elements(node: Node) -> int:
    """How many elements an operation reads, adds up and writes."""
    if "spec" not in node.params:
        return node.type.size
    letters = node.params["spec"].partition("->")[0].replace(",", "")
    lengths = zip(letters, [n for operand in node.inputs for n in operand.shape], strict=True)
    return math.prod(dict(lengths).values())
