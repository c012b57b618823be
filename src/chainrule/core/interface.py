"""A function's own arguments and results around the flat arrays of its graph, as source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .. import tree
from ..graph.source import Interface
from .arguments import Call


def interface(call: Call, places: Sequence[int], output: tree.Structure) -> Interface:
    """How the source of a graph takes the arguments of a call and returns what the function does.

    Args:
        call: the call that was traced.
        places: the leaves of its arguments that are the graph's inputs.
        output: the structure of what the function returns.
    """
    starred = [f"*{name}" if name == call.rest else name for name in call.names]
    leaves = [
        (name, part)
        for name, structure in zip(call.names, call.structures, strict=True)
        for part in _parts(structure)
    ]
    return Interface(
        starred, [leaves[place] for place in places], lambda results: _text(output, iter(results))
    )


def _parts(structure: tree.Structure) -> list[str]:
    """How each leaf is got from the tree: ``['layer1']['W']``."""
    if structure.kind is None:
        return [""]
    pairs = zip(structure.keys, structure.children, strict=True)
    return [f"[{key!r}]{part}" for key, child in pairs for part in _parts(child)]


def _text(structure: tree.Structure, leaves: Iterator[str]) -> str:
    """The expression of a tree: dicts, lists and tuples as Python writes them."""
    if structure.kind is None:
        return next(leaves)
    parts = [_text(child, leaves) for child in structure.children]
    if issubclass(structure.kind, dict):
        items = [f"{key!r}: {part}" for key, part in zip(structure.keys, parts, strict=True)]
        return f"{{{', '.join(items)}}}"
    if issubclass(structure.kind, list):
        return f"[{', '.join(parts)}]"
    return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"
