"""Updating in place: kernels reordered and redirected so that a loop's next values overwrite its last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from .kernels import (
    Affine,
    Apply,
    Buffer,
    Dynamic,
    Expression,
    Kernel,
    Load,
    LoopKernel,
    Matrix,
    ProductKernel,
    loads,
)


def split_at_updates(kernels: Sequence[Kernel], updated: set[Buffer]) -> tuple[list[Kernel], list[Kernel]]:
    """Kernels that come before any update, and those that make an update or need one, each in order."""
    late: list[Kernel] = []
    early: list[Kernel] = []
    touched = set(updated)
    for kernel in kernels:
        if kernel.target in touched or not touched.isdisjoint(kernel.buffers()):
            touched.add(kernel.target)
            late.append(kernel)
        else:
            early.append(kernel)
    return early, late


def overwriting(late: Sequence[Kernel], pairs: Mapping[Buffer, Buffer]) -> list[Kernel]:
    """The late kernels with each next value written over the last one.

    ``pairs`` maps the buffer of a next value to that of the last. Where an element of the last value is still
    needed when it would be overwritten, the next value is computed aside and copied at the end.
    """
    direct: dict[Buffer, Buffer] = {}
    for position, kernel in enumerate(late):
        last = pairs.get(kernel.target)
        later = late[position + 1 :]
        if last is not None and _same_places(kernel, last) and all(last not in k.buffers() for k in later):
            direct[kernel.target] = last
    result = [renamed(kernel, direct) for kernel in late]
    result += [_copy(later, last) for later, last in pairs.items() if later not in direct]
    return [kernel for kernel in result if not _does_nothing(kernel)]


def _same_places(kernel: Kernel, last: Buffer) -> bool:
    """Whether the kernel reads the buffer only where it writes at that moment."""
    if not isinstance(kernel, LoopKernel):
        return last not in kernel.buffers()
    if last not in kernel.buffers():
        return True
    plain = kernel.combine is None and not kernel.scatter and not kernel.clear
    return plain and all(
        load.place == kernel.place and not load.dynamic
        for load in loads(kernel.expression)
        if load.buffer is last
    )


def _does_nothing(kernel: Kernel) -> bool:
    if not isinstance(kernel, LoopKernel) or not isinstance(kernel.expression, Load):
        return False
    source = kernel.expression
    return source.buffer is kernel.target and source.place == kernel.place and not source.dynamic


def _copy(source: Buffer, target: Buffer) -> LoopKernel:
    place = Affine(0, {0: 1})
    return LoopKernel(None, (source.size,), Load(source, place), target, place)


def renamed(kernel: Kernel, names: Mapping[Buffer, Buffer]) -> Kernel:
    """The kernel with other buffers in place of some."""
    if isinstance(kernel, LoopKernel):
        return replace(
            kernel,
            target=names.get(kernel.target, kernel.target),
            expression=_renamed_expression(kernel.expression, names),
            dynamic=tuple(_renamed_dynamic(part, names) for part in kernel.dynamic),
        )
    if isinstance(kernel, ProductKernel):
        a, b, c = (_renamed_matrix(matrix, names) for matrix in (kernel.a, kernel.b, kernel.c))
        return replace(kernel, a=a, b=b, c=c)
    return kernel


def _renamed_matrix(matrix: Matrix, names: Mapping[Buffer, Buffer]) -> Matrix:
    return replace(matrix, buffer=names.get(matrix.buffer, matrix.buffer))


def _renamed_dynamic(part: Dynamic, names: Mapping[Buffer, Buffer]) -> Dynamic:
    return replace(part, index=_renamed_expression(part.index, names))


def _renamed_expression(expression: Expression, names: Mapping[Buffer, Buffer]) -> Expression:
    if isinstance(expression, Load):
        dynamic = tuple(_renamed_dynamic(part, names) for part in expression.dynamic)
        return replace(expression, buffer=names.get(expression.buffer, expression.buffer), dynamic=dynamic)
    if isinstance(expression, Apply):
        operands = tuple(_renamed_expression(operand, names) for operand in expression.operands)
        return replace(expression, operands=operands)
    return expression
