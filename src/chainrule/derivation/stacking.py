"""Arrays one below the other or side by side, as block vectors and matrices are written: [a; b], [A, B]."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate

from .arithmetic import add, product, scaled
from .formula import ZERO, Formula
from .indices import Fixed
from .places import picked


def stacked(parts: Sequence[Formula], axis: int) -> Formula:
    """Vectors one below the other; matrices so (axis 0) or side by side (axis 1)."""
    first, length = parts[0].shape, sum(part.shape[axis] for part in parts)
    return Formula("stack", tuple(parts), (*first[:axis], length, *first[axis + 1 :]), axis)


def stacked_puts(terms: Sequence[Formula]) -> Formula | None:
    """A sum of arrays put at slices that lie apart, as one stack, 𝟎 between them; None of other sums.

    The derivative by all gates of a cell at once is one of these: [∇_i; ∇_f; ∇_o].
    """
    split = [scaled(term) for term in terms]
    if not all(rest.kind == "put" and isinstance(rest.data, Fixed) for _, rest in split):
        return None
    shape = terms[0].shape
    axes = {axis for _, rest in split for axis in _sliced(rest.data, shape)}
    if len(axes) != 1 or None in axes or len(shape) > 2:
        return None
    axis = axes.pop() or 0
    blocks: list[Formula] = []
    end = 0
    for scalars, rest in sorted(split, key=lambda pair: _start(pair[1].data, axis)):
        start, block = _start(rest.data, axis), rest.parts[0]
        if start < end or block.ndim != len(shape):
            return None
        blocks += [_zeros(shape, axis, start - end)] if start > end else []
        blocks.append(product(*scalars, block))
        end = start + block.shape[axis]
    blocks += [_zeros(shape, axis, shape[axis] - end)] if end < shape[axis] else []
    return stacked(blocks, axis)


def matrix_of_puts(terms: Sequence[Formula]) -> Formula | None:
    """A sum of numbers put at places of a matrix, most of which are taken, row by row; None of other sums."""
    split = [scaled(term) for term in terms]
    shape = terms[0].shape
    if len(shape) != 2 or 2 * len(terms) < math.prod(shape):
        return None
    entries: list[list[Formula]] = [[ZERO] * shape[1] for _ in range(shape[0])]
    for scalars, rest in split:
        place = rest.data.entries if rest.kind == "put" and isinstance(rest.data, Fixed) else ()
        match place:
            case (int(i), int(j)):
                entries[i][j] = add(entries[i][j], product(*scalars, rest.parts[0]))
            case _:
                return None
    return Formula("rows", tuple(Formula("vector", tuple(row), shape[1:]) for row in entries), shape)


def _sliced(index: Fixed, shape: Sequence[int]) -> list[int | None]:
    """The axes of which an index takes a part in one piece; None for those that it takes otherwise."""
    found: list[int | None] = []
    for axis, (entry, n) in enumerate(zip(index.entries, shape, strict=True)):
        if entry != (0, 1, n):
            found.append(axis if not isinstance(entry, int) and entry[1] == 1 else None)
    return found


def _start(index: Fixed, axis: int) -> int:
    entry = index.entries[axis]
    return entry if isinstance(entry, int) else entry[0]


def _zeros(shape: Sequence[int], axis: int, length: int) -> Formula:
    return Formula("zeros", (), (*shape[:axis], length, *shape[axis + 1 :]))


def blocks_of(stack: Formula, whole: Formula) -> dict[Formula, Formula]:
    """The parts of vectors that are joined, by how they are picked from the vector with a name."""
    if stack.kind != "stack" or stack.ndim != 1:
        return {}
    ends = list(accumulate((part.shape[0] for part in stack.parts), initial=0))
    return {
        picked(whole, ((start, 1, part.shape[0]),)): part
        for start, part in zip(ends, stack.parts, strict=False)
        if part.kind == "symbol"
    }
