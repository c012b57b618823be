"""Where a Jacobian may be non-zero: the patterns of local Jacobians, multiplied and added along the graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from ..graph import Graph, Node
from ..linear_maps import LinearMap
from .chains import Chain, Edges

if TYPE_CHECKING:
    from scipy.sparse import csr_array


class TooManyEntries(Exception):  # noqa: N818 - not an error: what is asked for would cost too much
    """A pattern would have more entries than the budget allows."""


@dataclass(frozen=True, slots=True)
class Rows:
    """A pattern whose full rows are marked, not written down.

    ``sparse`` has the entries of the other rows; in those that are full it has none.
    """

    full: np.ndarray
    sparse: csr_array


@dataclass(slots=True)
class Budget:
    """How many entries may still be written down."""

    entries: float

    def spend(self, entries: float) -> None:
        """Raises :class:`TooManyEntries` where there are no more left."""
        self.entries -= entries
        if self.entries < 0:
            raise TooManyEntries


def pattern_of(graph: Graph, wrt: Sequence[Node], chain: Chain, most: float = np.inf) -> csr_array | None:
    """The pattern of the Jacobian of a graph's outputs by ``wrt``, outputs × inputs.

    It holds at every point: ``where`` and ``max`` count all their branches. None where more than ``most``
    entries would have to be written down on the way.
    """
    try:
        return _pattern(graph, wrt, chain.edges, Budget(most))
    except TooManyEntries:
        return None


def _pattern(graph: Graph, wrt: Sequence[Node], edges: Edges, budget: Budget) -> csr_array:
    from scipy.sparse import csr_array, vstack

    columns = sum(node.type.size for node in wrt)
    known = _of_inputs(wrt, columns)
    for node, local in edges.items():
        terms = [_times(jacobian, known[operand], budget) for operand, jacobian in local]
        known[node] = _sum(terms, columns)
    nothing = {n: csr_array((n.type.size, columns), dtype=bool) for n in graph.outputs if n not in known}
    blocks = [nothing[n] if n in nothing else _written(known[n], columns, budget) for n in graph.outputs]
    stacked = csr_array(vstack(blocks, format="csr", dtype=bool))
    stacked.sort_indices()
    return stacked


def _of_inputs(wrt: Sequence[Node], columns: int) -> dict[Node, Rows]:
    """Identities at the columns of each input; one that is given twice has two."""
    from scipy.sparse import csr_array

    found: dict[Node, list[Rows]] = {}
    start = 0
    for node in wrt:
        n = node.type.size
        identity = csr_array((np.ones(n, bool), np.arange(start, start + n), np.arange(n + 1)), (n, columns))
        found.setdefault(node, []).append(Rows(np.zeros(n, bool), identity))
        start += n
    return {node: _sum(rows, columns) for node, rows in found.items()}


def _times(jacobian: LinearMap, right: Rows, budget: Budget) -> Rows:
    """The product of a local Jacobian's pattern with what is known of its operand."""
    from scipy.sparse import csr_array

    budget.spend(jacobian.entries)
    if not right.sparse.nnz:
        full = jacobian.reached(right.full)
        return Rows(full, csr_array((len(full), right.sparse.shape[1]), dtype=bool))
    left = jacobian.pattern()
    used = np.bincount(left.indices, minlength=left.shape[1])
    budget.spend(float(used @ np.diff(right.sparse.indptr)))
    full = np.asarray(left @ right.full, bool) if right.full.any() else np.zeros(left.shape[0], bool)
    return Rows(full, (left @ right.sparse).astype(bool))


def _sum(terms: Sequence[Rows], columns: int) -> Rows:
    from scipy.sparse import csr_array, diags_array

    full, sparse = reduce(np.logical_or, [term.full for term in terms]), terms[0].sparse
    if not any(term.sparse.nnz for term in terms):
        return Rows(full, sparse)
    for term in terms[1:]:
        sparse = sparse + term.sparse
    full = full | (np.diff(sparse.indptr) == columns)
    if full.any():
        sparse = csr_array(diags_array(~full, dtype=bool) @ sparse, dtype=bool)
        sparse.eliminate_zeros()
    return Rows(full, sparse)


def _written(rows: Rows, columns: int, budget: Budget) -> csr_array:
    """The pattern with the entries of its full rows."""
    from scipy.sparse import csr_array

    budget.spend(float(rows.full.sum()) * columns)
    if not rows.full.any():
        return rows.sparse
    number = np.flatnonzero(rows.full)
    if len(number) == len(rows.full):
        return csr_array(np.ones(rows.sparse.shape, bool))
    places = (np.repeat(number, columns), np.tile(np.arange(columns), len(number)))
    everything = csr_array((np.ones(len(places[0]), bool), places), shape=rows.sparse.shape)
    return csr_array(rows.sparse + everything, dtype=bool)
