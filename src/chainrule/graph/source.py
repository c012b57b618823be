"""Graphs as NumPy source: a function that runs by itself, with the user's names and lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .definitions import definition
from .identifiers import identifier, identifiers
from .node import Node
from .statements import Statement, needed, statements

if TYPE_CHECKING:
    from .graph import Graph


@dataclass(frozen=True, slots=True)
class Interface:
    """How a function takes its arguments and gives its results.

    Attributes:
        arguments: their names, with a star before that of ``*args``.
        places: for each input the argument that it is a part of, and which part: ``("params", "['W']")``.
        pack: the expression of the result from those of the outputs.
    """

    arguments: Sequence[str]
    places: Sequence[tuple[str, str]]
    pack: Callable[[Sequence[str]], str]


def program(graph: Graph, interface: Interface | None = None) -> str:
    """A graph as source, from its imports to its ``return``: NumPy, and what it lacks defined in place.

    Each statement tells its value's shape; the user's line stands above what it asked for.

    Args:
        graph: any graph.
        interface: by default one array an argument, and a tuple of the results if there are several.

    Raises:
        ArgumentError: a constant array is too large to be written out.
    """
    order = needed(graph)
    helpers = dict.fromkeys(helper for node in order for helper in node.primitive.helpers)
    interface = interface or _one_array_each(graph)
    taken = {"np", *[helper.__name__ for helper in helpers]}
    title = identifier(graph.title, frozenset(taken))
    arguments = _arguments(interface, taken)
    whole = {
        node: arguments[argument]
        for node, (argument, part) in zip(graph.inputs, interface.places, strict=True)
        if not part
    }
    names = identifiers(graph, whole, taken)
    assignments, results = statements(order, names, graph.outputs, {*graph.names.values()})
    parameters = ", ".join(
        "*" * stated.count("*") + name
        for stated, name in zip(interface.arguments, arguments.values(), strict=True)
    )
    function = [
        f"def {title}({parameters}):",
        '"""For arrays of these shapes and dtypes.',
        "",
        *[f"{names[node]}: {node.shape} {node.dtype}" for node in graph.inputs],
        '"""',
        *_unpacked(graph, interface, arguments, names),
        *_lines(assignments),
        f"return {interface.pack(results)}",
    ]
    parts = ["import numpy as np", *map(definition, helpers), "\n    ".join(function)]
    return "\n\n\n".join(part.replace("\n    \n", "\n\n") for part in parts) + "\n"


def _one_array_each(graph: Graph) -> Interface:
    labels = [node.params["label"] for node in graph.inputs]
    return Interface(labels, [(label, "") for label in labels], lambda results: ", ".join(results) or "()")


def _arguments(interface: Interface, taken: set[str]) -> dict[str, str]:
    """The identifier of each argument."""
    found: dict[str, str] = {}
    for label in interface.arguments:
        found[label.lstrip("*")] = identifier(label.lstrip("*"), taken)
        taken |= set(found.values())
    return found


def _unpacked(
    graph: Graph, interface: Interface, arguments: Mapping[str, str], names: Mapping[Node, str]
) -> list[str]:
    return [
        f"{names[node]} = {arguments[argument]}{part}"
        for node, (argument, part) in zip(graph.inputs, interface.places, strict=True)
        if part
    ]


def _lines(assignments: Sequence[Statement]) -> Iterator[str]:
    """The assignments with their shapes; above them the user's line, where it is another one than before."""
    above = None
    for assignment in assignments:
        node = assignment.node
        line = (node.source, node.of is None)
        if node.source and node.source.text and line != above:
            what = "line" if node.of is None else "derivative of line"
            yield f"# {what} {node.source.line}: {node.source.text}"
        yield f"{assignment.name} = {assignment.text}  # {node.shape}"
        above = line
