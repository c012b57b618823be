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

# x = … or x: Array = …; not several statements, or a function that is called later.
_ASSIGNMENT = re.compile(r"([^\W\d]\w*)\s*(?::[^=]+)?=(?!=)(?!.*(;|\blambda\b))")


def assigned(graph: Graph) -> dict[Node, str]:
    """Unnamed values that a line of the user's assigns to a name, where it is sure which value that is.

    It is, where of all values that come from the line, in one turn of a loop, one alone is used elsewhere or
    returned. A name that is assigned several times, or that an argument has, is numbered.

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


def _results(graph: Graph) -> dict[tuple[SourceLine, int], list[Node]]:
    """For each line of the user's, and each turn, the values used elsewhere; a derivative is no such line."""
    used = set(graph.outputs)
    for node in graph.nodes:
        if node.of is None:
            used |= {child for child in node.inputs if _place(child) != _place(node)}
    results: dict[tuple[SourceLine, int], list[Node]] = {}
    for node in graph.nodes:
        place = _place(node)
        if node in used and place and node.of is None and not is_literal(node):
            results.setdefault(place, []).append(node)
    return results


def _place(node: Node) -> tuple[SourceLine, int] | None:
    return (node.source, node.source.turn) if node.source else None


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
