"""Places that are values: before they are used it is seen to that they lie within their arrays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ....graph import Node, Shape, broadcast_shape
from ..expressions import Apply, Expression, Literal
from .access import Lowering, converted, expression_at, identity, repeated
from .suspects import TRUTH, let_numpy_compute

PLACE = np.dtype(np.int64)


def require_places(state: Lowering, node: Node, indices: Sequence[Node], shape: Shape) -> None:
    """Where an index lies outside its axis of an array of that shape, let NumPy raise its error.

    Constant indices were looked at when the function was traced.
    """
    if all(_is_constant(index) for index in indices):
        return
    places = broadcast_shape(*[index.shape for index in indices])
    at = identity(places)
    lengths = shape[node.params["batch"] :]
    outside = [
        _outside(converted(expression_at(state, index, repeated(at, index.shape)), PLACE), length)
        for index, length in zip(indices, lengths, strict=False)
    ]
    let_numpy_compute(state, node, places, outside)


def _outside(place: Expression, length: int) -> Expression:
    before = Apply("less", (place, Literal(-length, PLACE)), TRUTH)
    after = Apply("greater_equal", (place, Literal(length, PLACE)), TRUTH)
    return Apply("logical_or", (before, after), TRUTH)


def _is_constant(index: Node) -> bool:
    """Whether it is a constant array, seen in whatever way."""
    while index.primitive.lower.kind == "view":
        index = index.inputs[0]
    return index.op == "constant"
