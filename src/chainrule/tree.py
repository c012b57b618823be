"""Nested parameters to flat leaves with paths, and back.

A tree is a dict, list or tuple (named ones too) of trees; anything else is a leaf.
A leaf's path is its keys joined by "/": ``{"layer1": {"W": ...}}`` has the leaf ``"layer1/W"``.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any


@dataclass(frozen=True, slots=True)
class Structure:
    """The shape of a tree without its leaves; hashable, so it can key a cache."""

    kind: type[Any] | None  # None for a leaf
    keys: tuple[Any, ...] = ()
    children: tuple[Structure, ...] = ()

    @property
    def leaf_count(self) -> int:
        """How many leaves a tree of this structure has."""
        return 1 if self.kind is None else sum(child.leaf_count for child in self.children)


LEAF = Structure(None)


def flatten(tree: Any) -> tuple[list[Any], Structure]:
    """The leaves of a tree in order, and the structure that puts them back.

    >>> leaves, structure = flatten({"W": 1, "b": [2, 3]})
    >>> leaves
    [1, 2, 3]
    >>> unflatten(structure, leaves)
    {'W': 1, 'b': [2, 3]}
    """
    leaves: list[Any] = []
    return leaves, _collect(tree, leaves)


def _collect(tree: Any, leaves: list[Any]) -> Structure:
    kind = type(tree)
    if isinstance(tree, dict):
        children = tuple([_collect(child, leaves) for child in tree.values()])
        return Structure(kind, tuple(tree), children)
    if isinstance(tree, (list, tuple)):
        children = tuple([_collect(child, leaves) for child in tree])
        return Structure(kind, tuple(range(len(tree))), children)
    leaves.append(tree)
    return LEAF


def unflatten(structure: Structure, leaves: Sequence[Any]) -> Any:
    """Put leaves back into a structure that :func:`flatten` returned."""
    return _rebuild(structure, iter(leaves))


def _rebuild(structure: Structure, leaves: Iterator[Any]) -> Any:
    if structure.kind is None:
        return next(leaves)
    children = structure.children
    values = [next(leaves) if child.kind is None else _rebuild(child, leaves) for child in children]
    if structure.kind is tuple:
        return tuple(values)
    if issubclass(structure.kind, dict):
        pairs = zip(structure.keys, values, strict=True)
        return OrderedDict(pairs) if issubclass(structure.kind, OrderedDict) else dict(pairs)
    if hasattr(structure.kind, "_fields"):  # a named tuple
        return structure.kind(*values)
    return structure.kind(values)


def paths(structure: Structure, prefix: str = "") -> list[str]:
    """The path of every leaf, in the order of :func:`flatten`.

    >>> paths(flatten({"layer1": {"W": 0, "b": 0}})[1])
    ['layer1/W', 'layer1/b']
    """
    if structure.kind is None:
        return [prefix]
    found: list[str] = []
    for key, child in zip(structure.keys, structure.children, strict=True):
        found += paths(child, f"{prefix}/{key}" if prefix else str(key))
    return found


def map_leaves(function: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """Apply a function to every leaf of trees of one structure, whose keys may come in another order.

    >>> map_leaves(lambda p, g: p - g, {"W": 3}, {"W": 1})
    {'W': 2}
    """
    leaves, structure = flatten(tree)
    columns = [leaves_in_order(other, structure) for other in others]
    results = [function(*row) for row in zip(leaves, *columns, strict=True)]
    return unflatten(structure, results)


def leaves_in_order(tree: Any, structure: Structure) -> list[Any]:
    """The leaves of a tree; of one that differs from a structure by the order of keys alone, in that order.

    >>> leaves_in_order({"b": 1, "W": 3}, flatten({"W": 0, "b": 0})[1])
    [3, 1]
    """
    leaves, own = flatten(tree)
    places = None if own == structure else in_order(own, structure)
    return leaves if places is None else [leaves[place] for place in places]


def in_order(own: Structure, structure: Structure, first: int = 0) -> list[int] | None:
    """Where the leaves of a structure stand among those of a tree's ``own``, counted from ``first``, if both
    differ by the order of keys alone; None where they differ by more."""
    if own.kind != structure.kind or set(own.keys) != set(structure.keys):
        return None
    if own.kind is None:
        return [first]
    ends = accumulate((child.leaf_count for child in own.children), initial=first)
    children = dict(zip(own.keys, zip(own.children, ends, strict=False), strict=True))
    found: list[int] = []
    for key, child in zip(structure.keys, structure.children, strict=True):
        places = in_order(children[key][0], child, children[key][1])
        if places is None:
            return None
        found += places
    return found
