"""Plans: how the Jacobian of a graph is computed, as graphs of its entries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ..graph import ArrayType, Graph, Node, constant, op, reshape, zeros
from .accumulation import Accumulation, compressed
from .blocks import BlockMatrix
from .bracketing import Bracket, Structure
from .chains import Chain
from .colouring import Colouring, entries
from .counting import NOTHING, Work
from .patterns import pattern_of

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(slots=True)
class Task:
    """The Jacobian that is asked for: of a graph's outputs by some of its inputs.

    ``symmetric``: it is known to be, being a Hessian.
    """

    graph: Graph
    wrt: tuple[Node, ...]
    chain: Chain
    symmetric: bool = False
    _pattern: csr_array | None = field(default=None, init=False)

    @property
    def structure(self) -> Structure:
        """The matrix, as the most blocks on the diagonal that are known to hold all of it."""
        blocks = np.gcd.reduce([segment.structure.blocks for segment in self.chain.segments] or [1])
        rows, columns = (sum(node.type.size for node in end) for end in (self.graph.outputs, self.wrt))
        return Structure(rows, columns, int(blocks))

    @property
    def dtype(self) -> np.dtype:
        """The dtype of the matrix."""
        nodes = (*self.wrt, *[node for node in self.graph.outputs if node.type.is_float])
        found: np.dtype = np.result_type(*[node.dtype for node in nodes])
        return found

    @property
    def is_zero(self) -> bool:
        """Whether the matrix has no elements, or no output depends on an input."""
        ends = [end for segment in self.chain.segments for end in (segment.sources, segment.targets)]
        sizes = [sum(node.type.size for node in end) for end in ends]
        return not all(sizes) or not self.chain.segments

    def pattern(self, most: float = np.inf) -> csr_array | None:
        """Where the matrix may be non-zero; None where that would take more than ``most`` entries to find."""
        if self._pattern is None:
            found = pattern_of(self.graph, self.wrt, self.chain, most)
            self._pattern = _mirrored(found) if self.symmetric and found is not None else found
        return self._pattern

    def whole_pattern(self) -> csr_array:
        """The pattern, whatever it takes."""
        return self.pattern()


def _mirrored(pattern: csr_array) -> csr_array:
    """The pattern with the mirror image of every entry."""
    both = (pattern + pattern.T).tocsr().astype(bool)
    both.sort_indices()
    return both


@dataclass(frozen=True)
class Plan:
    """A way to compute a Jacobian; subclasses say which.

    Attributes:
        task: the Jacobian.
        predicted: the work that the factors' costs foretell.
    """

    task: Task
    predicted: Work

    @property
    def passes(self) -> tuple[int, int]:
        """How many vectors are pushed, and how many pulled, through the graph or a part of it."""
        raise NotImplementedError(type(self).__name__)

    def blocks(self, blocks: int) -> BlockMatrix:
        """The matrix as so many blocks; one is the whole."""
        raise NotImplementedError(type(self).__name__)

    def sparse(self) -> tuple[Node, csr_array]:
        """The entries in one vector, and the pattern in whose order they stand."""
        raise NotImplementedError(type(self).__name__)

    def entries(self) -> Node:
        """All entries that are computed."""
        return self.blocks(self.task.structure.blocks).blocks


@dataclass(frozen=True)
class NoPlan(Plan):
    """Of a matrix of zeros."""

    predicted: Work = NOTHING

    @property
    def passes(self) -> tuple[int, int]:
        return 0, 0

    def blocks(self, blocks: int) -> BlockMatrix:
        s = self.task.structure.coarser(blocks)
        shape = (blocks, s.block_rows, s.block_columns)
        return BlockMatrix(s, zeros(ArrayType(shape, self.task.dtype)))

    def sparse(self) -> tuple[Node, csr_array]:
        from scipy.sparse import csr_array

        s = self.task.structure
        return zeros(ArrayType((0,), self.task.dtype)), csr_array((s.rows, s.columns), dtype=bool)


@dataclass(frozen=True)
class Bracketed(Plan):
    """The factors of the chain multiplied in the order of a bracketing."""

    bracket: Bracket

    @property
    def passes(self) -> tuple[int, int]:
        return self._passes(self.bracket)

    def mode(self, bracket: Bracket) -> str:
        """How a product is come by: in "forward" or "reverse" mode, as a "product" of two matrices, or
        "given" by the graph."""
        modes = {"columns": "forward", "push": "forward", "rows": "reverse", "pull": "reverse"}
        return modes.get(bracket.how, bracket.how)

    def _passes(self, bracket: Bracket) -> tuple[int, int]:
        """A pass that goes on where an earlier one of its mode ended is counted once."""
        mode, own = self.mode(bracket), bracket.structure
        parts = [self._passes(part) for part in bracket.parts]
        pushes, pulls = sum(part[0] for part in parts), sum(part[1] for part in parts)
        going_on = any(self.mode(part) == mode for part in bracket.parts)
        if mode == "forward":
            pushes = max(pushes, own.block_columns) if going_on else pushes + own.block_columns
        if mode == "reverse":
            pulls = max(pulls, own.block_rows) if going_on else pulls + own.block_rows
        return pushes, pulls

    def blocks(self, blocks: int) -> BlockMatrix:
        return Accumulation(self.task.chain).matrix(self.bracket).coarser(blocks)

    def sparse(self) -> tuple[Node, csr_array]:
        matrix = Accumulation(self.task.chain).matrix(self.bracket)
        s = matrix.structure
        pattern = self.task.pattern(max(LOOKED_AT, 2 * s.entries))
        flat = reshape(matrix.blocks, (s.entries,))
        if pattern is None or pattern.nnz == s.entries:
            return flat, _of_blocks(s)
        row, column = entries(pattern)
        return op.gather(flat, constant(_within(s, row, column)), batch=0), pattern


@dataclass(frozen=True)
class Compressed(Plan):
    """The entries of the pattern, by passes that each find all columns, or rows, of one colour."""

    colouring: Colouring
    pattern: csr_array

    @property
    def passes(self) -> tuple[int, int]:
        return self.colouring.pushes, self.colouring.pulls

    def sparse(self) -> tuple[Node, csr_array]:
        places = self.colouring.places(self.pattern)
        return compressed(self.task.wrt, self.task.graph.outputs, self.colouring, places), self.pattern

    def blocks(self, blocks: int) -> BlockMatrix:
        data, pattern = self.sparse()
        s = self.task.structure.coarser(blocks)
        places = constant(_within(s, *entries(pattern)))
        flat = op.scatter_add(data, places, shape=(s.entries,), batch=0)
        return BlockMatrix(s, reshape(flat, (blocks, s.block_rows, s.block_columns)))


LOOKED_AT = 1e6  # entries of patterns that are written down in any case, to look for zeros


def _within(structure: Structure, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Where entries stand in the array of blocks."""
    places: np.ndarray = row * structure.block_columns + column % structure.block_columns
    return places


def _of_blocks(structure: Structure) -> csr_array:
    """The pattern of full blocks."""
    from scipy.sparse import csr_array

    rows, width = np.arange(structure.rows), structure.block_columns
    columns = (rows // structure.block_rows * width)[:, None] + np.arange(width)
    starts = np.arange(structure.rows + 1) * width
    return csr_array(
        (np.ones(columns.size, bool), columns.reshape(-1), starts), shape=(structure.rows, structure.columns)
    )
