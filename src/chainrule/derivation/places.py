"""Picking elements and putting them back: indices as Python writes them, each of an index one index."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..graph import Shape
from ..primitives.indexing import Index
from .arithmetic import add, filled, product, repeats_scalar, scaled, zero
from .formula import REBUILT, Formula, is_number, number, ones
from .indices import Entry, Fixed, Given


def picked(x: Formula, entries: Index) -> Formula:
    """x[…]; numbers stand in front, and an index of an index is one."""
    scalars, rest = scaled(x)
    if scalars:
        return product(*scalars, picked(rest, entries))
    shape = tuple(entry[2] for entry in entries if not isinstance(entry, int))
    if entries == tuple((0, 1, n) for n in x.shape):
        return x
    if x.kind == "put" and isinstance(x.data, Fixed) and x.data.entries == entries:
        return x.parts[0]
    if x.kind == "index" and isinstance(x.data, Fixed):
        return picked(x.parts[0], _of_index(x.data.entries, entries))
    blocks = [_of_block(part, entries, shape) for part in (x.parts if x.kind == "add" else (x,))]
    known = [block for block in blocks if block is not None]
    if len(known) == len(blocks):
        return add(*known)
    if repeats_scalar(x):
        return filled(x.parts[0], shape) if shape else x.parts[0]
    n = math.isqrt(x.shape[0]) if x.ndim == 1 else 0
    if x.kind == "reshape" and x.parts[0].shape == (n, n) and entries == ((0, n + 1, n),):
        return Formula("diagonal of", x.parts, (n,))
    return Formula("index", (x,), shape, Fixed(entries))


def _of_block(x: Formula, entries: Index, shape: Shape) -> Formula | None:
    """What a slice picks of a vector that is 0 but for another slice: all of that, or nothing."""
    scalars, rest = scaled(x)
    if rest.kind != "put" or not isinstance(rest.data, Fixed) or len(entries) != 1:
        return None
    (own,), (wanted,) = rest.data.entries, entries
    if own == wanted:
        return product(*scalars, rest.parts[0])
    if isinstance(own, int) or isinstance(wanted, int) or own[1] != 1 or wanted[1] != 1:
        return None
    apart = own[0] + own[2] <= wanted[0] or wanted[0] + wanted[2] <= own[0]
    return zero(shape) if apart else None


def _of_index(inner: Index, outer: Index) -> Index:
    """The index that picks by one index from what another has picked."""
    left = list(outer)
    return tuple(entry if isinstance(entry, int) else _of_slice(entry, left.pop(0)) for entry in inner)


def _of_slice(inner: tuple[int, int, int], outer: Entry) -> Entry:
    start, step, _ = inner
    if isinstance(outer, int):
        return start + step * outer
    return start + step * outer[0], step * outer[1], outer[2]


def without_unit_axes(x: Formula, shape: Shape) -> Formula | None:
    """What is picked, reshaped, as another index; None where it is not that."""
    if x.kind != "index" or not isinstance(x.data, Fixed):
        return None
    dropped = x.ndim - len(shape)
    entries: list[Entry] = []
    for entry in x.data.entries:
        unit = not isinstance(entry, int) and entry[2] == 1 and dropped > 0
        entries.append(entry[0] if unit and not isinstance(entry, int) else entry)
        dropped -= unit
    found = picked(x.parts[0], tuple(entries))
    return found if found.shape == shape else None


def put(x: Formula, where: Fixed | Given, places: Sequence[Formula], shape: Shape) -> Formula:
    """Zeros of a shape but for x at an index; where a place comes again, the sum of what is put there."""
    scalars, rest = scaled(x)
    if repeats_scalar(x):
        scalars, rest = [x.parts[0]], ones(x.shape)
    if is_number(x) and x.data < 0:
        scalars, rest = [number(-1)], number(-x.data)
    if scalars:
        return product(*scalars, put(rest, where, places, shape))
    if isinstance(where, Fixed) and where.entries == _turned_around(shape, where.entries):
        return picked(x, where.entries)
    return Formula("put", (x, *places), shape, where)


def _turned_around(shape: Shape, like: Index) -> Index:
    """The index of all elements, each axis from its end where that index has it so; it undoes itself."""
    steps = [1 if isinstance(entry, int) else entry[1] for entry in like]
    return tuple((0, 1, n) if step > 0 else (n - 1, -1, n) for step, n in zip(steps, shape, strict=True))


def one_hot(x: Formula) -> Formula | int | None:
    """The place of a vector's only 1, or those in each row of a matrix; None of other zeros."""
    if x.kind != "put" or not (is_number(x.parts[0], 1) or x.parts[0].kind == "ones"):
        return None
    if type(x.data) is Fixed and x.ndim == 1 and isinstance(x.data.entries[0], int):
        return x.data.entries[0]
    return x.parts[2] if puts_in_each_row(x) else None


def puts_in_each_row(x: Formula) -> bool:
    """Whether one number is put into each row of a matrix."""
    if x.kind != "put" or x.ndim != 2 or len(x.parts) != 3 or x.data.batch:
        return False
    value, rows, _ = x.parts
    each = rows.kind == "literal" and np.array_equal(rows.data.value, np.arange(x.shape[0]))
    return each and value.shape == x.shape[:1]


def put_value(formula: Formula, x: Any, *places: Any) -> Any:
    """The value of what :func:`put` writes."""
    return formula.data.put(np.asarray(x), *places, shape=formula.shape)


REBUILT["index"] = lambda f, parts: (
    picked(parts[0], f.data.entries) if isinstance(f.data, Fixed) else replace(f, parts=parts)
)
REBUILT["put"] = lambda f, parts: put(parts[0], f.data, parts[1:], f.shape)
