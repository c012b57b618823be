"""Several arrays held in one, for operations with several results: a node has one value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from ..graph import ArrayType, Node, Shape, op, reshape


@dataclass(frozen=True, slots=True)
class Packing:
    """The shapes of the arrays. Each is flattened after the batch axes; together they fill the last axis."""

    shapes: tuple[Shape, ...]

    def type_of(self, matrices: ArrayType) -> ArrayType:
        """The type that holds one set of the arrays for each matrix."""
        return matrices.with_shape((*matrices.shape[:-2], sum(map(math.prod, self.shapes))))

    def pack(self, arrays: Sequence[np.ndarray]) -> np.ndarray:
        """The arrays in one."""
        batch = arrays[0].shape[: arrays[0].ndim - len(self.shapes[0])]
        flat = [a.reshape(*batch, math.prod(shape)) for a, shape in zip(arrays, self.shapes, strict=True)]
        return np.concatenate(flat, axis=-1)

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
