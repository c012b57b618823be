"""Several arrays held in one, for operations with several results: a node has one value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np

from ..graph import ArrayType, Node, Shape, op, reshape


def pack(arrays: Sequence[Any], axes: int) -> Any:
    """The arrays in one: each flattened after its batch axes, which come before the first one's last axes."""
    batch = arrays[0].shape[: arrays[0].ndim - axes]
    sizes = [np.prod(array.shape[len(batch) :], dtype=int) for array in arrays]
    flat = [array.reshape(*batch, size) for array, size in zip(arrays, sizes, strict=True)]
    return np.concatenate(flat, axis=-1)


@dataclass(frozen=True, slots=True)
class Packing:
    """The shapes of the arrays. Each is flattened after the batch axes; together they fill the last axis."""

    shapes: tuple[Shape, ...]

    def type_of(self, matrices: ArrayType) -> ArrayType:
        """The type that holds one set of the arrays for each matrix."""
        return matrices.with_shape((*matrices.shape[:-2], sum(map(math.prod, self.shapes))))

    def pack(self, arrays: Sequence[np.ndarray]) -> np.ndarray:
        """The arrays in one."""
        packed: np.ndarray = pack(arrays, len(self.shapes[0]))
        return packed

    def join(self, *parts: Node) -> Node:
        """The nodes in one."""
        batch = parts[0].shape[: parts[0].ndim - len(self.shapes[0])]
        flat = [reshape(x, (*batch, math.prod(shape))) for x, shape in zip(parts, self.shapes, strict=True)]
        return op.concatenate(*flat, axis=len(batch))

    def parts(self, packed: Node) -> tuple[Node, ...]:
        """The nodes that one node holds."""
        batch = packed.shape[:-1]
        sizes = list(map(math.prod, self.shapes))
        return tuple(
            reshape(op.slice(packed, index=((start, 1, size),), batch=len(batch)), (*batch, *shape))
            for shape, size, start in zip(self.shapes, sizes, accumulate([0, *sizes]), strict=False)
        )
