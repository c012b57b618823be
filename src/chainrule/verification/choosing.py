"""The part of a derivative that is checked, where it was given for more arguments than that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .point import Point, Tensor

Groups = Mapping[str, Sequence[Tensor]]


def chosen(given: Any, bound: Point, groups: Groups) -> Any:
    """What was given for the checked items, where it is a tuple for all arguments or a dict of more of them.

    Args:
        given: the derivative, or a callable of f's arguments that gives it.
        bound: f's arguments.
        groups: the checked tensors by the item of `wrt` they belong to.
    """
    if not callable(given):
        return _part(given, bound, groups)

    def part(*args: Any, **kwargs: Any) -> Any:
        return _part(given(*args, **kwargs), bound, groups)

    return part


def _part(value: Any, bound: Point, groups: Groups) -> Any:
    names = [str(name) for name in bound.structure.keys]
    if isinstance(value, tuple) and len(value) > 1 and not _is_for(value, groups):
        differentiable = [name for name in names if _holds_floats(bound, name)]
        value = next(
            (dict(zip(n, value, strict=True)) for n in (differentiable, names) if len(n) == len(value)), value
        )
    if not isinstance(value, Mapping) or not set(value) <= set(names):
        return value
    if set(value) == set(groups) or not all(item.partition("/")[0] in value for item in groups):
        return value
    parts = {item: _inside(value, item.split("/")) for item in groups}
    return parts if len(parts) > 1 else next(iter(parts.values()))


def _is_for(value: tuple[Any, ...], groups: Groups) -> bool:
    """Whether a tuple is what a gradient of the checked items looks like."""
    if len(groups) > 1:
        pairs = zip(value, groups.items(), strict=False)
        leaves = (v for v, (item, tensors) in pairs if [tensor.path for tensor in tensors] == [item])
        return len(value) == len(groups) and not any(isinstance(v, Mapping) for v in leaves)
    [(item, tensors)] = groups.items()
    if [tensor.path for tensor in tensors] != [item]:
        keys = {tensor.path.removeprefix(f"{item}/").partition("/")[0] for tensor in tensors}
        return keys == set(map(str, range(len(value))))
    try:
        return np.shape(value) == tensors[0].value.shape
    except ValueError:  # arrays of different shapes
        return False


def _holds_floats(bound: Point, name: str) -> bool:
    return any(
        np.asarray(leaf).dtype.kind == "f"
        for path, leaf in zip(bound.paths, bound.leaves, strict=True)
        if path == name or path.startswith(f"{name}/")
    )


def _inside(value: Any, keys: Sequence[str]) -> Any:
    """The entry of a tree that a path leads to; the tree itself where it is no tree that far down."""
    for key in keys:
        if isinstance(value, Mapping):
            value = value[key]
        elif isinstance(value, tuple | list):
            value = value[int(key)]
    return value
