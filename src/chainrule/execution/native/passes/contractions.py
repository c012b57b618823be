"""For products: einsums as matrix products of strided operands, or as plain loops."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from itertools import pairwise

from ....graph import Node
from ..expressions import Affine, Apply, Buffer, Load
from ..kernels import LoopKernel, Matrix, ProductKernel
from .access import Lowering, expression_at, identity, in_memory, load_at, place_in
from .arranging import arranged, in_dot_products
from .summing import in_pieces


def lower_product(state: Lowering, node: Node, target: Buffer) -> None:
    """Store an einsum of two operands.

    One that absorbs (0·∞ = 0) is a matrix product as well: only where a result is not finite do loops compute
    it again, factor by factor.
    """
    operands, output = node.params["spec"].split("->")
    first, second = operands.split(",")
    absorbs = node.op == "absorbing_einsum"  # 0·∞ is 0 in it, which no multiply-add knows
    in_loops = partial(_as_loops, state, node, target, first, second, output)
    product = _as_matrices(state, node, target, first, second, output)
    if product is None:
        in_loops("absorb" if absorbs else "multiply")
        return
    pieces = None if absorbs else in_pieces(product, state.scratch)
    if pieces:
        parts, total = pieces
        for part in parts:
            state.kernels += arranged(part, state.scratch, state.target)
        state.kernels.append(total)
        return
    sums = None if absorbs else in_dot_products(product, state.target)
    kernels = [sums] if sums else arranged(product, state.scratch, state.target)
    if absorbs and isinstance(kernels[-1], LoopKernel):
        in_loops("absorb")
        return
    state.kernels += kernels
    if absorbs:
        in_loops("absorb", unless_finite=_checked(state, node, target))


def _as_matrices(
    state: Lowering, node: Node, target: Buffer, first: str, second: str, output: str
) -> ProductKernel | None:
    """An einsum as a product of matrices C = A·B, for every index of a batch.

    Letters of A and C are its rows, letters of B and C its columns, those of A and B are summed over, and
    those of all three are the batch. None where the axes of a group do not run through memory as one, where
    there is no sum, or nothing to sum, or no result.
    """
    sizes = dict(zip(first + second, node.inputs[0].shape + node.inputs[1].shape, strict=True))
    in_a, in_b = (_operand(state, operand) for operand in node.inputs)
    in_c = Load(target, place_in(target, identity(node.shape)))
    a_strides, b_strides, c_strides = _strides(in_a, first), _strides(in_b, second), _strides(in_c, output)
    rows = [c for c in output if c in first and c not in second]
    columns = [c for c in output if c in second and c not in first]
    summed = [c for c in first if c in second and c not in output]
    m = _merged(rows, sizes, a_strides, c_strides)
    n = _merged(columns, sizes, b_strides, c_strides)
    k = _merged(summed, sizes, a_strides, b_strides)
    if m is None or n is None or k is None or not (summed and k[0] and target.size):
        return None
    batch = [c for c in output if c in first and c in second and sizes[c] != 1]

    def placed(load: Load, strides: Mapping[str, int]) -> Affine:
        return sum((Affine(0, {v: strides[c]}) for v, c in enumerate(batch)), Affine(load.place.constant))

    a = Matrix(in_a.buffer, placed(in_a, a_strides), m[1], k[1])
    b = Matrix(in_b.buffer, placed(in_b, b_strides), k[2], n[1])
    c = Matrix(target, placed(in_c, c_strides), m[2], n[2])
    return ProductKernel(node, tuple(sizes[c] for c in batch), m[0], k[0], n[0], a, b, c)


def _checked(state: Lowering, node: Node, target: Buffer) -> Buffer:
    """One number that is finite where every element of a buffer is."""
    number = state.scratch((), target.dtype)
    element = Load(target, Affine(0, {0: 1}))
    nothing = Apply("subtract", (element, element), target.dtype)  # NaN for NaN and infinities
    state.kernels.append(
        LoopKernel(node, (target.size,), nothing, number, Affine(), combine="add", reduced=1)
    )
    return number


def _operand(state: Lowering, node: Node) -> Load:
    """Where the elements of a product's operand lie: in what it is a view of, or copied where one of its axes
    does not run along memory or is repeated."""
    index = identity(node.shape)
    element = expression_at(state, node, index)
    if isinstance(element, Load) and not element.dynamic:
        strides = [element.place.coefficient(axis) for axis, n in enumerate(node.shape) if n != 1]
        if min(strides, default=1) == 1:
            return element
    return load_at(in_memory(state, node), index)


def _strides(element: Load, letters: str) -> dict[str, int]:
    """How far apart an operand's elements lie along the axis of each letter."""
    return {letter: element.place.coefficient(axis) for axis, letter in enumerate(letters)}


def _merged(
    letters: list[str], sizes: dict[str, int], first: dict[str, int], second: dict[str, int]
) -> tuple[int, int, int] | None:
    """Several axes as one, with its length and its stride in two arrays; None where they do not line up."""
    ordered = sorted((c for c in letters if sizes[c] != 1), key=lambda c: -first[c])
    if not ordered:
        return 1, 1, 1
    for outer, inner in pairwise(ordered):
        if any(strides[outer] != strides[inner] * sizes[inner] for strides in (first, second)):
            return None
    last = ordered[-1]
    return math.prod(sizes[c] for c in letters), first[last], second[last]


def _as_loops(
    state: Lowering,
    node: Node,
    target: Buffer,
    first: str,
    second: str,
    output: str,
    instruction: str,
    unless_finite: Buffer | None = None,
) -> None:
    sizes = dict(zip(first + second, node.inputs[0].shape + node.inputs[1].shape, strict=True))
    summed = [c for c in first if c in second and c not in output]
    order = [*output, *summed]
    variable = {letter: Affine(0, {position: 1}) for position, letter in enumerate(order)}
    factors = [
        expression_at(state, operand, tuple(variable[c] for c in letters))
        for operand, letters in zip(node.inputs, (first, second), strict=True)
    ]
    state.kernels.append(
        LoopKernel(
            node,
            tuple(sizes[c] for c in order),
            Apply(instruction, tuple(factors), target.dtype),
            target,
            place_in(target, tuple(variable[c] for c in output)),
            combine="add" if summed else None,
            reduced=len(summed),
            unless_finite=unless_finite,
        )
    )
