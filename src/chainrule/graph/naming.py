"""Names for values: what the user's own lines call them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import count
from typing import TYPE_CHECKING

from ..calls import CallSite
from .building import is_literal
from .node import Node

if TYPE_CHECKING:
    from .graph import Graph

Place = tuple[CallSite, int]


def assigned(graph: Graph) -> dict[Node, str]:
    """Unnamed values that the user's function assigns to a variable, in the order in which it does.

    A variable that is assigned several times, or that an argument has the name of, is numbered.

    >>> import numpy as np, chainrule as cr
    >>> def f(x):
    ...     for _ in range(2):
    ...         x = np.exp(-x)
    ...     h = x + 1
    ...     return h * h
    >>> list(assigned(cr.trace(f, np.ones(2)).graph).values())
    ['x1', 'x2', 'h']
    """
    named = {*graph.names.values(), *graph.inputs}
    taken = {*graph.names, *[node.params["label"] for node in graph.inputs]}
    values: dict[str, list[Node]] = {}
    for node, variable in _results(graph):
        if node not in named:
            values.setdefault(variable, []).append(node)
    found: dict[Node, str] = {}
    for name, nodes in values.items():
        single = len(nodes) == 1 and name not in taken
        found |= zip(nodes, [name] if single else _numbered(name, taken | values.keys()), strict=False)
    return found


def _numbered(name: str, taken: Collection[str]) -> Iterator[str]:
    """name1, name2, … without those that are taken; w1_1, w1_2, … where the name ends in a number."""
    stem = f"{name}_" if name[-1].isdigit() else name
    return (label for k in count(1) if (label := f"{stem}{k}") not in taken)


def _results(graph: Graph) -> list[tuple[Node, str]]:
    """What is assigned, and to which variable; a derivative is not.

    An operation of the user's may be several nodes, such as a mean: its result is the one that others use,
    its own derivative among them.
    """
    elsewhere, inside = set(graph.outputs), set[Node]()
    for node in graph.nodes:
        for child in node.inputs:
            (inside if child.source is node.source and node.of is None else elsewhere).add(child)
    final = elsewhere - inside
    results: dict[int, tuple[CallSite, list[Node]]] = {}
    for node in graph.nodes:
        if node.source is None or not node.source.variable or node.of is not None:
            continue
        if node in final and not is_literal(node):
            results.setdefault(id(node.source), (node.source, []))[1].append(node)
    ordered = sorted(results.values(), key=lambda result: result[0].moment)
    alone = [(nodes[0], source.variable) for source, nodes in ordered if len(nodes) == 1]
    return [(node, variable) for node, variable in alone if variable.strip("_")]


def places(graph: Graph) -> dict[Node, Place]:
    """The user's line that each value comes from, and the turn of the loop around it.

    A turn is no earlier than those of the line's values that are used in it: another operation than in the
    other turns, such as the first addition to a number 0.0, counts for itself.
    """
    found: dict[Node, Place] = {}
    for node in graph.nodes:
        if node.source:
            own = [child for child in node.inputs if child.source == node.source and node.of is None]
            turns = [found[child][1] for child in own if child in found]
            found[node] = (node.source, max(node.source.turn, *turns, 0))
    return found
