"""After grouping: a short sum of a product begins with what is added to it.

A layer's pre-activations x·W + b begin with 0 + b, so that the last addition need not wait for the sum. A
long sum is rounded to the last place of what it holds, time and again: it had better grow from 0.

Measured on Granite Rapids, of 2-2-1, with single columns in registers and short sums in turns: whole steps
take a quarter less time with gradient descent, an eighth with Adam.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..expressions import Apply, Buffer, Expression, Literal, Load, loads
from ..kernels import Kernel, ProductKernel

SHORT = 4  # terms


def begun_with_terms(kernels: Iterable[Kernel]) -> list[Kernel]:
    """The kernels, each short product that nobody sees begun with the numbers from memory that were added to
    it."""
    return [_begun(kernel) if isinstance(kernel, ProductKernel) else kernel for kernel in kernels]


def _begun(product: ProductKernel) -> ProductKernel:
    result, parts = product.c.buffer, product.epilogue
    reads = [load.buffer for part in parts for load in loads(part.expression)]
    if product.k > SHORT or result not in product.unstored or reads.count(result) != 1:
        return product
    reader, *others = parts  # what is computed with a product follows from it, the first part at once
    expression, start = _without_terms(reader.expression, result)
    if start is None:
        return product
    if isinstance(expression, Load) and reader.place == product.place:  # nothing is left to compute
        c = replace(product.c, buffer=reader.target)
        return replace(product, c=c, epilogue=tuple(others), start=start)
    return replace(product, epilogue=(replace(reader, expression=expression), *others), start=start)


def _without_terms(expression: Expression, result: Buffer) -> tuple[Expression, Expression | None]:
    """The expression with a product's result alone where terms from memory are added to it or subtracted, and
    the sum of these from 0 on, which is never -0; None where there are none."""
    if not isinstance(expression, Apply):
        return expression, None
    found = [_without_terms(operand, result) for operand in expression.operands]
    start = next((start for _, start in found if start is not None), None)
    first, *others = [operand for operand, _ in found]
    if expression.instruction == "add" and _is_load(others[0], result):
        first, others = others[0], [first]
    is_sum = expression.instruction in ("add", "subtract") and _is_load(first, result)
    if not (is_sum and isinstance(others[0], Load | Literal)):
        return replace(expression, operands=tuple(operand for operand, _ in found)), start
    terms = (start or Literal(0.0, result.dtype), others[0])
    return first, Apply(expression.instruction, terms, result.dtype)


def _is_load(expression: Expression, buffer: Buffer) -> bool:
    return isinstance(expression, Load) and expression.buffer is buffer
