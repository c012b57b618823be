"""After lowering: a sum of arrays that are zero but for a block each is added up in one array.

Such are the derivatives of overlapping slices, of which a stencil has one for each of its points. Where all
blocks overlap, which is nearly everywhere, they are added in registers.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import reduce
from typing import TypeGuard

from ..expressions import Affine, Apply, Buffer, Expression, Literal, Load
from ..kernels import Kernel, LoopKernel, changed
from .access import identity, place_in

Box = list[tuple[int, int]]  # of each axis of an array, from where to where

LARGE = 2**15  # bytes of an array of which too little stays in the nearest cache from one block to the next
MOST_AROUND = 2  # times as large as where all blocks overlap, the array to which they are added in parts
TOGETHER = 12  # blocks that are added in registers, before the sum is stored


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
    if not isinstance(kernel, LoopKernel) or kernel.node is None or kernel.node.op != "place":
        return False
    steps = [entry[1] for entry in kernel.node.params["index"] if not isinstance(entry, int)]
    return kernel.target.kind == "workspace" and all(step == 1 for step in steps)


def _terms(kernel: Kernel, blocks: dict[Buffer, LoopKernel]) -> list[LoopKernel]:
    """The blocks that a kernel adds up, in the order in which it does; none where it adds anything else."""
    if not isinstance(kernel, LoopKernel) or not kernel.plain or kernel.lengths != kernel.target.shape:
        return []
    terms = list(_summands(kernel.expression))
    found = [
        blocks[term.buffer]
        for term in terms
        if isinstance(term, Load)
        and term.place == kernel.place
        and term.buffer in blocks
        and term.buffer.shape == kernel.target.shape
    ]
    return found if 1 < len(set(found)) == len(terms) else []


def _summands(expression: Expression) -> Iterable[Expression]:
    """The terms of a sum that begins with the first two."""
    if isinstance(expression, Apply) and expression.instruction == "add":
        first, second = expression.operands
        return [*_summands(first), second]
    return [expression]


def _added(blocks: Sequence[LoopKernel], target: Buffer) -> list[Kernel]:
    """The sum of blocks in an array. Where some are missing, −0 becomes 0."""
    boxes = list(map(_box, blocks))
    common = _common(boxes)
    inside = math.prod(max(end - begin, 0) for begin, end in common)
    large = target.size * target.dtype.itemsize >= LARGE and inside * MOST_AROUND >= target.size
    if large and len({tuple(_looped(block)) for block in blocks}) == 1:
        return [*_around(blocks, boxes, common, target), *_inside(blocks, common, target)]
    first, *others = blocks
    kernels: list[Kernel] = [_to(first, target, Literal(0.0, target.dtype), clear=True)]
    if inside:
        kernels.append(replace(_part(first, common), target=target, clear=False))
    kernels += [_to(block, target, Load(target, block.place)) for block in others]
    return kernels


def _inside(blocks: Sequence[LoopKernel], common: Box, target: Buffer) -> Iterator[LoopKernel]:
    """The sum where all blocks overlap, some of them at a time."""
    parts = [_part(block, common) for block in blocks]
    for first in range(0, len(parts), TOGETHER):
        terms = [part.expression for part in parts[first : first + TOGETHER]]
        if first:
            terms.insert(0, Load(target, parts[0].place))
        total = reduce(lambda so_far, term: Apply("add", (so_far, term), target.dtype), terms)
        yield replace(parts[0], expression=total, target=target, clear=False)


def _around(
    blocks: Sequence[LoopKernel], boxes: Sequence[Box], common: Box, target: Buffer
) -> Iterator[LoopKernel]:
    """The sum where some of the blocks are missing: zeros, to which each of the others is added."""
    for box in _outside([(0, n) for n in target.shape], common):
        lengths = tuple(end - begin for begin, end in box)
        index = tuple(i + Affine(begin) for i, (begin, _) in zip(identity(lengths), box, strict=True))
        yield LoopKernel(None, lengths, Literal(0.0, target.dtype), target, place_in(target, index))
    for block, own in zip(blocks, boxes, strict=True):
        for box in _outside(own, common):
            part = _part(block, box)
            yield _to(part, target, Load(target, part.place))


def _outside(box: Box, common: Box) -> Iterator[Box]:
    """Boxes that make up what of a box is not in a part of it."""
    rest = list(box)
    for axis, ((begin, end), (first, last)) in enumerate(zip(box, common, strict=True)):
        for side in ((begin, first), (last, end)):
            if side[0] < side[1]:
                yield [*rest[:axis], side, *rest[axis + 1 :]]
        rest[axis] = first, last


def _to(block: LoopKernel, target: Buffer, so_far: Expression, clear: bool = False) -> LoopKernel:
    total = Apply("add", (so_far, block.expression), target.dtype)
    return replace(block, expression=total, target=target, clear=clear)


def _box(block: LoopKernel) -> Box:
    """Where in its array a block lies."""
    assert block.node is not None
    batch, index = block.node.params["batch"], block.node.params["index"]
    entries = [(e, e + 1) if isinstance(e, int) else (e[0], e[0] + e[2]) for e in index]
    return [*[(0, n) for n in block.target.shape[:batch]], *entries]


def _looped(block: LoopKernel) -> list[bool]:
    """Along which axes of its array a block's loops go."""
    assert block.node is not None
    batch, index = block.node.params["batch"], block.node.params["index"]
    return [True] * batch + [not isinstance(entry, int) for entry in index]


def _common(boxes: Collection[Box]) -> Box:
    """What lies in all boxes."""
    return [(max(b for b, _ in axis), min(e for _, e in axis)) for axis in zip(*boxes, strict=True)]


def _part(block: LoopKernel, common: Box) -> LoopKernel:
    """The part of a block that lies in a box."""
    axes = zip(zip(_box(block), common, strict=True), _looped(block), strict=True)
    pairs = [pair for pair, own in axes if own]
    further = [begin - start for (start, _), (begin, _) in pairs]

    def moved(load: Load) -> Load:
        constant = sum(load.place.coefficient(axis) * steps for axis, steps in enumerate(further))
        return replace(load, place=load.place + Affine(constant))

    return replace(changed(block, moved, moved), lengths=tuple(end - begin for _, (begin, end) in pairs))
