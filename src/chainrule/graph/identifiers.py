"""Names of values as Python takes them."""

from __future__ import annotations

import keyword
import unicodedata
from collections.abc import Collection, Container, Mapping
from typing import TYPE_CHECKING

from .building import is_literal
from .naming import assigned
from .node import Node
from .variables import constants

if TYPE_CHECKING:
    from .graph import Graph


def identifiers(graph: Graph, given: Mapping[Node, str], taken: Collection[str]) -> dict[Node, str]:
    """A name of Python's for each value that is no number: its own, the user's, or a short one.

    Args:
        graph: the graph.
        given: the names that some values have already.
        taken: names that no other value may have.
    """
    arrays = [node for node in graph.nodes if node.op == "constant" and node.ndim]
    numbered = {node: f"c{i}" for i, node in enumerate(arrays, start=1)} | constants(graph)
    names, used = dict(given), {*taken, *given.values()}
    for node, label in (numbered | graph.labels() | assigned(graph)).items():
        if node not in names and (not is_literal(node) or node in numbered):
            names[node] = identifier(label, used)
            used.add(names[node])
    return names


def identifier(label: str, taken: Container[str] = ()) -> str:
    """A label as a name of Python's that is not taken, its letters in the form to which Python brings them.

    >>> identifier("params/W"), identifier("lambda"), identifier("2nd"), identifier("x", {"x"})
    ('params_W', '_lambda', '_2nd', 'x_')
    >>> identifier("σ²")
    'σ2'
    """
    letters = unicodedata.normalize("NFKC", label)
    name = "".join(letter if f"_{letter}".isidentifier() else "_" for letter in letters) or "_"
    if not name.isidentifier() or keyword.iskeyword(name):
        name = f"_{name}"
    while name in taken:
        name += "_"
    return name
