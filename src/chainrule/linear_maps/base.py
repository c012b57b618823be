"""A Jacobian as a linear map from the space of one array to that of another."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING

import numpy as np

from ..graph import Node, Shape, constant, op, reshape

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Label = Callable[[Node], str]

FEW = 16  # operations between constants and a value that is known without running the graph


class LinearMap:
    """The Jacobian ∂target/∂source of arrays of two shapes, its parts being nodes of a graph.

    A subclass gives ``push``, the product J·v, and ``T``, the transposed map; ``pull``, pᵀ·J, is the push of
    the transpose. Both take arrays with any number of leading batch axes, so that pushing the identity
    yields the whole matrix. Rows are outputs, columns are inputs.
    """

    source: Shape
    target: Shape

    def push(self, v: Node) -> Node:
        """J·v: forward mode. ``v`` has shape (*batch, *source); the result (*batch, *target)."""
        raise NotImplementedError(type(self).__name__)

    @property
    def T(self) -> LinearMap:
        """The transposed map, from target to source."""
        raise NotImplementedError(type(self).__name__)

    def pull(self, p: Node) -> Node:
        """pᵀ·J: reverse mode. ``p`` has shape (*batch, *target); the result (*batch, *source)."""
        return self.T.push(p)

    @property
    def guards(self) -> bool:
        """Whether a zero that leaves this map must stay zero, whatever it is multiplied with later."""
        return False

    @property
    def mixes(self) -> bool:
        """Whether every output may depend on every input, so that no zero carries over."""
        return False

    def absorbing(self) -> LinearMap:
        """The same map, with 0·∞ = 0."""
        return self

    def matrix(self) -> Node:
        """The Jacobian as a matrix of shape (outputs, inputs), C order on both sides."""
        rows, columns = size(self.target), size(self.source)
        if rows <= columns:
            basis = constant(np.eye(rows).reshape(rows, *self.target))
            return reshape(self.pull(basis), (rows, columns))
        basis = constant(np.eye(columns).reshape(columns, *self.source))
        return op.transpose(reshape(self.push(basis), (columns, rows)), axes=(1, 0))

    def pattern(self) -> csr_array:
        """Where the matrix may be non-zero, as a sparse matrix of booleans (outputs × inputs).

        It counts what may be non-zero at any point: only zeros of constants are known to be zeros.
        """
        raise NotImplementedError(type(self).__name__)

    def reached(self, inputs: np.ndarray) -> np.ndarray:
        """Which outputs may depend on any of the inputs that are marked."""
        return np.asarray(self.pattern() @ inputs, bool)

    @property
    def entries(self) -> int:
        """How many entries :meth:`pattern` has to write down, at most."""
        return size(self.target) * size(self.source)

    @property
    def blocks(self) -> int:
        """A number of equal blocks, one after the other on the diagonal, outside which the matrix is zero.

        So is the matrix made of any number of blocks that divides this one.
        """
        return 1

    def block_array(self) -> Node | None:
        """The blocks as one array of shape (:attr:`blocks`, rows, columns), or None.

        None where the map does not hold their elements, so that they would have to be multiplied out.
        """
        return None

    def show(self, label: Label) -> str:
        """The map as a formula, its parts written by their labels."""
        raise NotImplementedError(type(self).__name__)

    def __str__(self) -> str:
        return self.show(lambda node: node.op)


def batch_rank(v: Node, shape: Shape) -> int:
    """How many leading batch axes an array has beside the shape that a map expects."""
    return v.ndim - len(shape)


def size(shape: Shape) -> int:
    """How many elements an array of that shape has."""
    return math.prod(shape)


def known_value(node: Node) -> np.ndarray | None:
    """The value of a node that a few operations compute from constants alone, else None."""
    values: dict[Node, np.ndarray] = {}
    pending = [node]
    while pending:
        current = pending[-1]
        waiting = [operand for operand in current.inputs if operand not in values]
        if current.op == "input" or len(values) + len(pending) > FEW:
            return None
        pending += waiting
        if not waiting:
            operands = [values[operand] for operand in current.inputs]
            with np.errstate(all="ignore"):
                values[pending.pop()] = np.asarray(current.primitive.evaluate(*operands, **current.params))
    return values[node]


def common_prefix(a: Sequence[object], b: Sequence[object]) -> int:
    """How many elements two sequences begin with in common."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False)))


def places(indices: tuple[np.ndarray, ...], values: np.ndarray, shape: tuple[int, int]) -> csr_array:
    """The pattern of entries at (rows, columns), of which those with the value 0 are left out."""
    from scipy.sparse import csr_array

    kept = np.flatnonzero(values)
    rows, columns = (index[kept] for index in indices)
    return csr_array((np.ones(kept.size, np.int8), (rows, columns)), shape=shape).astype(bool)


def selection(indices: np.ndarray, columns: int) -> csr_array:
    """The 0/1 matrix whose row i has its one in column indices[i]."""
    from scipy.sparse import csr_array

    flat = np.asarray(indices).reshape(-1)
    return csr_array((np.ones(flat.size, bool), flat, np.arange(flat.size + 1)), shape=(flat.size, columns))
