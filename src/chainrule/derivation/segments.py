"""A graph cut at its named values: each is defined by a small graph in those before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..calculus import simplify
from ..calculus.forward import push
from ..calculus.reverse import pull
from ..execution import compile_reference, evaluate
from ..execution.reference import Program
from ..graph import Graph, Node, constant, dependents, input_node, topological_order, zeros
from .algebra import simplified, tidied
from .anchors import anchor_labels
from .formula import Formula, symbol
from .names import Name, name_table
from .reading import read


@dataclass(frozen=True, eq=False)
class Anchor:
    """A value with a name.

    Attributes:
        node: the value in the graph.
        stand_in: an input node that stands for it in the definitions of others.
        definition: what computes it from the stand-ins of others; itself for an argument of the function.
        uses: the anchors that its definition names.
        own: whether the user's function names it.
    """

    name: Name
    node: Node
    stand_in: Node
    definition: Node
    uses: tuple[Anchor, ...]
    own: bool

    @cached_property
    def symbol(self) -> Formula:
        return symbol(self.name, self.node.shape)

    @property
    def is_argument(self) -> bool:
        return self.definition is self.stand_in

    @cached_property
    def formula(self) -> Formula:
        """Its definition, written with the names of others."""
        known = {anchor.stand_in: anchor.symbol for anchor in self.uses}
        return tidied(read([self.definition], known)[0])

    @cached_property
    def _program(self) -> Program:
        return compile_reference(Graph(tuple(anchor.stand_in for anchor in self.uses), (self.definition,)))

    def value(self, values: Mapping[Node, Any]) -> np.ndarray:
        """What its definition gives for these values of the stand-ins."""
        (result,) = self._program(*[values[anchor.stand_in] for anchor in self.uses])
        return np.asarray(result)

    def __repr__(self) -> str:
        return f"<Anchor {self.name.label} {self.node.shape}>"


def cut(graph: Graph) -> list[Anchor]:
    """The named values of a graph, each after those that it needs."""
    labels = anchor_labels(graph)
    names = name_table({label: node.ndim for node, label in labels.items()})
    own = {*graph.names, *[node.params["label"] for node in graph.inputs]}
    anchors: dict[Node, Anchor] = {}
    rebuilt: dict[Node, Node] = {}
    for node in graph.nodes:
        operands = tuple(rebuilt[operand] for operand in node.inputs)
        definition = node if operands == node.inputs else node.with_inputs(operands)
        rebuilt[node] = definition
        if node in labels:
            stand_in = node if node in graph.inputs else input_node(node.type, labels[node])
            by_stand_in = {anchor.stand_in: anchor for anchor in anchors.values()}
            needed = topological_order([definition])
            uses = () if stand_in is node else tuple(by_stand_in[n] for n in needed if n in by_stand_in)
            anchors[node] = Anchor(names[labels[node]], node, stand_in, definition, uses, labels[node] in own)
            rebuilt[node] = stand_in
    return list(anchors.values())


def between(anchors: Sequence[Anchor], sources: Sequence[Anchor], target: Anchor) -> list[Anchor]:
    """The anchors by which a target depends on sources, floats only, in order."""
    from_sources: set[Anchor] = set(sources)
    for anchor in anchors:
        moving = anchor not in from_sources and not from_sources.isdisjoint(anchor.uses)
        if moving and anchor.node.type.is_float:
            from_sources.add(anchor)
    needed = {target}
    for anchor in reversed(anchors):
        if (
            anchor in needed and anchor in from_sources
        ):  # what goes by whole numbers, such as places, is still
            needed.update(anchor.uses)
    return [anchor for anchor in anchors if anchor in needed and anchor in from_sources]


@dataclass(frozen=True, eq=False)
class Onwards:
    """The last of the named values as a function of one of them, what depends on that moving along."""

    order: Sequence[Anchor]
    source: Anchor

    @cached_property
    def _program(self) -> tuple[Program, tuple[Anchor, ...]]:
        moved = {self.source.stand_in: self.source.stand_in}
        used: set[Anchor] = set()
        for anchor in self.order:
            if anchor is not self.source and any(user.stand_in in moved for user in anchor.uses):
                used.update(anchor.uses)
                moved[anchor.stand_in] = _substituted(anchor.definition, moved)
        if self.order[-1].stand_in not in moved:
            used.add(self.order[-1])
        fixed = tuple(anchor for anchor in self.order if anchor in used and anchor.stand_in not in moved)
        inputs = (self.source.stand_in, *[anchor.stand_in for anchor in fixed])
        last = self.order[-1].stand_in
        return compile_reference(Graph(inputs, (moved.get(last, last),))), fixed

    def __call__(self, values: Mapping[Anchor, np.ndarray], at: np.ndarray) -> np.ndarray:
        program, fixed = self._program
        return np.asarray(program(at, *[values[anchor] for anchor in fixed])[0])


def _substituted(root: Node, found: Mapping[Node, Node]) -> Node:
    """A value computed from others in place of some."""
    known = dict(found)
    for node in topological_order([root], known):
        operands = tuple(known[operand] for operand in node.inputs)
        known[node] = node if operands == node.inputs else node.with_inputs(operands)
    return known[root]


def pushed(target: Anchor, source: Anchor, v: np.ndarray, values: Mapping[Node, Any]) -> np.ndarray:
    """What forward mode makes of a direction: ∂target/∂source·v, all else fixed."""
    tangents = push([target.definition], {source.stand_in: constant(v.reshape(source.node.shape))})
    if target.definition not in tangents:
        return np.zeros(target.node.shape)
    (result,) = evaluate([tangents[target.definition]], dict(values))
    return np.asarray(result)


def pulled(source: Anchor, users: Sequence[tuple[Anchor, Formula]]) -> Formula:
    """What reverse mode makes of the users' derivatives: their cotangents pulled through each definition.

    Args:
        source: what is differentiated by.
        users: the anchors whose definitions name the source, each with the symbol of its own cotangent.
    """
    seeds = {user: input_node(user.node.type, "p") for user, _ in users}
    node, values = pulled_node(source, seeds)
    known = {seeds[user]: cotangent for user, cotangent in users}
    known |= {node: anchor.symbol for node, anchor in values.items()}
    return simplified(read([node], known)[0])


def pulled_node(source: Anchor, seeds: Mapping[Anchor, Node]) -> tuple[Node, dict[Node, Anchor]]:
    """The same as a node, in the cotangents of the users and in the nodes that are named values."""
    values = {anchor.stand_in: anchor for user in seeds for anchor in user.uses}
    result = pull({user.definition: seed for user, seed in seeds.items()}, [source.stand_in])
    node = result.get(source.stand_in) or zeros(source.node.type)
    definitions = [user.definition for user in seeds]
    graph = simplify(Graph((*values, *seeds.values()), (node, *definitions)))
    return graph.outputs[0], dict(zip(graph.outputs[1:], seeds, strict=True)) | values


def relevant_nodes(anchor: Anchor, source: Anchor) -> list[Node]:
    """The operations by which an anchor's definition depends on another anchor."""
    order = topological_order([anchor.definition])
    reached = dependents(order, [source.stand_in])
    return [node for node in order if node in reached and node is not source.stand_in]
