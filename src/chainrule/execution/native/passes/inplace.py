"""Updating in place: kernels reordered and redirected so that a loop's next values overwrite its last."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from ....graph import Shape
from ..expressions import Affine, Buffer, Load, loads
from ..kernels import (
    Kernel,
    LoopKernel,
    Matrix,
    PackKernel,
    ProductKernel,
    ReferenceStep,
    RoutineKernel,
    changed,
)
from .access import along_memory, load_at, place_in


def split_at_loss(
    kernels: Sequence[Kernel], loss: Buffer, carried: Collection[Buffer] = ()
) -> tuple[list[Kernel], list[Kernel]]:
    """The kernels that the loss needs, with what follows from theirs place by place, and the others, each in
    order. The ``carried`` buffers are not written before the loss is known."""
    early, late = _needed(kernels, loss)
    shapes = {buffer: _shape(kernel) for kernel in early for buffer in kernel.written()}
    unknown = Counter(buffer for kernel in late for buffer in kernel.written())
    in_parts = {buffer for buffer, writers in unknown.items() if writers > 1}
    rest: list[Kernel] = []
    for kernel in late:
        reads, shape = kernel.buffers(), _shape(kernel)
        follows = shape is not None and shape in map(shapes.get, reads) and unknown.keys().isdisjoint(reads)
        if follows and not any(buffer in carried or buffer in in_parts for buffer in kernel.written()):
            early.append(kernel)
            unknown -= Counter(kernel.written())
            shapes |= dict.fromkeys(kernel.written(), shape)
        else:
            rest.append(kernel)
    return early, rest


def _shape(kernel: Kernel) -> Shape | None:
    """The loops of a kernel that computes each place by itself."""
    return kernel.lengths if isinstance(kernel, LoopKernel) and kernel.plain else None


def _needed(kernels: Sequence[Kernel], loss: Buffer) -> tuple[list[Kernel], list[Kernel]]:
    """The kernels that the loss needs, and the others, each in order."""
    needed = {loss}
    early: list[Kernel] = []
    late: list[Kernel] = []
    for kernel in reversed(kernels):
        if needed.isdisjoint(kernel.written()):
            late.append(kernel)
        else:
            needed.update(kernel.buffers())
            early.append(kernel)
    return early[::-1], late[::-1]


def overwriting(late: Sequence[Kernel], pairs: Mapping[Buffer, Buffer]) -> list[Kernel]:
    """The late kernels with each next value written over the last one.

    ``pairs`` maps the buffer of a next value to that of the last. Where an element of the last value is still
    needed when it would be overwritten, the next value is computed aside and copied at the end.
    """
    read = [set(kernel.buffers()) for kernel in late]
    direct = {later: last for later, last in pairs.items() if _may_overwrite(late, read, later, last)}
    result = [renamed(kernel, direct) for kernel in late]
    result += [copied(later, last) for later, last in pairs.items() if later not in direct]
    return [kernel for kernel in result if not _does_nothing(kernel)]


def _may_overwrite(
    late: Sequence[Kernel], read: Sequence[Collection[Buffer]], later: Buffer, last: Buffer
) -> bool:
    """Whether no element of the last value, which some kernels read, is read once its next value stands
    there."""
    writing = [i for i, kernel in enumerate(late) if later in kernel.written()]
    if not writing or later.by_columns != last.by_columns:
        return False
    reading = [i for i, buffers in enumerate(read) if last in buffers]
    read_later = any(i >= writing[0] and i not in writing for i in reading)
    writers = [late[i] for i in writing]
    apart = len(writers) == 1 or not set(reading) & set(writing) or _write_apart(writers, later)
    return not read_later and apart and all(_same_places(kernel, last) for kernel in writers)


def _write_apart(kernels: Sequence[Kernel], target: Buffer) -> bool:
    """Whether each element of a buffer is written by one of the kernels alone, which write all of it."""
    shapes = [_shape(kernel) for kernel in kernels]
    return None not in shapes and sum(math.prod(shape or ()) for shape in shapes) == target.size


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


def copied(source: Buffer, target: Buffer) -> LoopKernel:
    """A copy of the same shape, whichever way each of them lies in memory."""
    if source.by_columns == target.by_columns:
        place = Affine(0, {0: 1})
        return LoopKernel(None, (source.size,), Load(source, place), target, place)
    lengths, index = along_memory(target)
    return LoopKernel(None, lengths, load_at(source, index), target, place_in(target, index))


def renamed(kernel: Kernel, names: Mapping[Buffer, Buffer]) -> Kernel:
    """The kernel, as it is before grouping, with other buffers in place of some."""
    if names.keys().isdisjoint((*kernel.buffers(), *kernel.written())):
        return kernel

    def new(buffer: Buffer) -> Buffer:
        return names.get(buffer, buffer)

    def renamed_load(load: Load) -> Load:
        return Load(new(load.buffer), load.place, load.dynamic)

    def renamed_matrix(matrix: Matrix) -> Matrix:
        return replace(matrix, buffer=new(matrix.buffer))

    match kernel:
        case LoopKernel(unless_finite=number):
            kernel = changed(kernel, renamed_load, renamed_load)
            return replace(kernel, unless_finite=number and new(number))
        case ProductKernel(parts=(), start=None, on_the_way=None):
            a, b, c = map(renamed_matrix, (kernel.a, kernel.b, kernel.c))
            return replace(kernel, a=a, b=b, c=c)
        case PackKernel():
            return replace(kernel, source=renamed_matrix(kernel.source), target=new(kernel.target))
        case RoutineKernel():
            return replace(kernel, operands=tuple(map(new, kernel.operands)), target=new(kernel.target))
        case ReferenceStep(only_if=flag):
            operands, target = tuple(map(new, kernel.operands)), new(kernel.target)
            return replace(kernel, operands=operands, target=target, only_if=flag and new(flag))
    raise AssertionError(f"grouped already: {kernel}")
