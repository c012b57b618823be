"""Colourings of symmetric matrices, whose entries stand twice: one of the two is enough.

In a star colouring neighbours differ, and every path over four vertices has at least three colours. Then each
entry, or its mirror image, is alone of its colour in its row, and pushes of the colours find the matrix.

Source: Coleman and Moré, "Estimation of sparse Hessian matrices and graph coloring problems" (1984);
Gebremedhin, Manne and Pothen, "What color is your Jacobian?" (2005), algorithm 4.1; Fertin, Raspaud and Reed,
"Star coloring of graphs" (2004): a grid of d axes takes at most 2d + 1 colours, its stencil's entries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from .colouring import NONE, Colouring, entries

if TYPE_CHECKING:
    from scipy.sparse import csr_array

MOST_STEPS = 2e7  # of the search: the sum of the squared numbers of neighbours


def star_colourings(pattern: csr_array, known: float = np.inf) -> Iterator[Colouring]:
    """Star colourings of a symmetric pattern; none where finding them would take long.

    Nor where the passes that are ``known`` are as few as most rows have entries, as for bands, blocks and
    grids, which no star colouring is known to undercut.
    """
    neighbours = np.diff(pattern.indptr)
    if known <= np.median(neighbours) or float(neighbours @ neighbours) > MOST_STEPS:
        return
    for order in (np.arange(len(neighbours)), np.argsort(-neighbours, kind="stable")):
        yield _colouring(pattern, _StarColouring(pattern).colour(order.tolist()))


def _colouring(pattern: csr_array, colours: np.ndarray) -> Colouring:
    row, column = entries(pattern)
    alone = _alone(row * (colours.max(initial=0) + 1) + colours[column])
    nothing = np.full(len(colours), NONE)
    return Colouring(colours, nothing, np.zeros(len(row), bool), ~alone)


def _alone(keys: np.ndarray) -> np.ndarray:
    """Whether each key occurs once only."""
    _, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    single: np.ndarray = counts[inverse] == 1
    return single


class _StarColouring:
    """Vertices coloured one after the other, each with the first colour that closes no two-coloured path.

    ``around[v][c]`` is how many neighbours of v have the colour c.
    """

    def __init__(self, pattern: csr_array) -> None:
        starts, columns = pattern.indptr.tolist(), pattern.indices.tolist()
        self.neighbours = [
            [w for w in columns[starts[v] : starts[v + 1]] if w != v] for v in range(pattern.shape[0])
        ]
        self.isolated = [starts[v] == starts[v + 1] for v in range(pattern.shape[0])]
        self.around: list[dict[int, int]] = [defaultdict(int) for _ in self.neighbours]
        self.colours = [NONE] * len(self.neighbours)

    def colour(self, order: list[int]) -> np.ndarray:
        """The colours of all vertices, taken in an order."""
        for v in order:
            if self.isolated[v]:
                continue
            forbidden = self._forbidden(v)
            colour = next(c for c in range(len(forbidden) + 1) if c not in forbidden)
            self.colours[v] = colour
            for w in self.neighbours[v]:
                self.around[w][colour] += 1
        return np.array(self.colours, np.intp)

    def _forbidden(self, v: int) -> set[int]:
        """The colours of neighbours, and those that would close a path of two colours over four vertices:
        with v inside it, between two neighbours of one colour, or at its end."""
        forbidden = {c for c, count in self.around[v].items() if count}
        for w in self.neighbours[v]:
            colour = self.colours[w]
            if colour == NONE:
                continue
            inside = self.around[v][colour] > 1
            for x in self.neighbours[w]:
                if x != v and self.colours[x] != NONE and (inside or self.around[x][colour] > 1):
                    forbidden.add(self.colours[x])
        return forbidden
