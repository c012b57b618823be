"""Linear algebra by LAPACK's routines, and what NumPy does before and after them: it refuses a matrix that is
not symmetric, and raises an error where a routine fails."""

from __future__ import annotations

import numpy as np

from ....graph import Node
from ....primitives.factorisations import ASYMMETRY
from ..expressions import Affine, Apply, Buffer, Expression, Literal, Load
from ..kernels import LoopKernel, RoutineKernel
from ..routines import routine_of
from .access import Lowering, converted, identity, in_memory, load_at, place_in
from .suspects import TRUTH, let_numpy_compute

DOUBLE = np.dtype(np.float64)
NEVER_FAIL = ("det", "slogdet")


def lower_decomposition(state: Lowering, node: Node, target: Buffer) -> None:
    """A routine's call, and a step of NumPy where it has failed, to raise the error that belongs to it."""
    routine = routine_of(node)
    assert routine is not None
    batch = node.inputs[0].shape[:-2]
    suspects: list[Expression] = []
    if routine.reads_one_triangle:
        given, asymmetric = _symmetric_part(state, node.inputs[0])
        operands: tuple[Buffer, ...] = (given,)
        suspects.append(asymmetric)
    else:
        operands = tuple(_in_double(state, operand) for operand in node.inputs)
    result = target if target.dtype == DOUBLE else state.scratch(node.shape, DOUBLE)
    state.kernels.append(RoutineKernel(node, routine, operands, result))
    index = identity(node.shape)
    if result is not target:
        rounded = converted(load_at(result, index), target.dtype)
        state.kernels.append(LoopKernel(node, node.shape, rounded, target, place_in(target, index)))
    if routine.name in NEVER_FAIL:
        return
    first = (*identity(batch), *[Affine()] * (node.ndim - len(batch)))
    suspects.append(Apply("isnan", (load_at(result, first),), TRUTH))  # it leaves NaN where it fails
    let_numpy_compute(state, node, batch, suspects)


def _in_double(state: Lowering, node: Node) -> Buffer:
    """A node in memory, in numbers of 64 bits."""
    buffer = in_memory(state, node)
    if buffer.dtype == DOUBLE:
        return buffer
    return _stored(state, node, converted(load_at(buffer, identity(node.shape)), DOUBLE))


def _symmetric_part(state: Lowering, node: Node) -> tuple[Buffer, Expression]:
    """(A + Aᵀ)/2, and whether A is too far from it, at a place of the batch."""
    a, index = _in_double(state, node), identity(node.shape)
    turned = (*index[:-2], index[-1], index[-2])
    half = [_applied("multiply", load_at(a, at), Literal(0.5, DOUBLE)) for at in (index, turned)]
    part = _stored(state, node, _applied("add", *half))
    away = _applied("absolute", _applied("subtract", load_at(part, index), load_at(a, index)))
    farthest = _greatest(state, node, away)
    largest = _greatest(state, node, _applied("absolute", load_at(a, index)))
    most = _applied("multiply", largest, Literal(ASYMMETRY, DOUBLE))
    return part, Apply("greater", (farthest, most), TRUTH)


def _greatest(state: Lowering, node: Node, expression: Expression) -> Load:
    """The greatest value of an expression in each matrix, at a place of the batch."""
    batch = node.shape[:-2]
    found = state.scratch(batch, DOUBLE)
    at = load_at(found, identity(batch))
    state.kernels.append(
        LoopKernel(node, node.shape, expression, found, at.place, combine="maximum", reduced=2)
    )
    return at


def _stored(state: Lowering, node: Node, expression: Expression) -> Buffer:
    """An expression at every place of a node, in a buffer of its own."""
    buffer = state.scratch(node.shape, DOUBLE)
    place = place_in(buffer, identity(node.shape))
    state.kernels.append(LoopKernel(node, node.shape, expression, buffer, place))
    return buffer


def _applied(instruction: str, *operands: Expression) -> Apply:
    return Apply(instruction, operands, DOUBLE)
