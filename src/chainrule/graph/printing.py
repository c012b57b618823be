"""Graphs as text: one line a node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .building import is_literal, scalar_value
from .node import Node

if TYPE_CHECKING:
    from .graph import Graph


LONGEST_SOURCE = 60  # characters of the user's line


def table(graph: Graph) -> str:
    """The graph, one line a node: its name, what computes it, shape, dtype, and the user's line.

    Scalar constants are written where they are used; repeating one to a shape is not shown.
    """
    labels = graph.labels()
    rows = [
        (labels[node], text_of(node, labels), str(node.shape), str(node.dtype), _origin(node))
        for node in graph.nodes
        if not is_literal(node)
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(4)]
    lines = [f"{graph.title}({', '.join(labels[node] for node in graph.inputs)})"]
    for name, expression, shape, dtype, origin in rows:
        cells = (
            f"  {name:<{widths[0]}} = {expression:<{widths[1]}}  {shape:<{widths[2]}}  {dtype:<{widths[3]}}"
        )
        lines.append(f"{cells}  {origin}".rstrip())
    lines.append(f"  return {', '.join(operand_text(node, labels) for node in graph.outputs)}")
    aliases = [
        f"{name} = {operand_text(node, labels)}"
        for name, node in graph.names.items()
        if labels.get(node) != name
    ]
    lines += [f"  where {', '.join(aliases)}"] if aliases else []
    return "\n".join(lines)


def text_of(node: Node, labels: Mapping[Node, str]) -> str:
    """What computes a node, as a NumPy expression of its inputs' labels."""
    if node.op == "input":
        return "input"
    return node.primitive.expression([operand_text(child, labels) for child in node.inputs], node.params)


def operand_text(node: Node, labels: Mapping[Node, str]) -> str:
    """How a node is written where it is used: its label, or the number it holds."""
    if is_literal(node):
        value = scalar_value(node)
        return repr(node.params["value"]) if value is None else format(value, ".6g")
    return labels[node]


def _origin(node: Node) -> str:
    if not node.source or not node.source.text:
        return ""
    text = node.source.text
    shown = text if len(text) <= LONGEST_SOURCE else f"{text[: LONGEST_SOURCE - 1]}…"
    return f"# line {node.source.line}: {shown}"
