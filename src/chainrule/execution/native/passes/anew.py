"""For outer and fusion: what is computed anew wherever it is used, which takes less time than to read it."""

from __future__ import annotations

from ....graph import Node, is_literal, scalar_value
from ..costs import CHEAP, SLOW

FAR = 2**14  # bytes of an array of which too little stays in the nearest cache
SMALLER = 8  # times, what does stay there
MOST_OPERATIONS = 8
GIVEN = ("input", "constant")


def is_number(node: Node) -> bool:
    """Whether a node is one number everywhere, which is written into the code."""
    return is_literal(node) and not (node.op == "constant" and node.ndim)


def computed_anew(node: Node) -> bool:
    """Whether a large array follows by few operations from much smaller ones, such as an outer product from
    vectors, and perhaps one that was given."""
    size = node.type.size
    if size * node.dtype.itemsize < FAR or node.op in GIVEN:
        return False
    pending, found, given = [node], {node}, 0
    operations = 0
    while pending and operations <= MOST_OPERATIONS and given <= 1:
        current = pending.pop()
        if current.op in GIVEN:
            given += 1
        elif current.primitive.lower.kind == "scalar" and current.op in CHEAP and current.op not in SLOW:
            operations += not _adds_zero(current)
            further = [
                x for x in current.inputs if not (is_number(x) or _is_small(x, size)) and x not in found
            ]
            found.update(further)
            pending += dict.fromkeys(further)
        else:
            return False
    return operations <= MOST_OPERATIONS and given <= 1


def _is_small(node: Node, size: int) -> bool:
    """Whether what a value is a view of is much smaller than so many numbers."""
    return under_views(node).type.size * SMALLER <= size


def under_views(node: Node) -> Node:
    """What lies in memory, or is computed, under changes of axes and repetitions."""
    while node.primitive.lower.kind == "view":
        (node,) = node.inputs
    return node


def _adds_zero(node: Node) -> bool:
    return node.op == "add" and any(scalar_value(x) == 0 for x in node.inputs)
