"""What is derived: the function as it is written, its values called what its own lines call them."""

from __future__ import annotations

from collections.abc import Container
from itertools import count, takewhile

from ..calculus import simplify_between_names
from ..graph import Graph
from ..graph.naming import assigned
from .infinities import infinite_values
from .recognition import recognised


def subject(traced: Graph) -> Graph:
    """A traced graph with a name for every value that a line assigns, simplified between these values."""
    nameless = {*traced.outputs, *infinite_values(traced)}
    own = {label: node for node, label in assigned(traced).items() if node not in nameless}
    named = Graph(traced.inputs, traced.outputs, {**traced.names, **own}, traced.title)
    found = recognised(simplify_between_names(named), looked_through=own.keys())
    found = simplify_between_names(found)
    names = {_alone(label, own, found.names): node for label, node in found.names.items()}
    return Graph(found.inputs, found.outputs, names, found.title)


def _alone(label: str, own: Container[str], left: Container[str]) -> str:
    """The label without its number where no other with that name is left."""
    stem = label.rstrip("0123456789").rstrip("_")
    others = takewhile(own.__contains__, (f"{stem}{k}" for k in count(1)))
    numbered = label in own and f"{stem}2" in own and stem not in own
    return stem if numbered and [other for other in others if other in left] == [label] else label
