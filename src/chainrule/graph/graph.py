"""A computation: inputs, outputs, and every node between them in an order that can be run."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from types import MappingProxyType
from typing import Any

from ..errors import GraphError
from .building import is_literal
from .node import Node
from .validation import validate


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Graph:
    """An immutable computational graph, validated when it is made.

    Attributes:
        inputs: the input nodes, in the order of the arguments.
        outputs: the nodes returned.
        names: the values that have a name; they are kept even where no output needs them.
        title: the function's name.
        nodes: every node, each after its inputs.
    """

    inputs: tuple[Node, ...]
    outputs: tuple[Node, ...]
    names: Mapping[str, Node] = field(default_factory=dict)
    title: str = "f"
    nodes: tuple[Node, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", MappingProxyType(dict(self.names)))
        roots = (*self.inputs, *self.names.values(), *self.outputs)
        object.__setattr__(self, "nodes", tuple(topological_order(roots)))
        validate(self)

    def labels(self) -> dict[Node, str]:
        """A text for every node: its name, or v1, v2, ... in order."""
        labels = {node: node.params["label"] for node in self.inputs}
        for name, node in self.names.items():
            labels.setdefault(node, name)
        taken = set(labels.values()) | set(self.names)
        fresh = (
            label
            for label in map("v{}".format, range(1, len(self.nodes) + len(taken) + 1))
            if label not in taken
        )
        for node in self.nodes:
            if node not in labels and not is_literal(node):
                labels[node] = next(fresh)
        return labels

    def to_python(self) -> str:
        """NumPy source of a function that computes the graph: see :func:`chainrule.graph.source.program`."""
        from .source import program

        return program(self)

    def to_svg(self, *arrays: Any) -> str:
        """A drawing as SVG, with values if the inputs are given: see :func:`chainrule.drawing.svg`."""
        drawing: str = _drawing().svg(self, arrays or None)
        return drawing

    def _repr_html_(self) -> str:
        drawing: str = _drawing().in_page(self)
        return drawing

    def __str__(self) -> str:
        from .printing import table

        return table(self)

    def __repr__(self) -> str:
        return f"<Graph {self.title}: {len(self.inputs)} inputs, {len(self.nodes)} nodes>"


def _drawing() -> Any:
    """The package that draws, asked for by its name: it stands above this one and reads graphs."""
    return import_module("chainrule.drawing")


def topological_order(roots: Iterable[Node], known: Container[Node] = ()) -> list[Node]:
    """The nodes that the roots need beside the known ones, each after its inputs; without recursion.

    Raises:
        GraphError: a node needs itself.
    """
    done: dict[Node, None] = {}
    opened: set[Node] = set()
    for root in roots:
        pending: list[Any] = [root]
        while pending:
            node = pending.pop()
            if node is None:  # all that the next one needs is done
                done[pending.pop()] = None
            elif node in opened:
                if node not in done:
                    raise GraphError(f"node {node!r} needs itself: a cycle")
            elif node not in known:
                opened.add(node)
                if node.inputs:
                    pending += (node, None, *node.inputs[::-1])
                else:
                    done[node] = None
    return list(done)


def dependents(order: Sequence[Node], sources: Iterable[Node]) -> set[Node]:
    """The nodes of an order whose value depends on one of the sources."""
    reached = set(sources)
    for node in order:
        if not reached.isdisjoint(node.inputs):
            reached.add(node)
    return reached


def rebuild(graph: Graph, inputs: Sequence[Node]) -> dict[Node, Node]:
    """The graph's nodes rebuilt on other input nodes: its computation written into another graph."""
    rebuilt = dict(zip(graph.inputs, inputs, strict=True))
    for node in graph.nodes:
        if node not in rebuilt:
            changed = any(rebuilt[child] is not child for child in node.inputs)
            rebuilt[node] = node.with_inputs(tuple([rebuilt[c] for c in node.inputs])) if changed else node
    return rebuilt


def pruned(graph: Graph) -> Graph:
    """The graph without the names of values that no output needs."""
    needed = set(topological_order(graph.outputs))
    names = {name: node for name, node in graph.names.items() if node in needed}
    if len(names) == len(graph.names):
        return graph
    return Graph(graph.inputs, graph.outputs, names, graph.title)
