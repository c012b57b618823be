"""What is derived: the function as it is written, its values called what its own lines call them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container
from itertools import count, takewhile

import numpy as np

from ..calculus import simplify_between_names
from ..graph import Graph, Node, Shape, build, cast
from ..graph.naming import assigned
from ..graph.variables import constants
from .infinities import infinite_values
from .reading import speaks_for_itself
from .recognition import recognised


def subject(traced: Graph) -> Graph:
    """A traced graph with a name for every value that a line assigns, simplified between these values."""
    traced = _constants_once(_in_full(traced))
    nameless = {*traced.outputs, *infinite_values(traced)}
    own = _once_a_turn({label: node for node, label in assigned(traced).items() if node not in nameless})
    around = {name: node for node, name in constants(traced).items() if not speaks_for_itself(node)}
    named = Graph(traced.inputs, traced.outputs, {**around, **traced.names, **own}, traced.title)
    found = recognised(simplify_between_names(named), looked_through=own.keys())
    found = simplify_between_names(found)
    names = {_alone(label, own, found.names): node for label, node in found.names.items()}
    return Graph(found.inputs, found.outputs, names, found.title)


def _once_a_turn(own: dict[str, Node]) -> dict[str, Node]:
    """The names without those of a loop's variable within a turn: what it is at the end of turn k is xₖ.

    What it was before the loop is x₀.
    """
    groups: dict[str, list[str]] = {}
    for label in own:
        groups.setdefault(label.rstrip("0123456789"), []).append(label)
    kept: dict[str, Node] = {}
    for stem, labels in groups.items():
        nodes = [own[label] for label in labels]
        turns = Counter(node.source for node in nodes)
        last = nodes[-1].source
        ends = [node for node in nodes if node.source == last]
        if turns[last] < 2:
            kept |= zip(labels, nodes, strict=True)
            continue
        before = [node for node in nodes[: nodes.index(ends[0])] if turns[node.source] == 1]
        kept |= {f"{stem}0": before[-1]} if before and f"{stem}0" not in own else {}
        kept |= zip(labels, ends, strict=False)
    return kept


def _in_full(graph: Graph) -> Graph:
    """The graph with float64 for what NumPy computes in float16, such as exp of truth values."""
    if not any(node.dtype == np.float16 for node in graph.nodes):
        return graph
    rebuilt: dict[Node, Node] = {}
    for node in graph.nodes:
        operands = [rebuilt[operand] for operand in node.inputs]
        if node.dtype == np.float16 and operands and node.op != "astype":
            operands = [cast(operand, np.dtype(np.float64)) for operand in operands]
        changed = any(a is not b for a, b in zip(operands, node.inputs, strict=True))
        rebuilt[node] = build(node.op, *operands, **node.params) if changed else node
    names = {label: rebuilt[node] for label, node in graph.names.items()}
    return Graph(graph.inputs, tuple(rebuilt[node] for node in graph.outputs), names, graph.title)


def _constants_once(graph: Graph) -> Graph:
    """The graph with equal arrays that lines hold, such as the places in W[[0, 1]], as one, unless named."""
    named = {*graph.names.values(), *constants(graph)}
    first: dict[tuple[str, Shape, bytes], Node] = {}
    rebuilt: dict[Node, Node] = {}
    for node in graph.nodes:
        operands = tuple(rebuilt[operand] for operand in node.inputs)
        rebuilt[node] = node if operands == node.inputs else node.with_inputs(operands)
        if node.op == "constant" and node not in named:
            array = node.params["value"].value
            rebuilt[node] = first.setdefault((array.dtype.str, array.shape, array.tobytes()), node)
    names = {label: rebuilt[node] for label, node in graph.names.items()}
    return Graph(graph.inputs, tuple(rebuilt[node] for node in graph.outputs), names, graph.title)


def _alone(label: str, own: Container[str], left: Container[str]) -> str:
    """The label without its number where no other with that name is left."""
    stem = label.rstrip("0123456789").rstrip("_")
    others = takewhile(own.__contains__, (f"{stem}{k}" for k in count(1)))
    numbered = label in own and f"{stem}2" in own and stem not in own
    return stem if numbered and [other for other in others if other in left] == [label] else label
