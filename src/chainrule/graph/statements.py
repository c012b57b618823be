"""Which values get a statement of their own in a graph's source, and the expressions of them."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .building import is_literal
from .expressions import filled, literal, operands, template, uses
from .node import Node

if TYPE_CHECKING:
    from .graph import Graph

LONGEST_PART = 40  # characters of an expression that still goes into another one


@dataclass(frozen=True, slots=True)
class Statement:
    """``name = text``, where the names in the text are those of other statements and of inputs."""

    node: Node
    name: str
    text: str


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


def statements(
    order: Sequence[Node],
    names: Mapping[Node, str],
    outputs: Sequence[Node],
    kept: Collection[Node],
    longest_part: int = LONGEST_PART,
) -> tuple[list[Statement], list[str]]:
    """The statements, and the expressions of the outputs.

    A value that is not kept and used once goes into the expression that uses it, if short; so do numbers.

    Args:
        order: the nodes that the outputs need, in order.
        names: their identifiers.
        outputs: the nodes returned.
        kept: nodes that get a statement in any case.
        longest_part: the characters of an expression that still goes into another one.
    """
    expressions: dict[Node, ast.expr] = {}
    users = _users(order)
    found: list[Statement] = []
    for node in order:
        if node.op == "input":
            expressions[node] = ast.Name(names[node])
        elif not is_literal(node) or node in names:
            expression = expression_of(node, expressions)
            text = ast.unparse(expression)
            if node in kept or not _belongs(node, text, users[node], outputs.count(node), longest_part):
                found.append(Statement(node, names[node], text))
                expression = ast.Name(names[node])
            expressions[node] = expression
    results = [expressions[node] if node in expressions else literal(node) for node in outputs]
    return found, list(map(ast.unparse, results))


def expression_of(node: Node, expressions: Mapping[Node, ast.expr]) -> ast.expr:
    """A node's expression, from those of its operands."""
    if is_literal(node):
        return literal(node)
    given = operands(node)
    beside = given if node.primitive.elementwise else ()
    parts = [expressions[part] if part in expressions else literal(part, beside) for part in given]
    return filled(template(node), parts)


def _users(order: Sequence[Node]) -> dict[Node, list[Node]]:
    """For each node the nodes whose expressions name it, as often as they do."""
    users: dict[Node, list[Node]] = {node: [] for node in order}
    for node in order:
        if node.op != "input" and not is_literal(node):
            for operand in uses(template(node), operands(node)):
                users[operand].append(node)
    return users


def _belongs(node: Node, text: str, users: Sequence[Node], returned: int, longest_part: int) -> bool:
    """Whether a value is best written inside the one expression that uses it."""
    if len(users) + returned != 1 or len(text) > longest_part:
        return False
    return not users or node.source in (None, users[0].source)
