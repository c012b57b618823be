"""In loops over minibatches: quotients by a root and a number, as adaptive optimisers have them,
become one instruction.

The processor's divider computes one of a root and a quotient after the other. That instruction leaves it the
root; the quotient comes from an estimate of a reciprocal and a step of Newton's method, while the next root
is on its way. Only in float32, of which no one asks the last bits in training. Where roots are estimated as
well, nothing is left to the divider, and numbers of float64 come out as precise as those of float32.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import TypeGuard

import numpy as np

from ..emission.roots import LARGEST
from ..expressions import Apply, Expression, Literal, Load
from ..kernels import Kernel, LoopKernel
from ..target import Target


def with_estimates(kernels: Iterable[Kernel], target: Target) -> tuple[Kernel, ...]:
    """The kernels with each a/(√x + c) as ``over_root(a, x, c)``, where the processor estimates."""
    dtypes: list[np.dtype] = [np.dtype(np.float32)] * target.estimates
    dtypes += [np.dtype(np.float64)] * target.estimates_roots
    return tuple(_estimated(kernel, dtypes) for kernel in kernels) if dtypes else tuple(kernels)


def _estimated(kernel: Kernel, dtypes: Collection[np.dtype]) -> Kernel:
    if isinstance(kernel, LoopKernel) and kernel.plain:
        return replace(kernel, expression=_with_roots(kernel.expression, dtypes))
    return kernel


def _with_roots(expression: Expression, dtypes: Collection[np.dtype]) -> Expression:
    if not isinstance(expression, Apply):
        return expression
    operands = tuple(_with_roots(operand, dtypes) for operand in expression.operands)
    if expression.instruction == "divide" and expression.dtype in dtypes:
        above, below = operands
        if isinstance(below, Apply) and below.instruction == "add":
            for root, added in (below.operands, below.operands[::-1]):
                if isinstance(root, Apply) and root.instruction == "sqrt" and _is_one_number(added):
                    return Apply("over_root", (above, *root.operands, added), expression.dtype)
    return replace(expression, operands=operands)


def _is_one_number(expression: Expression) -> TypeGuard[Literal | Load]:
    """Whether it is the same at every place, and within limits if it is known."""
    if isinstance(expression, Literal):
        return 0 <= expression.value < LARGEST
    return isinstance(expression, Load) and expression.is_number
