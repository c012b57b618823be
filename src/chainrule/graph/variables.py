"""The variables of the arrays that a function takes from around it, such as a mask of the module's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .naming import assigned
from .node import Node

if TYPE_CHECKING:
    from .graph import Graph


def constants(graph: Graph) -> dict[Node, str]:
    """Constant arrays by the variable that held them where they were used.

    A variable that held several arrays has none of them, nor has one whose name stands for another value.

    >>> import numpy as np, chainrule as cr
    >>> M = np.array([1.0, 0.0, 1.0])
    >>> def f(x):
    ...     h = M * np.exp(x)
    ...     return np.sum(h * np.arange(3))
    >>> list(constants(cr.trace(f, np.ones(3)).graph).values())
    ['M']
    """
    arguments = [str(node.params["label"]).partition("/")[0] for node in graph.inputs]
    taken = {*arguments, *graph.names, *assigned(graph).values()}
    found: dict[str, list[Node]] = {}
    for node in graph.nodes:
        if node.op == "constant" and node.ndim and node.source:
            origin = node.params["value"].origin
            names = [name for name, array in node.source.arrays if array == origin and name not in taken]
            if names:
                found.setdefault(names[0], []).append(node)
    return {node: name for name, nodes in found.items() if _are_one(nodes) for node in nodes}


def _are_one(nodes: list[Node]) -> bool:
    """Whether all hold the same numbers, if of different types."""
    first, *others = [node.params["value"].value for node in nodes]
    return all(np.array_equal(first, other) for other in others)
