"""Values that hold infinities by the way they are computed, as scores do at places that a mask closes."""

from __future__ import annotations

import numpy as np

from ..graph import Graph, Node, scalar_value

PASSED_ON = {
    "add", "subtract", "multiply", "divide", "negative", "where", "broadcast_to", "reshape", "transpose",
    "astype", "slice",
}  # fmt: skip


def infinite_values(graph: Graph) -> set[Node]:
    """The values that an infinite constant is chosen for, added to or passed on to.

    Their entries are no numbers that a line could be checked with: a derivation goes by them without a name.
    """
    found: set[Node] = set()
    for node in graph.nodes:
        if _is_infinite(node) or (node.op in PASSED_ON and not found.isdisjoint(node.inputs)):
            found.add(node)
    return found


def _is_infinite(node: Node) -> bool:
    value = scalar_value(node)
    if value is None and node.op == "constant":
        value = node.params["value"].value
    return value is not None and bool(np.any(np.isinf(value)))
