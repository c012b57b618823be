"""Simplifying graphs: each value computed once, constants worked out, and what cancels removed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..graph import (
    Graph,
    Node,
    cast,
    constant,
    content,
    input_node,
    is_literal,
    provenance,
    scalar_value,
    topological_order,
)
from ..graph import broadcast_to as repeat
from .rewriting import rewrite, rules_for


def simplify(graph: Graph, *, work_out: bool = False, kept: Iterable[Node] = ()) -> Graph:
    """An equal graph, without repeated sub-expressions and with the rules of :mod:`.rewriting` applied.

    Values that the user's function computes keep every bit; only nodes that belong to a derivative are
    rearranged in ways that round differently.

    Args:
        graph: any graph.
        work_out: what constant arrays alone determine becomes a constant, where it has no more elements than
            they have; arrays of one element become numbers.
        kept: nodes that stay as they are.
    """
    staying = tuple(kept)
    table = _Table({node: node for node in graph.inputs}, work_out, _shared(graph).union(staying))
    for node in staying:
        table.keep(node)
    table.settle_all(graph.nodes)
    return _with(graph, table.settled)


def simplify_between_names(graph: Graph) -> Graph:
    """The same, but no rule looks into a value that has a name: what uses it goes on using it."""
    named = {node for node in graph.names.values() if node.inputs}
    table = _Table({node: node for node in graph.inputs})
    definitions: dict[Node, Node] = {}
    stand_ins: dict[Node, Node] = {}
    for node in graph.nodes:
        value = table.settle(node)
        if node in named and value.inputs:
            stand_in = stand_ins.setdefault(value, input_node(value.type, "named"))
            definitions[stand_in] = value
            table.settled |= {node: stand_in, stand_in: stand_in}
    expanded: dict[Node, Node] = {}
    for value in [*definitions.values(), *map(table.settle, (*graph.names.values(), *graph.outputs))]:
        for node in topological_order([value], expanded):
            operands = tuple([expanded[operand] for operand in node.inputs])
            whole = expanded[definitions[node]] if node in definitions else node
            expanded[node] = whole if operands == node.inputs else node.with_inputs(operands)
    return _with(graph, {node: expanded.get(value, value) for node, value in table.settled.items()})


def _with(graph: Graph, settled: Mapping[Node, Node]) -> Graph:
    """The graph with other nodes in place of its own."""
    names = {name: settled[node] for name, node in graph.names.items()}
    return Graph(graph.inputs, tuple(settled[node] for node in graph.outputs), names, graph.title)


@dataclass(slots=True)
class _Table:
    """What has been simplified so far: from each node to the node that replaces it.

    ``shared`` are the values that are there in any case, whatever becomes of one that uses them.
    """

    settled: dict[Node, Node]
    work_out: bool = False
    shared: set[Node] = field(default_factory=set)
    by_content: dict[Any, Node] = field(default_factory=dict)

    def settle(self, root: Node) -> Node:
        """The node that replaces one."""
        self.settle_all(topological_order([root], self.settled))
        return self.settled[root]

    def settle_all(self, order: Iterable[Node]) -> None:
        """Find what replaces each node; the inputs of one come before it."""
        settled = self.settled
        for node in order:
            if node not in settled:
                operands = tuple([settled[operand] for operand in node.inputs])
                same = operands == node.inputs
                settled[node] = self._canonical(node if same else node.with_inputs(operands))
                if node in self.shared:
                    self.shared.add(settled[node])

    def keep(self, node: Node) -> None:
        """Have a node as it is."""
        self.settled[node] = self.by_content.setdefault(content(node), node)

    def _canonical(self, node: Node) -> Node:
        key = content(node)
        known = self.by_content.get(key)
        if known is None:
            known = self._improved(node)
            self.by_content[key] = known
            self.settled[known] = known
        return known

    def _improved(self, node: Node) -> Node:
        if not node.inputs:
            return _single(node) if self.work_out else node
        on_literals = all(map(is_literal, node.inputs))
        if not on_literals and not rules_for(node):
            return node
        with provenance(node.source, node.of):
            better = self._value(node) if on_literals else _times_ones(node) if self.work_out else None
            better = better or rewrite(node, self.shared)
        return node if better is None else self.settle(better).known_by(node.source)

    def _value(self, node: Node) -> Node | None:
        """What an operation on literals gives, where it is to be worked out."""
        return (_worked_out(node) if self.work_out else None) or _folded(node)


def _shared(graph: Graph) -> set[Node]:
    """The values that several others use, or that the graph returns and another uses."""
    uses = Counter(operand for node in graph.nodes for operand in node.inputs)
    uses.update(graph.outputs)
    return {node for node, count in uses.items() if count > 1}


def _single(node: Node) -> Node:
    """A leaf; an array of one element, such as a unit vector of one, as that number repeated once."""
    if node.op != "constant" or not node.ndim or node.type.size != 1:
        return node
    return repeat(constant(node.params["value"].value.reshape(())), node.shape)


def _times_ones(node: Node) -> Node | None:
    """What a constant array of ones, such as the sum of all unit vectors, is multiplied by."""
    if node.op != "multiply":
        return None
    for factor, other in (node.inputs, node.inputs[::-1]):
        if factor.op == "constant" and factor.ndim and np.all(factor.params["value"].value == 1):
            return other
    return None


def _folded(node: Node) -> Node | None:
    """An element-wise operation on plain numbers, worked out."""
    if not (node.primitive.elementwise or node.op == "astype"):
        return None
    numbers = [_number(operand) for operand in node.inputs]
    if any(number is None for number in numbers):
        return None
    with np.errstate(all="ignore"):
        value = node.primitive.evaluate(*numbers, **node.params)
    return repeat(cast(constant(value), node.dtype), node.shape)


def _worked_out(node: Node) -> Node | None:
    """The value of an operation on literals, of which one at least is an array."""
    few = node.type.size <= sum(operand.type.size for operand in node.inputs)
    arrays = [operand for operand in node.inputs if scalar_value(operand) is None]
    if not few or not arrays:
        return None
    with np.errstate(all="ignore"):
        return constant(node.primitive.evaluate(*map(_literal, node.inputs), **node.params), node.dtype)


def _literal(node: Node) -> np.ndarray:
    """The array that a literal stands for."""
    value = node.params["value"].value if node.op == "constant" else _number(node)
    return np.broadcast_to(value, node.shape)


def _number(node: Node) -> Any:
    value = scalar_value(node)
    return None if value is None else np.asarray(value, node.dtype)
