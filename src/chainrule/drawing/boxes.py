"""What is drawn of a graph: a box for each value, folded where there are many."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from ..graph import Graph, Node
from ..graph.identifiers import identifiers
from ..graph.naming import places
from ..graph.statements import LONGEST_PART, Statement, needed, statements
from .box import Box, Boxes
from .folding import with_chains, with_inputs, with_loops

MANY = 40  # operations: above that, short ones go into the expression that uses them, and boxes are folded


def boxes(graph: Graph) -> Boxes:
    """The boxes of a graph: one for each operation where they are few, else one for each statement."""
    order = needed(graph)
    names = identifiers(graph, {}, {"np"})
    longest = LONGEST_PART if len(order) > MANY else 0
    inside, kept = {*graph.names.values()}.difference(graph.outputs), {*graph.names.values(), *graph.outputs}
    found, _ = statements(order, names, graph.outputs, kept, longest)
    by_name = {names[node]: node for node in graph.inputs} | {each.name: each.node for each in found}
    drawn = [Box((Statement(node, names[node], ""),)) for node in graph.inputs]
    backward: set[Node] = set()
    for statement in found:
        used = tuple(_mentioned(statement.text, by_name))
        if statement.node.of is not None or not backward.isdisjoint(used):
            backward.add(statement.node)
        drawn.append(Box((statement,), (used,), statement.node in backward))
    if len(order) > MANY:
        drawn = with_inputs(with_loops(with_chains(drawn, kept), places(graph), inside))
    return Boxes(tuple(drawn), names)


def _mentioned(text: str, by_name: Mapping[str, Node]) -> Iterable[Node]:
    """The values that an expression names, each once."""
    words = [part.id for part in ast.walk(ast.parse(text, mode="eval")) if isinstance(part, ast.Name)]
    return dict.fromkeys(by_name[word] for word in words if word in by_name)
