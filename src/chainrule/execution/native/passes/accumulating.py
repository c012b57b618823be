"""After lowering: a sum of arrays that are zero but for a block each is added up in one array.

Such are the derivatives of overlapping slices, of which a stencil has one for each of its points.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import TypeGuard

from ..expressions import Affine, Apply, Buffer, Expression, Literal, Load, loads
from ..kernels import Kernel, LoopKernel, changed
from .access import identity, place_in

Box = list[tuple[int, int]]  # of each axis of an array, from where to where


def added_in_place(kernels: Sequence[Kernel]) -> tuple[Kernel, ...]:
    """The kernels with every sum of blocks among zeros as one array, to which the blocks are added."""
    readers = Counter(buffer for kernel in kernels for buffer in kernel.buffers())
    blocks = {
        kernel.target: kernel for kernel in kernels if _is_block(kernel) and readers[kernel.target] == 1
    }
    sums = {kernel: terms for kernel in kernels if (terms := _terms(kernel, blocks))}
    added = {block for terms in sums.values() for block in terms}
    return tuple(
        new
        for kernel in kernels
        if kernel not in added
        for new in (_added(sums[kernel], kernel.written()[0]) if kernel in sums else [kernel])
    )


def _is_block(kernel: Kernel) -> TypeGuard[LoopKernel]:
    """Whether it stores a block of an array that is zero otherwise."""
    if not isinstance(kernel, LoopKernel) or not kernel.clear or kernel.scatter or kernel.dynamic:
        return False
    if kernel.node is None or kernel.node.op != "place" or kernel.target.by_columns:
        return False
    steps = [entry[1] for entry in kernel.node.params["index"] if not isinstance(entry, int)]
    fixed = not any(load.dynamic for load in loads(kernel.expression))
    return kernel.target.kind == "workspace" and all(step == 1 for step in steps) and fixed


def _terms(kernel: Kernel, blocks: dict[Buffer, LoopKernel]) -> list[LoopKernel]:
    """The blocks that a kernel adds up, in the order in which it does; none where it adds anything else."""
    if not isinstance(kernel, LoopKernel) or not kernel.plain or kernel.lengths != kernel.target.shape:
        return []
    whole = kernel.place == place_in(kernel.target, identity(kernel.lengths))
    terms = list(_summands(kernel.expression))
    found = [
        blocks[term.buffer]
        for term in terms
        if isinstance(term, Load)
        and term.place == kernel.place
        and term.buffer in blocks
        and term.buffer.shape == kernel.target.shape
    ]
    return found if whole and 1 < len(set(found)) == len(terms) else []


def _summands(expression: Expression) -> Iterable[Expression]:
    """The terms of a sum that begins with the first two."""
    if isinstance(expression, Apply) and expression.instruction == "add":
        first, second = expression.operands
        return [*_summands(first), second]
    return [expression]


def _added(blocks: Sequence[LoopKernel], target: Buffer) -> list[Kernel]:
    """The sum of blocks in an array. Where some are missing, −0 becomes 0."""
    first, *others = blocks
    kernels: list[Kernel] = [_to(first, target, Literal(0.0, target.dtype), clear=True)]
    common = _common(list(map(_box, blocks)))
    if all(begin < end for begin, end in common):
        kernels.append(replace(_part(first, common), target=target, clear=False))
    kernels += [_to(block, target, Load(target, block.place)) for block in others]
    return kernels


def _to(block: LoopKernel, target: Buffer, so_far: Expression, clear: bool = False) -> LoopKernel:
    total = Apply("add", (so_far, block.expression), target.dtype)
    return replace(block, expression=total, target=target, clear=clear)


def _box(block: LoopKernel) -> Box:
    """Where in its array a block lies."""
    assert block.node is not None
    batch, index = block.node.params["batch"], block.node.params["index"]
    entries = [(e, e + 1) if isinstance(e, int) else (e[0], e[0] + e[2]) for e in index]
    return [*[(0, n) for n in block.target.shape[:batch]], *entries]


def _common(boxes: Collection[Box]) -> Box:
    """What lies in all boxes."""
    return [(max(b for b, _ in axis), min(e for _, e in axis)) for axis in zip(*boxes, strict=True)]


def _part(block: LoopKernel, common: Box) -> LoopKernel:
    """The part of a block that lies in a box."""
    assert block.node is not None
    batch, index = block.node.params["batch"], block.node.params["index"]
    looped = [True] * batch + [not isinstance(entry, int) for entry in index]
    pairs = [pair for pair, own in zip(zip(_box(block), common, strict=True), looped, strict=True) if own]
    further = [begin - start for (start, _), (begin, _) in pairs]

    def moved(load: Load) -> Load:
        constant = sum(load.place.coefficient(axis) * steps for axis, steps in enumerate(further))
        return replace(load, place=load.place + Affine(constant))

    return replace(changed(block, moved, moved), lengths=tuple(end - begin for _, (begin, end) in pairs))
