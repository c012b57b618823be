"""Fourth pass, in loops over minibatches: quotients by a root and a number, as adaptive optimisers have them,
become one instruction.

The processor's divider computes one of a root and a quotient after the other. That instruction leaves it the
root; the quotient comes from an estimate of a reciprocal and a step of Newton's method, while the next root
is on its way. Only in float32, of which no one asks the last bits in training.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeGuard

import numpy as np

from ..emission.roots import LARGEST
from ..expressions import Apply, Expression, Literal, Load
from ..kernels import Kernel, LoopKernel
from ..target import Target


def with_estimates(kernels: Iterable[Kernel], target: Target) -> tuple[Kernel, ...]:
    """The kernels with each a/(√x + c) as ``over_root(a, x, c)``, where the processor estimates."""
    return tuple(map(_estimated, kernels)) if target.estimates else tuple(kernels)


def _estimated(kernel: Kernel) -> Kernel:
    if isinstance(kernel, LoopKernel) and kernel.plain:
        return replace(kernel, expression=_with_roots(kernel.expression))
    return kernel


def _with_roots(expression: Expression) -> Expression:
    if not isinstance(expression, Apply):
        return expression
    operands = tuple(map(_with_roots, expression.operands))
    if expression.instruction == "divide" and expression.dtype == np.float32:
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
