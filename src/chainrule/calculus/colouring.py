"""Colourings: which columns, or rows, of a sparse matrix one pass can find together.

Columns that have no row in common can be pushed through as one vector: each element of the result belongs to
one of them. So a colouring of the columns in which no row meets a colour twice gives the whole matrix in as
many passes of forward mode as there are colours; the same for rows and reverse mode, and for both together,
where a few dense rows are pulled and the other rows' entries are pushed, or the other way round.

Source: Curtis, Powell and Reid, "On the estimation of sparse Jacobian matrices" (1974); Coleman and Verma,
"The efficient computation of sparse Jacobian matrices using automatic differentiation" (1998); Culberson,
"Iterated greedy graph coloring and the difficulty landscape" (1992).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from ..graph import Shape

if TYPE_CHECKING:
    from scipy.sparse import csr_array

NONE = -1  # the colour of a row or column that takes part in no pass
SPLITS = 4  # ways to part dense rows from the others that are tried
MOST_STRIDES = 100  # regular colourings of a grid that are tried
ROUNDS = 6  # in which colours are given anew, those of the last first: it never takes more of them
LOOKED_AT_AGAIN = 200_000  # entries of a pattern, up to which they are
MOST_STEPS = 2e9  # of the search: entries, times colours to choose from
DEGREES = 32  # numbers of entries of a row that are looked at as the border between dense rows and others


@dataclass(frozen=True, slots=True)
class Colouring:
    """The colour of every column and of every row of a pattern, and by which of the two an entry is found.

    ``by_row`` says so of each entry, in the pattern's order; ``mirrored`` that its mirror image is read in
    its place, the matrix being symmetric.
    """

    columns: np.ndarray
    rows: np.ndarray
    by_row: np.ndarray
    mirrored: np.ndarray

    @property
    def pushes(self) -> int:
        return _count(self.columns)

    @property
    def pulls(self) -> int:
        return _count(self.rows)

    @property
    def passes(self) -> int:
        return self.pushes + self.pulls

    def places(self, pattern: csr_array) -> np.ndarray:
        """Where each entry stands among the results of all pushes, one after the other, then of all pulls."""
        row, column = entries(pattern)
        row, column = np.where(self.mirrored, column, row), np.where(self.mirrored, row, column)
        height, width = pattern.shape
        pushed = self.columns[column] * height + row
        pulled = self.rows[row] * width + column + self.pushes * height
        found: np.ndarray = np.where(self.by_row, pulled, pushed)
        return found


def entries(pattern: csr_array) -> tuple[np.ndarray, np.ndarray]:
    """The row and the column of every entry, in order."""
    return np.repeat(np.arange(pattern.shape[0]), np.diff(pattern.indptr)), pattern.indices.astype(np.intp)


def fewest_passes(
    pattern: csr_array, most: float = np.inf, rows: Shape = (), columns: Shape = ()
) -> Colouring | None:
    """The colouring of columns, rows or both that needs fewest passes, if these are not above ``most``.

    ``rows`` and ``columns`` are the shapes of the arrays whose elements they are, where there is one: on a
    grid, regular colourings are tried.
    """
    best: tuple[np.ndarray, np.ndarray] | None = None
    by_row = np.zeros(0, bool)
    for turned, view, grid in ((False, pattern, columns), (True, pattern.T.tocsr(), rows)):
        for least, dense in _borders(view):
            if least > most or (best and least >= _passes(*best)):
                continue
            found = _parted(view, dense, grid)
            if best is None or _passes(*found) < _passes(*best):
                best = found[::-1] if turned else found
                row, column = entries(pattern)
                by_row = ~dense[column] if turned else dense[row]
    if best is None or _passes(*best) > most:
        return None
    return Colouring(*best, by_row, np.zeros(len(by_row), bool))


def _passes(*colours: np.ndarray) -> int:
    return sum(map(_count, colours))


def _parted(pattern: csr_array, dense: np.ndarray, grid: Shape) -> tuple[np.ndarray, np.ndarray]:
    """Colours of the columns, for the rows that are not dense, and colours of the dense rows."""
    columns = greedy(_rows_of(pattern, ~dense), grid)
    rows = np.full(len(dense), NONE)
    if dense.any():
        rows[dense] = greedy(pattern[np.flatnonzero(dense)].T.tocsr())
    return columns, rows


def _rows_of(pattern: csr_array, kept: np.ndarray) -> csr_array:
    return pattern if kept.all() else pattern[np.flatnonzero(kept)]


def _borders(pattern: csr_array) -> list[tuple[int, np.ndarray]]:
    """Which rows may count as dense, none of them first, with a number of passes that must at least be."""
    degrees = np.diff(pattern.indptr)
    distinct = np.unique(degrees)[::-1]
    chosen = distinct[: -1 : max(len(distinct) // DEGREES, 1)]
    promising = sorted((_fewest_with(pattern, degrees >= least), int(least)) for least in chosen)
    fullest = int(degrees.max(initial=0))
    splits = [(few, degrees >= least) for few, least in promising[:SPLITS] if few < fullest]
    return [(fullest, np.zeros(len(degrees), bool)), *splits]


def _fewest_with(pattern: csr_array, dense: np.ndarray) -> int:
    """A number of passes that no colouring with these dense rows can undercut."""
    by_column = np.bincount(pattern[np.flatnonzero(dense)].indices, minlength=1)
    return int(by_column.max() + np.diff(pattern.indptr)[~dense].max(initial=0))


def greedy(pattern: csr_array, grid: Shape = ()) -> np.ndarray:
    """A colour for each column that has entries, such that no row meets a colour twice.

    As few colours as the fullest row has entries cannot be undercut; they are enough for bands, blocks and
    stencils on a grid. Where the search would take long, each column has its own.
    """
    degrees = np.diff(pattern.tocsc().indptr)
    least = int(np.diff(pattern.indptr).max(initial=0))
    if least == np.count_nonzero(degrees):
        return _compact(np.arange(len(degrees)), degrees)
    for cyclic in _cyclic(len(degrees), least, grid):
        if _is_colouring(pattern, cyclic):
            return _compact(cyclic, degrees)
    if pattern.nnz * least > MOST_STEPS:
        return _compact(np.arange(len(degrees)), degrees)
    columns = pattern.tocsc()
    orders = (np.arange(len(degrees)), np.argsort(-degrees, kind="stable"))
    found = [_first_fit(columns, order.tolist()) for order in orders]
    found += [colours for colours in _around(len(degrees), least) if _is_colouring(pattern, colours)]
    best = min(found, key=_count)
    for _ in range(ROUNDS if pattern.nnz <= LOOKED_AT_AGAIN else 0):
        if _count(best) > least:
            best = _first_fit(columns, np.argsort(-best, kind="stable").tolist())
    return _compact(best, degrees)


def _around(count: int, width: int) -> Iterator[np.ndarray]:
    """Colours of a band that is closed to a ring: one more in as many rounds as there are columns over."""
    longer = count % width
    rounds = (count - longer * (width + 1)) // width
    if rounds >= 0:
        yield np.concatenate([np.tile(np.arange(width), rounds), np.tile(np.arange(width + 1), longer)])


def _cyclic(count: int, colours: int, grid: Shape) -> Iterator[np.ndarray]:
    """Colours that go round and round: along the columns, or along the axes of the grid with some stride."""
    yield np.arange(count) % colours
    if len(grid) > 1 and math.prod(grid) == count and colours ** (len(grid) - 1) <= MOST_STRIDES:
        places = np.indices(grid).reshape(len(grid), -1)
        for strides in product(range(colours), repeat=len(grid) - 1):
            yield (np.array([*strides, 1]) @ places) % colours


def _is_colouring(pattern: csr_array, colours: np.ndarray) -> bool:
    row, column = entries(pattern)
    met = np.sort(row * (int(colours.max(initial=0)) + 1) + colours[column])
    return bool(np.all(met[1:] != met[:-1]))


def _first_fit(columns: Any, order: Sequence[int]) -> np.ndarray:
    """Each column in order gets the first colour that none of its rows has met; bit c stands for colour c."""
    met = [0] * columns.shape[0]
    starts, rows = columns.indptr.tolist(), columns.indices.tolist()
    colours = np.zeros(columns.shape[1], np.intp)
    for column in order:
        own = rows[starts[column] : starts[column + 1]]
        taken = 0
        for row in own:
            taken |= met[row]
        free = ~taken & (taken + 1)
        colours[column] = free.bit_length() - 1
        for row in own:
            met[row] |= free
    return colours


def _compact(colours: np.ndarray, degrees: np.ndarray) -> np.ndarray:
    """The colours numbered without gaps; none for columns without entries."""
    compact = np.full(len(colours), NONE)
    used = degrees > 0
    compact[used] = np.unique(colours[used], return_inverse=True)[1]
    return compact


def _count(colours: np.ndarray) -> int:
    return int(colours.max(initial=NONE)) + 1
