"""Third pass, for products: einsums as matrix products of strided operands, or as plain loops."""

from __future__ import annotations

import math
from functools import partial
from itertools import pairwise

from ...graph import Node
from .access import Lowering, expression_at, in_memory, place_in
from .expressions import Affine, Apply, Buffer, Load
from .kernels import LoopKernel, Matrix, ProductKernel
from .packing import arranged


def lower_product(state: Lowering, node: Node, target: Buffer) -> None:
    """Store an einsum of two operands.

    One that absorbs (0·∞ = 0) is a matrix product as well: only where a result is not finite do loops compute
    it again, factor by factor.
    """
    operands, output = node.params["spec"].split("->")
    first, second = operands.split(",")
    absorbs = node.op == "absorbing_einsum"  # 0·∞ is 0 in it, which no multiply-add knows
    in_loops = partial(_as_loops, state, node, target, first, second, output)
    sizes = dict(zip(first + second, node.inputs[0].shape + node.inputs[1].shape, strict=True))
    groups = {
        "batch": [c for c in output if c in first and c in second],
        "m": [c for c in output if c in first and c not in second],
        "n": [c for c in output if c in second and c not in first],
        "k": [c for c in first if c in second and c not in output],
    }
    strides_a = _letter_strides(state, node.inputs[0], first)
    strides_b = _letter_strides(state, node.inputs[1], second)
    strides_c = dict(zip(output, target.strides, strict=True))
    m, n, k = (_merged(groups[g], sizes, tables) for g, tables in (
        ("m", (strides_a[1], strides_c)), ("n", (strides_b[1], strides_c)), ("k", (strides_a[1],
        strides_b[1])),
    ))  # fmt: skip
    if m is None or n is None or k is None or not groups["k"] or not target.size:
        in_loops("absorb" if absorbs else "multiply")
        return
    batch = groups["batch"]

    def placed(table: dict[str, int]) -> Affine:
        return sum((Affine(0, {v: table[c]}) for v, c in enumerate(batch)), Affine())

    a = Matrix(strides_a[0], placed(strides_a[1]), m[1], k[1])
    b = Matrix(strides_b[0], placed(strides_b[1]), k[2], n[1])
    c = Matrix(target, placed(strides_c), m[2], n[2])
    product = ProductKernel(node, tuple(sizes[c] for c in batch), m[0], k[0], n[0], a, b, c)
    kernels = arranged(product, state.scratch, state.target)
    if absorbs and isinstance(kernels[-1], LoopKernel):
        in_loops("absorb")
        return
    state.kernels += kernels
    if absorbs:
        in_loops("absorb", unless_finite=_checked(state, node, target))


def _checked(state: Lowering, node: Node, target: Buffer) -> Buffer:
    """One number that is finite where every element of a buffer is."""
    number = state.scratch((), target.dtype)
    element = Load(target, Affine(0, {0: 1}))
    nothing = Apply("subtract", (element, element), target.dtype)  # NaN for NaN and infinities
    state.kernels.append(
        LoopKernel(node, (target.size,), nothing, number, Affine(), combine="add", reduced=1)
    )
    return number


def _letter_strides(state: Lowering, node: Node, letters: str) -> tuple[Buffer, dict[str, int]]:
    """The buffer under a product's operand, and how far apart its letters' elements lie."""
    axes = list(range(node.ndim))
    while node.op == "transpose" and node not in state.buffers:
        axes = [node.params["axes"][axis] for axis in axes]
        node = node.inputs[0]
    buffer = in_memory(state, node)
    return buffer, {letter: buffer.strides[axis] for letter, axis in zip(letters, axes, strict=True)}


def _merged(
    letters: list[str], sizes: dict[str, int], tables: tuple[dict[str, int], dict[str, int]]
) -> tuple[int, int, int] | None:
    """Several axes as one, with its length and its stride in two arrays; None where they do not line up."""
    if not letters:
        return 1, 1, 1
    ordered = sorted(letters, key=lambda c: -tables[0][c])
    for outer, inner in pairwise(ordered):
        if any(table[outer] != table[inner] * sizes[inner] for table in tables):
            return None
    last = ordered[-1]
    return math.prod(sizes[c] for c in letters), tables[0][last], tables[1][last]


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
