"""Which values get a line of their own in a graph's source, and what stands on it."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from .building import is_literal
from .expressions import filled, literal, operands, template, uses
from .node import Node

if TYPE_CHECKING:
    from .graph import Graph

LONGEST_PART = 40  # characters of an expression that still goes into another one


def needed(graph: Graph) -> list[Node]:
    """What the outputs need, in order; not the broadcasts that NumPy does by itself."""
    found: set[Node] = set()
    pending = list(graph.outputs)
    while pending:
        node = pending.pop()
        if node not in found:
            found.add(node)
            pending += () if is_literal(node) else operands(node)
    return [node for node in graph.nodes if node in found]


def statements(graph: Graph, order: Sequence[Node], names: Mapping[Node, str]) -> tuple[list[str], list[str]]:
    """The assignments with their comments, and the expressions of the outputs.

    A value without a name that is used once goes into the expression that uses it, if short; so do numbers.

    Args:
        graph: the graph.
        order: the nodes that its outputs need.
        names: the identifiers of its values.
    """
    kept = {*graph.names.values(), *graph.inputs}
    expressions: dict[Node, ast.expr] = {node: ast.Name(names[node]) for node in graph.inputs}
    users = _users(order)
    lines: list[str] = []
    above: Node | None = None
    for node in order:
        if node in expressions or (is_literal(node) and node not in names):
            continue
        expression = literal(node) if is_literal(node) else _expression(node, expressions)
        text = ast.unparse(expression)
        if node not in kept and _belongs(node, text, users[node], graph.outputs.count(node)):
            expressions[node] = expression
            continue
        lines += [*_users_line(node, above), f"{names[node]} = {text}  # {node.shape}"]
        expressions[node] = ast.Name(names[node])
        above = node
    results = [expressions[node] if node in expressions else literal(node) for node in graph.outputs]
    return lines, list(map(ast.unparse, results))


def _users(order: Sequence[Node]) -> dict[Node, list[Node]]:
    """For each node the nodes whose expressions name it, as often as they do."""
    users: dict[Node, list[Node]] = {node: [] for node in order}
    for node in order:
        if node.op != "input" and not is_literal(node):
            for operand in uses(template(node), operands(node)):
                users[operand].append(node)
    return users


def _expression(node: Node, expressions: Mapping[Node, ast.expr]) -> ast.expr:
    given = operands(node)
    beside = given if node.primitive.elementwise else ()
    parts = [expressions[part] if part in expressions else literal(part, beside) for part in given]
    return filled(template(node), parts)


def _belongs(node: Node, text: str, users: Sequence[Node], returned: int) -> bool:
    """Whether a value is best written inside the one expression that uses it."""
    if len(users) + returned != 1 or len(text) > LONGEST_PART:
        return False
    return not users or node.source in (None, users[0].source)


def _users_line(node: Node, above: Node | None) -> list[str]:
    """The user's line as a comment, where it is another one than above."""
    if node.source is None or not node.source.text:
        return []
    if above is not None and (above.source, above.of is None) == (node.source, node.of is None):
        return []
    what = "line" if node.of is None else "derivative of line"
    return [f"# {what} {node.source.line}: {node.source.text}"]
