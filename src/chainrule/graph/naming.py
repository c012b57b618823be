"""Names for values: what the user's own lines call them, and as Python takes them."""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection, Container, Mapping
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

    It is, where of all values that come from the line one alone is used by other lines or returned.

    >>> import numpy as np, chainrule as cr
    >>> def f(x):
    ...     h = np.exp(-x)
    ...     return h * h
    >>> list(assigned(cr.trace(f, np.ones(2)).graph).values())
    ['h']
    """
    named = {*graph.names.values(), *graph.inputs}
    taken = {*graph.names, *[node.params["label"] for node in graph.inputs]}
    found: dict[str, Node] = {}
    for line, results in _results(graph).items():
        match = _ASSIGNMENT.match(line.text)
        if match and len(results) == 1 and match[1] not in taken and not named.intersection(results):
            taken.add(match[1])
            found[match[1]] = results[0]
    return {node: name for name, node in found.items()}


def _results(graph: Graph) -> dict[SourceLine, list[Node]]:
    """For each line of the user's, the values that other lines use; a derivative is no line of the user's."""
    used = set(graph.outputs)
    for node in graph.nodes:
        if node.of is None:
            used |= {child for child in node.inputs if child.source != node.source}
    results: dict[SourceLine, list[Node]] = {}
    for node in graph.nodes:
        if node in used and node.source and node.of is None and not is_literal(node):
            results.setdefault(node.source, []).append(node)
    return results


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
