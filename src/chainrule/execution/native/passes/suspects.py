"""Values for which NumPy raises an error: where machine code meets one, NumPy computes the operation."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np

from ....graph import Node, Shape
from ..expressions import Affine, Apply, Expression
from ..kernels import LoopKernel, ReferenceStep
from .access import Lowering, in_memory

TRUTH = np.dtype(bool)


def let_numpy_compute(state: Lowering, node: Node, places: Shape, suspicious: Sequence[Expression]) -> None:
    """Have NumPy compute a node where one of the conditions holds at one of the places."""
    found = state.scratch((), TRUTH)
    either = reduce(lambda a, b: Apply("logical_or", (a, b), TRUTH), suspicious)
    combine = "maximum" if places else None
    state.kernels.append(
        LoopKernel(node, places, either, found, Affine(), combine=combine, reduced=len(places))
    )
    operands = tuple(in_memory(state, operand) for operand in node.inputs)
    state.kernels.append(ReferenceStep(node, operands, state.buffers[node], found))
