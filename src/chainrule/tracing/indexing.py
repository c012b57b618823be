"""``x[index]`` on a traced array, in every form that NumPy has."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import ShapeError, TraceError
from ..graph import Node, as_node, op, reshape
from .tracer import Trace, Traced


def getitem(trace: Trace, x: Node, index: Any) -> Node:
    """The node of ``x[index]``: integers, slices, ``...``, ``None``, index arrays, masks, and mixtures."""
    entries = _expanded(trace, x, index if isinstance(index, tuple) else (index,))
    if all(entry is None or isinstance(entry, (int, slice)) for entry in entries):
        return _fixed(x, entries)
    return _by_arrays(x, entries)


def _expanded(trace: Trace, x: Node, index: tuple[Any, ...]) -> list[Any]:
    """One entry an axis (and the Nones): "..." written out, masks as the places where they are true."""
    known = [_known(trace, entry) for entry in index]
    entries = [entry for part in known for entry in (np.nonzero(part) if _is_mask(part) else [part])]
    used = sum(entry is not None and entry is not Ellipsis for entry in entries)
    if used > x.ndim:
        raise ShapeError(f"{used} indices for an array of shape {x.shape}", expected=f"at most {x.ndim}")
    _require_masks_fit(x, known, x.ndim - used)
    if not any(entry is Ellipsis for entry in entries):
        entries.append(Ellipsis)
    at = next(i for i, entry in enumerate(entries) if entry is Ellipsis)
    return entries[:at] + [slice(None)] * (x.ndim - used) + entries[at + 1 :]


def _known(trace: Trace, entry: Any) -> Any:
    """An entry as None, "...", a slice, an integer, a node, an index array or a mask."""
    if entry is None or entry is Ellipsis or isinstance(entry, slice):
        return entry
    if isinstance(entry, (int, np.integer)) and not isinstance(entry, bool):
        return int(entry)
    if isinstance(entry, Traced):
        if entry.dtype.kind != "b":
            return trace.node_of(entry)
        entry = trace.value(trace.node_of(entry))  # how many elements a mask picks depends on its values
    array = np.asarray(entry)
    if array.dtype.kind not in "iub" and array.size:
        raise TraceError(f"index {entry!r}", expected="integers, slices, index arrays or masks")
    return array if array.dtype.kind == "b" else array.astype(np.intp)


def _is_mask(entry: Any) -> bool:
    return isinstance(entry, np.ndarray) and entry.dtype.kind == "b"


def _require_masks_fit(x: Node, index: list[Any], left_out: int) -> None:
    """Raise a ShapeError where a mask is not of the shape of the axes that it stands for."""
    axis = 0
    for entry in index:
        if _is_mask(entry):
            axes = x.shape[axis : axis + entry.ndim]
            if entry.shape != axes:
                raise ShapeError(
                    f"a mask of shape {entry.shape} for an array of shape {x.shape}",
                    expected=f"a mask of shape {axes}",
                )
            axis += entry.ndim
        elif entry is not None:
            axis += left_out if entry is Ellipsis else 1


def _fixed(x: Node, entries: list[Any]) -> Node:
    """Integers and slices only: one slice, and a reshape where there are new axes."""
    axes = iter(enumerate(x.shape))
    fixed = tuple(_fixed_entry(entry, *next(axes)) for entry in entries if entry is not None)
    picked = op.slice(x, index=fixed, batch=0)
    if None not in entries:
        return picked
    lengths = iter(picked.shape)
    kept = [entry for entry in entries if not isinstance(entry, int)]
    return reshape(picked, tuple(1 if entry is None else next(lengths) for entry in kept))


def _fixed_entry(entry: int | slice, axis: int, n: int) -> int | tuple[int, int, int]:
    if isinstance(entry, slice):
        places = range(*entry.indices(n))
        return (places.start if len(places) else 0, places.step, len(places))
    if not -n <= entry < n:
        raise ShapeError(
            f"index {entry} is out of bounds", expected=f"an index of axis {axis}, which has length {n}"
        )
    return entry % n


def _by_arrays(x: Node, entries: list[Any]) -> Node:
    """Index arrays: slices first, then one gather whose axes stand where NumPy puts them."""
    slices = [entry if entry is None or isinstance(entry, slice) else slice(None) for entry in entries]
    base = _fixed(x, slices)
    places = [i for i, entry in enumerate(entries) if not (entry is None or isinstance(entry, slice))]
    arrays = [
        within(as_node(np.intp(e) if isinstance(e := entries[i], int) else e), base.shape[i]) for i in places
    ]
    adjacent = places == list(range(places[0], places[0] + len(places)))
    front = places[0] if adjacent else 0
    rest = [i for i in range(base.ndim) if i not in places]
    order = tuple(rest[:front] + places + rest[front:])
    return op.gather(op.transpose(base, axes=order), *arrays, batch=front)


def within(places: Node, n: int) -> Node:
    """Fixed places are looked at while tracing; those known only at run time are NumPy's to check."""
    if places.op == "constant":
        value = places.params["value"].value
        if value.size and (value.min() < -n or value.max() >= n):
            raise ShapeError(
                f"index {value.min()}..{value.max()} is out of bounds", expected=f"-{n} to {n - 1}"
            )
    return places
