"""Kernels made by hand, of whole numbers: these are added up without rounding, in whichever order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.execution.native.expressions import Affine, Apply, Buffer, Expression, Literal, Load
from chainrule.execution.native.kernels import Kernel, LoopKernel, Matrix, ProductKernel
from chainrule.execution.native.passes.access import identity, load_at
from tests.execution.native.interpreting import Interpreter

#: A node that kernels can be said to compute.
NODE = cr.trace(lambda x: x @ x, np.ones((2, 2))).graph.outputs[0]
F = np.dtype(float)


def buffer(kind: str, label: str, *shape: int, dtype: Any = F) -> Buffer:
    return Buffer(kind, shape, np.dtype(dtype), label)


def at(buffer: Buffer) -> Load:
    """The element at each place of loops over all of a buffer."""
    return load_at(buffer, identity(buffer.shape))


def apply(instruction: str, *operands: Expression | Buffer | float) -> Apply:
    """An instruction on what stands at each place of buffers, on numbers, and on expressions."""
    given = [at(x) if isinstance(x, Buffer) else x for x in operands]
    dtype = next(x.dtype for x in given if isinstance(x, Load | Apply | Literal))
    found = [Literal(x, dtype) if isinstance(x, int | float) else x for x in given]
    return Apply(instruction, tuple(found), dtype)


def loop(target: Buffer, expression: Expression) -> LoopKernel:
    """What is computed at each place of a buffer."""
    return LoopKernel(NODE, target.shape, expression, target, at(target).place)


def sums(target: Buffer, matrix: Buffer, axis: int) -> LoopKernel:
    """The sums of a matrix along one of its axes."""
    strides = matrix.strides
    lengths = matrix.shape[1 - axis], matrix.shape[axis]
    element = Load(matrix, Affine(0, {0: strides[1 - axis], 1: strides[axis]}))
    return LoopKernel(NODE, lengths, element, target, Affine(0, {0: 1}), combine="add", reduced=1)


def by_rows(buffer: Buffer) -> Matrix:
    """All of a matrix."""
    return Matrix(buffer, Affine(), buffer.shape[1], 1)


def turned(buffer: Buffer) -> Matrix:
    """The transpose of a matrix, where that lies."""
    return by_rows(buffer).transposed()


def product(a: Matrix, b: Matrix, c: Buffer, terms: int, **other: Any) -> ProductKernel:
    """A product that is all of a matrix, of sums of so many terms."""
    return ProductKernel(NODE, (), c.shape[0], terms, c.shape[1], a, b, by_rows(c), **other)


def whole_numbers(*buffers: Buffer, seed: int = 0) -> dict[Buffer, np.ndarray]:
    """Something for each buffer to hold."""
    rng = np.random.default_rng(seed)
    return {buffer: rng.integers(-9, 10, size=buffer.shape).astype(buffer.dtype) for buffer in buffers}


def computed(
    kernels: Sequence[Kernel], given: Mapping[Buffer, Any], found: Iterable[Buffer]
) -> list[np.ndarray]:
    """What buffers hold after kernels have run."""
    run = Interpreter(given)
    run.run(kernels)
    return [run.array(buffer) for buffer in found]


def lines(kernels: Iterable[Kernel]) -> list[str]:
    """Kernels in words: those that are made anew without a change are as they were."""
    return list(map(str, kernels))
