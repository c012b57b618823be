"""Block-diagonal matrices as nodes: their blocks are one array of shape (blocks, rows, columns)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..graph import Node, constant, op, reshape
from .bracketing import Structure


@dataclass(frozen=True, slots=True)
class BlockMatrix:
    """The blocks of a matrix of a structure, in one node."""

    structure: Structure
    blocks: Node

    @classmethod
    def of_columns(cls, columns: Node, structure: Structure) -> BlockMatrix:
        """From an array of shape (columns of a block, rows): what forward mode gives.

        Column j holds the j-th columns of all blocks, one below the other.
        """
        s = structure
        stacked = reshape(columns, (s.block_columns, s.blocks, s.block_rows))
        return cls(s, op.transpose(stacked, axes=(1, 2, 0)))

    @classmethod
    def of_rows(cls, rows: Node, structure: Structure) -> BlockMatrix:
        """From an array of shape (rows of a block, columns): what reverse mode gives."""
        s = structure
        stacked = reshape(rows, (s.block_rows, s.blocks, s.block_columns))
        return cls(s, op.transpose(stacked, axes=(1, 0, 2)))

    def columns(self) -> Node:
        """The array that :meth:`of_columns` takes."""
        flat = (self.structure.block_columns, self.structure.rows)
        return reshape(op.transpose(self.blocks, axes=(2, 0, 1)), flat)

    def rows(self) -> Node:
        """The array that :meth:`of_rows` takes."""
        flat = (self.structure.block_rows, self.structure.columns)
        return reshape(op.transpose(self.blocks, axes=(1, 0, 2)), flat)

    def coarser(self, blocks: int) -> BlockMatrix:
        """The same matrix as fewer, larger blocks, with zeros between those that there were."""
        if blocks == self.structure.blocks:
            return self
        s, larger = self.structure, self.structure.coarser(blocks)
        row = np.arange(s.rows).reshape(s.blocks, s.block_rows, 1)
        column = np.arange(s.columns).reshape(s.blocks, 1, s.block_columns) % larger.block_columns
        places = constant((row * larger.block_columns + column).reshape(-1))
        flat = op.scatter_add(reshape(self.blocks, (s.entries,)), places, shape=(larger.entries,), batch=0)
        return BlockMatrix(larger, reshape(flat, (blocks, larger.block_rows, larger.block_columns)))

    def matrix(self) -> Node:
        """The whole matrix, of shape (rows, columns)."""
        return reshape(self.coarser(1).blocks, (self.structure.rows, self.structure.columns))

    def times(self, right: BlockMatrix, *, absorbing: bool) -> BlockMatrix:
        """The product with a matrix on the right; ``absorbing``: with 0·∞ = 0."""
        left, s = self, self.structure @ right.structure
        if s.blocks not in (left.structure.blocks, right.structure.blocks):
            return left._times_unaligned(right, absorbing)
        fine = max(left.structure.blocks, right.structure.blocks) // s.blocks
        a, b = (_as_parts(matrix, s.blocks, fine, axis) for matrix, axis in ((left, 2), (right, 1)))
        product = _summed(
            a, b, left.structure.blocks == s.blocks, right.structure.blocks == s.blocks, absorbing
        )
        return BlockMatrix(s, reshape(product, (s.blocks, s.block_rows, s.block_columns)))

    def _times_unaligned(self, right: BlockMatrix, absorbing: bool) -> BlockMatrix:
        """The product where neither number of blocks divides the other.

        What is summed over is cut where a block of either ends; the products of the pieces overlap.
        """
        a, b, s = self.structure, right.structure, self.structure @ right.structure
        pieces = math.lcm(a.blocks, b.blocks)
        x = _as_parts(self, a.blocks, pieces // a.blocks, 2)
        y = _as_parts(right, b.blocks, pieces // b.blocks, 1)
        length = a.columns // pieces
        x = reshape(op.transpose(x, axes=(0, 2, 1, 3)), (pieces, a.block_rows, length))
        y = reshape(y, (pieces, length, b.block_columns))
        product = _summed(x, y, True, True, absorbing)
        piece = np.arange(pieces)[:, None, None]
        row = piece // (pieces // a.blocks) * a.block_rows + np.arange(a.block_rows)[:, None]
        column = piece // (pieces // b.blocks) * b.block_columns + np.arange(b.block_columns)
        places = constant((row * s.block_columns + column % s.block_columns).reshape(-1))
        flat = op.scatter_add(reshape(product, (product.type.size,)), places, shape=(s.entries,), batch=0)
        return BlockMatrix(s, reshape(flat, (s.blocks, s.block_rows, s.block_columns)))


def _as_parts(matrix: BlockMatrix, blocks: int, fine: int, shared: int) -> Node:
    """The blocks as (blocks, parts, rows, columns) where they are finer than those of the product, else with
    the axis that is summed over, ``shared``, taken apart into (parts, length of a part)."""
    rows, columns = matrix.structure.block_rows, matrix.structure.block_columns
    if matrix.structure.blocks != blocks:
        return reshape(matrix.blocks, (blocks, fine, rows, columns))
    if fine == 1:
        return matrix.blocks
    apart = (fine, rows // fine, columns) if shared == 1 else (rows, fine, columns // fine)
    return reshape(matrix.blocks, (blocks, *apart))


def _summed(a: Node, b: Node, left_coarse: bool, right_coarse: bool, absorbing: bool) -> Node:
    """The products for each block g: of wholes, or of the parts p of the one that is finer."""
    turned = left_coarse and not right_coarse
    if a.shape[-1] == 1:  # sums of one term: a diagonal, say
        b = reshape(b, (b.shape[0], 1, b.shape[1], b.shape[3])) if turned else b
        return op.absorb(a, b) if absorbing else a * b
    letters = "gipj,gpjk->gipk" if turned else "gij,gjk->gik" if left_coarse else "gpij,gpjk->gpik"
    return op.absorbing_einsum(a, b, spec=letters) if absorbing else op.einsum(a, b, spec=letters)
