"""Whether two graphs compute the same with the same numbers."""

from __future__ import annotations

from typing import Any

from ..graph import Graph, Node


def same_graphs(one: Graph, other: Graph) -> bool:
    """Whether two graphs have the same operations in the same order, and constants of the same bits.

    >>> import chainrule as cr
    >>> graphs = [cr.trace(lambda x, k=k: k * x, 1.0).graph for k in (2.0, 2.0, 3.0)]
    >>> same_graphs(graphs[0], graphs[1]), same_graphs(graphs[0], graphs[2])
    (True, False)
    """
    if len(one.nodes) != len(other.nodes):
        return False
    places: tuple[dict[Node, int], dict[Node, int]] = ({}, {})
    for place, pair in enumerate(zip(one.nodes, other.nodes, strict=True)):
        if _told(pair[0], places[0]) != _told(pair[1], places[1]) or not _same_parameters(*pair):
            return False
        for known, node in zip(places, pair, strict=True):
            known[node] = place
    ends = [
        [known[node] for node in graph.outputs] for known, graph in zip(places, (one, other), strict=True)
    ]
    return ends[0] == ends[1]


def _told(node: Node, places: dict[Node, int]) -> tuple[Any, ...]:
    return node.op, node.type, [places[operand] for operand in node.inputs]


def _same_parameters(one: Node, other: Node) -> bool:
    if one.op != "constant":
        return dict(one.params) == dict(other.params)
    held, found = (node.params["value"].value for node in (one, other))
    return held is found or held.tobytes() == found.tobytes()
