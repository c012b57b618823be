"""About how much work a kernel is."""

from __future__ import annotations

import math

from .expressions import Apply, Buffer, Expression
from .kernels import (
    FAR_AWAY,
    Concurrent,
    FusedKernel,
    Kernel,
    LoopKernel,
    PackKernel,
    ProductKernel,
    RoutineKernel,
)

COSTLY = 20  # operations of a function that is not one instruction
MOVED = 16  # operations in whose time an element is moved to another place in memory
CALLED, PER_CUBE = 2e3, 4.0  # operations in whose time a routine of LAPACK is called, and works n³ numbers
#: What a processor computes one after the other, and what it does in one instruction, or few.
SLOW = ("sqrt", "divide", "reciprocal", "over_root")
CHEAP = frozenset((
    "absolute", "add", "astype", "divide", "equal", "greater", "greater_equal", "isfinite", "less",
    "less_equal", "logical_and", "logical_not", "logical_or", "maximum", "minimum", "multiply", "negative",
    "not_equal", "over_root", "reciprocal", "sqrt", "square", "subtract", "where",
))  # fmt: skip


def work(kernel: Kernel) -> float:
    """About how many operations a kernel takes."""
    if isinstance(kernel, ProductKernel):
        own = 2.0 * math.prod(kernel.batch) * kernel.m * kernel.k * kernel.n
        return own + sum(work(part) for part in kernel.parts)
    if isinstance(kernel, PackKernel):
        return float(MOVED) * kernel.rows * kernel.columns
    if isinstance(kernel, Concurrent):
        return sum(map(work, kernel.kernels))
    if isinstance(kernel, FusedKernel):
        return sum(work(part) for part in kernel.parts)
    if isinstance(kernel, RoutineKernel):
        return math.prod(kernel.batch) * (CALLED + PER_CUBE * kernel.operands[0].shape[-1] ** 3)
    if isinstance(kernel, LoopKernel) and kernel.unless_finite:
        return 0.0  # it almost never runs
    if isinstance(kernel, LoopKernel) and kernel.is_of_matrices:
        return 2.0 * math.prod(kernel.lengths)
    if isinstance(kernel, LoopKernel):
        return math.prod(kernel.lengths) * (2.0 + operations(kernel.expression))
    return 0.0


def writing(buffer: Buffer) -> float:
    """About how many operations take as long as to write a large array to memory."""
    far = buffer.size * buffer.dtype.itemsize > FAR_AWAY
    return float(MOVED) * buffer.size if far else 0.0


def operations(expression: Expression) -> float:
    """About how many operations an expression takes at one place."""
    if not isinstance(expression, Apply):
        return 0.5
    own = 1 if expression.instruction in CHEAP else COSTLY
    return own + sum(operations(operand) for operand in expression.operands)


def is_cheap(expression: Expression) -> bool:
    """Whether each of its functions is one instruction, or few."""
    return _consists_of(expression, CHEAP)


def is_short(expression: Expression) -> bool:
    """Whether none of its functions takes several instructions that wait for each other."""
    return _consists_of(expression, CHEAP - {"over_root"})


def _consists_of(expression: Expression, instructions: frozenset[str]) -> bool:
    return not isinstance(expression, Apply) or (
        expression.instruction in instructions
        and all(_consists_of(operand, instructions) for operand in expression.operands)
    )


def takes_long(expression: Expression) -> bool:
    """Whether it has a root or a quotient: a processor computes one after the other, and multiplies little
    meanwhile.

    Measured on AMD's Zen 1, of eight numbers: 3.4 nanoseconds among their like, 16 among multiplications.
    """
    return isinstance(expression, Apply) and (
        expression.instruction in SLOW or any(map(takes_long, expression.operands))
    )
