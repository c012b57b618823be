"""Does a function write to its arguments, and does it return memory that is not its own?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ... import tree
from ...errors import SourceLine
from ...lines import users_frame
from ..point import Function, Point
from ..report import Finding


def mutation(point: Point, function: Function, title: str, used: Mapping[str, Any]) -> Iterator[Finding]:
    """A finding where the arguments that a function was called with are not what they were.

    Args:
        point: the arguments as they should be.
        function: what was called.
        title: what to call it.
        used: its arguments, after the call.
    """
    leaves, structure = tree.flatten(dict(used))
    if structure != point.structure:
        yield Finding(
            "mutation", f"{title} adds or removes entries of its arguments: {_grown(point, structure)}"
        )
        return
    written = [
        _described(path, before, after)
        for path, before, after in zip(point.paths, point.leaves, leaves, strict=True)
        if not same(before, after)
    ]
    if written:
        line = _writing_line(point, function)
        place = f", at {line}" if line else ""
        yield Finding(
            "mutation",
            f"{title} writes to its argument {', '.join(written)}{place}; "
            "here it is given a fresh copy each time, elsewhere its caller's array changes",
        )


def aliasing(point: Point, title: str, used: Mapping[str, Any], result: Any) -> Iterator[Finding]:
    """A finding where the arrays that a function returns share memory with its arguments."""
    arrays = [leaf for leaf in tree.flatten(result)[0] if isinstance(leaf, np.ndarray)]
    leaves = tree.flatten(dict(used))[0]
    shared = [
        path
        for path, leaf in zip(point.paths, leaves, strict=False)
        if isinstance(leaf, np.ndarray) and any(np.may_share_memory(leaf, array) for array in arrays)
    ]
    if shared:
        yield Finding(
            "alias",
            f"{title} returns memory of its argument {', '.join(shared)}: writing to one changes the other",
        )


def one_buffer(title: str, first: Any, second: Any) -> Iterator[Finding]:
    """A finding where the results of two calls share memory."""
    pairs = zip(tree.flatten(first)[0], tree.flatten(second)[0], strict=False)
    if any(
        isinstance(one, np.ndarray) and isinstance(other, np.ndarray) and np.may_share_memory(one, other)
        for one, other in pairs
    ):
        yield Finding(
            "alias",
            f"{title} returns the same memory from each call: the next call, or whoever writes to its "
            "result, changes what the last one returned",
        )


def copied(result: Any) -> Any:
    """The result with every array copied."""
    return tree.map_leaves(lambda leaf: leaf.copy() if isinstance(leaf, np.ndarray) else leaf, result)


def same(one: Any, other: Any) -> bool:
    """Whether two leaves are the same bits; objects that are no numbers are the same if they are one."""
    if isinstance(one, np.ndarray | np.generic | int | float) and not isinstance(other, str):
        first, second = np.asarray(one), np.asarray(other)
        alike = first.shape == second.shape and first.dtype == second.dtype
        return alike and (first.tobytes() == second.tobytes())
    return one is other


def _described(path: str, before: Any, after: Any) -> str:
    first, second = np.asarray(before), np.asarray(after)
    if first.shape != second.shape or first.dtype != second.dtype or first.dtype.hasobject:
        return f"{path} (another object afterwards)"
    changed = int(np.sum(~((first == second) | ((first != first) & (second != second)))))
    return f"{path} ({changed} of {first.size} entries)" if first.size > 1 else path


def _grown(point: Point, structure: tree.Structure) -> str:
    before, after = set(point.paths), set(tree.paths(structure))
    return ", ".join(
        [f"+{path}" for path in sorted(after - before)] + [f"-{path}" for path in sorted(before - after)]
    )


def _writing_line(point: Point, function: Function) -> SourceLine | None:
    """The user's line that writes, found by making the arguments read-only."""
    arguments = point.arguments()
    for leaf in tree.flatten(arguments)[0]:
        if isinstance(leaf, np.ndarray):
            leaf.flags.writeable = False
    try:
        point.apply(function, arguments)
    except (ValueError, RuntimeError) as error:  # NumPy's "read-only", and what compiled code says of it
        found = users_frame(error.__traceback__)
        if found and "read-only" in str(error):
            return SourceLine(found[1].filename, found[1].lineno or 0)
    return None
