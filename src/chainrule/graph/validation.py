"""What every graph must satisfy; checked whenever one is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import GraphError

if TYPE_CHECKING:
    from .graph import Graph
    from .node import Node


def validate(graph: Graph) -> None:
    """Check a graph's order, inputs and types.

    Raises:
        GraphError: a node stands before one of its inputs, an input is unknown, or a node's type is not what
            its primitive gives.
    """
    inputs = set(graph.inputs)
    if len(inputs) != len(graph.inputs):
        raise GraphError(f"graph {graph.title!r} has one input twice")
    seen: set[Node] = set()
    for node in graph.nodes:
        if node.primitive.name == "input" and node not in inputs:
            raise GraphError(
                f"graph {graph.title!r} needs the input {node.params['label']!r}, which it does not have"
            )
        if not seen.issuperset(node.inputs):
            raise GraphError(f"node {node!r} stands before one of its inputs")
        if not node.validated:
            _require_type(node)
        seen.add(node)


def _require_type(node: Node) -> None:
    expected = node.primitive.type_rule(*[child.type for child in node.inputs], **node.params)
    if expected != node.type:
        raise GraphError(f"node {node!r} has type {node.type!r}", expected=repr(expected), where=node.source)
    node.mark_valid()
