"""The shapes of what a product computes at a time."""

from __future__ import annotations

from typing import NamedTuple

from ..kernels import ProductKernel
from ..target import Target

LINE_BYTES = 64  # of a cache
ROWS = 24  # pieces of a product's rows hold whole tiles of the greatest height, whatever their width
FEW_ROWS = 64  # up to which a lower tile for what is left over would be much of the work, and of the code


def panel_width(columns: int, lanes: int, vectors: int) -> int:
    """How many columns a panel has: as many vectors as registers allow, and no more than there are columns.

    >>> panel_width(100, lanes=8, vectors=2), panel_width(3, lanes=8, vectors=2)
    (16, 8)
    """
    return min(vectors, -(-columns // lanes)) * lanes


def panel_width_of(product: ProductKernel, target: Target) -> int:
    """How many columns a panel of a product has on a processor."""
    return panel_width(product.n, target.lanes(product.c.buffer.dtype), target.tile_vectors(product.m))


def active_lanes(columns: int, lanes: int) -> list[int]:
    """Vectors for so many columns: how many lanes of each count.

    >>> active_lanes(13, lanes=8)
    [8, 5]
    """
    full, rest = divmod(columns, lanes)
    return [lanes] * full + [rest] * bool(rest)


class Strip(NamedTuple):
    """A vector for some columns of a tile, from ``start`` on: its lanes, of which the first so many are
    columns; without lanes a number for one column."""

    start: int
    lanes: int
    active: int


def strips(columns: int, lanes: int, fewest: int) -> list[Strip]:
    """Vectors for so many columns, the last one as narrow as the processor has it: of ``fewest`` lanes at
    least. It shares columns with the one before, rather than be read and written in part. A single column is
    no vector.

    >>> strips(10, lanes=8, fewest=4)
    [Strip(start=0, lanes=8, active=8), Strip(start=6, lanes=4, active=4)]
    >>> strips(3, lanes=8, fewest=4)
    [Strip(start=0, lanes=4, active=3)]
    >>> strips(1, lanes=8, fewest=4)
    [Strip(start=0, lanes=0, active=1)]
    """
    if columns == 1:
        return [Strip(0, 0, 1)]
    full, rest = divmod(columns, lanes)
    found = [Strip(j * lanes, lanes, lanes) for j in range(full)]
    if rest:
        narrow = max(fewest, 1 << (rest - 1).bit_length())
        found.append(Strip(columns - narrow, narrow, narrow) if full else Strip(0, narrow, rest))
    return found


def tile_height(rows: int, most: int, piece: int = 0) -> int:
    """How many rows a tile has: as many as registers allow, or fewer if then nothing is left over, or if else
    the last tile would be much lower than the others.

    Where the rows are divided, it is the greatest height of which a ``piece`` of so many holds whole tiles.

    >>> tile_height(16, most=6), tile_height(20, most=6), tile_height(13, most=6), tile_height(128, most=6)
    (4, 5, 5, 6)
    >>> tile_height(128, most=8, piece=24), tile_height(128, most=8, piece=12)
    (8, 6)
    """
    if piece:
        return next(height for height in range(most, 0, -1) if not piece % height)
    if rows > FEW_ROWS:
        return most
    whole = [height for height in range(most, most // 2, -1) if not rows % height]
    return whole[0] if whole else -(-rows // -(-rows // most))
