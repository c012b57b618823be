"""Vectors that a Jacobian is multiplied with: as trees of arrays, or all elements one after the other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import tree
from ..errors import DtypeError, ShapeError
from ..graph import Node, Shape
from ..tracing import Traced


def leaves_of(vector: Any, structure: tree.Structure, nodes: Sequence[Node]) -> tuple[list[Any], Shape]:
    """The arrays of a vector of a structure, one for each node, and the batch axes that lead in all."""
    leaves = tree.leaves_in_order(vector, structure)
    expected = ", ".join(str(node.shape) for node in nodes)
    if len(leaves) != len(nodes):
        raise ShapeError(f"{len(leaves)} arrays", expected=f"{len(nodes)}, one for each of {expected}")
    arrays = [_real(leaf, node.dtype) for leaf, node in zip(leaves, nodes, strict=True)]
    batches = {
        array.shape[: max(array.ndim - node.ndim, 0)] for array, node in zip(arrays, nodes, strict=True)
    }
    for array, node in zip(arrays, nodes, strict=True):
        if array.shape[max(array.ndim - node.ndim, 0) :] != node.shape or len(batches) > 1:
            given = ", ".join(str(array.shape) for array in arrays)
            raise ShapeError(f"a vector of shape {given}", expected=f"{expected}, or one batch of such")
    return arrays, batches.pop() if batches else ()


def _real(vector: Any, dtype: np.dtype | None = None) -> Any:
    """A vector as an array of a dtype, or of its own.

    Raises:
        DtypeError: it holds other things than real numbers.
    """
    array = vector if isinstance(vector, Traced) else np.asarray(vector)
    if array.dtype.kind not in "fiub":
        raise DtypeError(f"a vector of dtype {array.dtype}", expected="real numbers")
    return array if dtype is None or isinstance(array, Traced) else array.astype(dtype, copy=False)


def total(nodes: Sequence[Node]) -> int:
    """How many elements nodes have together."""
    return sum(node.type.size for node in nodes)


def split(stacked: Any, nodes: Sequence[Node]) -> list[Any]:
    """The pieces of stacked columns that belong to each node, one row a column."""
    length = total(nodes)
    shape: tuple[int, ...] = np.shape(stacked)
    if len(shape) not in (1, 2) or shape[0] != length:
        several = f", or {length} rows, a column for each of several vectors"
        raise ShapeError(f"a vector of shape {shape}", expected=f"length {length}{several}")
    columns = np.transpose(_real(stacked))
    pieces, at = [], 0
    for node in nodes:
        piece: Any = np.reshape(columns[..., at : at + node.type.size], (*columns.shape[:-1], *node.shape))
        pieces.append(piece if isinstance(piece, Traced) else np.asarray(piece, node.dtype))
        at += node.type.size
    return pieces


def join(arrays: Sequence[Any], batched: bool) -> Any:
    """Arrays flattened and put one after the other; along the second axis where there is a batch."""
    shapes = [np.shape(array) for array in arrays]
    sizes = [(*shape[:batched], math.prod(shape[batched:])) for shape in shapes]
    flat = [np.reshape(array, size) for array, size in zip(arrays, sizes, strict=True)]
    return flat[0] if len(flat) == 1 else np.concatenate(flat, axis=-1)
