"""Names for values: what the user's own lines call them, and as Python takes them."""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection, Container, Iterator, Mapping
from itertools import count
from typing import TYPE_CHECKING

from ..errors import SourceLine
from .building import is_literal
from .node import Node

if TYPE_CHECKING:
    from .graph import Graph

# x = … or x: Array = …, behind "for …:", too; not several statements, or a function that is called later.
_ASSIGNMENT = re.compile(
    r"(?:(?:for|while|with|if|elif|else)\b.*?:\s*)?([^\W\d]\w*)\s*(?::[^=]+)?=(?!=)(?!.*(;|\blambda\b))"
)


Place = tuple[SourceLine, int]


def assigned(graph: Graph) -> dict[Node, str]:
    """Unnamed values that a line of the user's assigns to a name, where it is sure which value that is.

    It is, where of all values that come from the line, in one turn of a loop, one alone is used elsewhere or
    returned, and not in the line itself. A name that is assigned several times, or that an argument has, is
    numbered.

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
    for (line, _), results in _results(graph).items():
        match = _ASSIGNMENT.match(line.text)
        if match and len(results) == 1 and not named.intersection(results):
            values.setdefault(match[1], []).append(results[0])
    found: dict[Node, str] = {}
    for name, nodes in values.items():
        single = len(nodes) == 1 and name not in taken
        found |= zip(nodes, [name] if single else _numbered(name, taken | values.keys()), strict=False)
    return found


def _numbered(name: str, taken: Collection[str]) -> Iterator[str]:
    """name1, name2, … without those that are taken; w1_1, w1_2, … where the name ends in a number."""
    stem = f"{name}_" if name[-1].isdigit() else name
    return (label for k in count(1) if (label := f"{stem}{k}") not in taken)


def _results(graph: Graph) -> dict[Place, list[Node]]:
    """For each line of the user's, and each turn, what it is computed for; a derivative is no such line.

    That are the values used elsewhere, and not in the line itself. The turns of a line come in their order,
    though a derivative may need the values of the last one first.
    """
    elsewhere, inside, place = set(graph.outputs), set[Node](), places(graph)
    for node in graph.nodes:
        if node.of is None:
            for child in node.inputs:
                (inside if place.get(child) == place.get(node) else elsewhere).add(child)
    results: dict[Place, list[Node]] = {}
    final = elsewhere - inside
    for node in graph.nodes:
        if node in final and node in place and node.of is None and not is_literal(node):
            results.setdefault(place[node], []).append(node)
    turns: dict[SourceLine, list[int]] = {}
    for line, turn in sorted(results, key=lambda key: -key[1]):
        turns.setdefault(line, []).append(turn)
    return {(line, turn): results[line, turn] for line, _ in results for turn in (turns[line].pop(),)}


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


def identifiers(graph: Graph, given: Mapping[Node, str], taken: Collection[str]) -> dict[Node, str]:
    """A name of Python's for each value that is no number: its own, the user's, or a short one.

    Args:
        graph: the graph.
        given: the names that some values have already.
        taken: names that no other value may have.
    """
    arrays = [node for node in graph.nodes if node.op == "constant" and node.ndim]
    constants = {node: f"c{i}" for i, node in enumerate(arrays, start=1)}
    names, used = dict(given), {*taken, *given.values()}
    for node, label in (constants | graph.labels() | assigned(graph)).items():
        if node not in names and (not is_literal(node) or node in constants):
            names[node] = identifier(label, used)
            used.add(names[node])
    return names


def identifier(label: str, taken: Container[str] = ()) -> str:
    """A label as a name of Python's that is not taken.

    >>> identifier("params/W"), identifier("lambda"), identifier("2nd"), identifier("x", {"x"})
    ('params_W', '_lambda', '_2nd', 'x_')
    """
    name = re.sub(r"\W", "_", label) or "_"
    if name[0].isdecimal() or keyword.iskeyword(name):
        name = f"_{name}"
    while name in taken:
        name += "_"
    return name
