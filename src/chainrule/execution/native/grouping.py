"""Fourth pass: loops made simpler and fewer.

Plain loops of one shape share a nest, or are computed from a product's results while those are in registers;
values that only their own nest uses are not stored; nests over contiguous memory become one loop.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from .expressions import Affine, Apply, Buffer, Expression, Load, loads
from .kernels import FAR_AWAY, FusedKernel, Kernel, LoopKernel, ProductKernel, changed

MOST_PARTS = 12
MOST_FAR = 2  # buffers beyond the near cache in the epilogue of a product
SHORTEST_ROW = 16  # shorter loops do not pay for sharing a nest that could run through memory
CHEAP = frozenset((
    "absolute", "add", "astype", "divide", "equal", "greater", "greater_equal", "isfinite", "less",
    "less_equal", "logical_and", "logical_not", "logical_or", "maximum", "minimum", "multiply", "negative",
    "not_equal", "reciprocal", "sqrt", "square", "subtract", "where",
))  # fmt: skip


def grouped(kernels: Sequence[Kernel], elsewhere: Collection[Buffer] = ()) -> list[Kernel]:
    """The same computation in simpler and fewer nests; the buffers in ``elsewhere`` are read by others."""
    groups: list[list[Kernel]] = []
    for kernel in kernels:
        place = _group_for(groups, kernel)
        if place is None:
            groups.append([kernel])
        else:
            groups[place].append(kernel)
    return [
        _as_one(group, {*elsewhere, *_read(groups[:place]), *_read(groups[place + 1 :])})
        for place, group in enumerate(groups)
    ]


def _read(groups: Sequence[Sequence[Kernel]]) -> Iterator[Buffer]:
    for group in groups:
        for kernel in group:
            yield from kernel.buffers()


def _as_one(group: Sequence[Kernel], elsewhere: Collection[Buffer]) -> Kernel:
    first = group[0]
    parts = tuple(kernel for kernel in group if isinstance(kernel, LoopKernel))
    if isinstance(first, ProductKernel):
        made = [first.c.buffer] * bool(parts) + [part.target for part in parts]
        return replace(first, epilogue=parts, unstored=_unstored(made, elsewhere))
    if len(parts) < 2:
        return collapsed(first) if isinstance(first, LoopKernel) else first
    merged = _merged_loops(parts)
    parts = tuple(_with_loops(part, merged) for part in parts)
    return FusedKernel(parts, _unstored([part.target for part in parts], elsewhere))


def _unstored(made: Sequence[Buffer], elsewhere: Collection[Buffer]) -> frozenset[Buffer]:
    """What need not be stored, being used in its own nest only."""
    return frozenset(buffer for buffer in made if buffer.kind == "workspace" and buffer not in elsewhere)


def _group_for(groups: Sequence[Sequence[Kernel]], kernel: Kernel) -> int | None:
    """The last group that a kernel can join: nothing after that group may stand in its way."""
    if not isinstance(kernel, LoopKernel) or not kernel.plain:
        return None
    for place in range(len(groups) - 1, -1, -1):
        group = groups[place]
        if len(group) < MOST_PARTS and _can_join(group, kernel):
            return place
        if any(_depends(earlier, kernel) for earlier in group):
            return None
    return None


def _can_join(group: Sequence[Kernel], kernel: LoopKernel) -> bool:
    first = group[0]
    if isinstance(first, ProductKernel):
        return (
            _is_epilogue(first, kernel)
            and any(_depends(earlier, kernel) for earlier in group)
            and all(_can_share(earlier, kernel) for earlier in group[1:])
            and _is_near(first, [*group[1:], kernel])
        )
    if not all(_can_share(earlier, kernel) for earlier in group):
        return False
    alone = [k for k in (*group, kernel) if isinstance(k, LoopKernel)]
    together = _merged_loops(alone)
    lengths = [math.prod(kernel.lengths[v] for v in loop) for loop in together]
    return not lengths or lengths[-1] >= SHORTEST_ROW or all(_merged_loops([k]) == together for k in alone)


def _is_epilogue(product: ProductKernel, kernel: LoopKernel) -> bool:
    """Whether a kernel can be computed from elements of a product while they are in registers."""
    column = len(product.batch) + 1
    found = list(loads(kernel.expression))
    return (
        kernel.lengths == (*product.batch, product.m, product.n)
        and kernel.place.coefficient(column) == 1
        and kernel.target not in (product.a.buffer, product.b.buffer, product.c.buffer)
        and all(load.place.coefficient(column) in (0, 1) and not load.dynamic for load in found)
        and all(load.place == product.place for load in found if load.buffer is product.c.buffer)
        and _is_cheap(kernel.expression)
    )


def _is_near(product: ProductKernel, parts: Sequence[Kernel]) -> bool:
    """Whether an epilogue touches no more far memory than can be asked for while its product is computed.

    Measured: an update of one matrix is free inside a product; Adam's, of three, is faster as its own loop.
    """
    touched: set[Buffer] = set()
    for part in parts:
        touched.update((*part.buffers(), *part.written()))
    touched.discard(product.c.buffer)
    far = [buffer for buffer in touched if buffer.size * buffer.dtype.itemsize >= FAR_AWAY]
    return len(far) <= MOST_FAR


def _is_cheap(expression: Expression) -> bool:
    """Whether it is worth being written into every tile of a product."""
    return not isinstance(expression, Apply) or (
        expression.instruction in CHEAP and all(_is_cheap(operand) for operand in expression.operands)
    )


def _can_share(earlier: Kernel, later: LoopKernel) -> bool:
    """Whether two kernels may run place by place: what one writes, the other uses at that same place only."""
    if not isinstance(earlier, LoopKernel) or not earlier.plain or earlier.lengths != later.lengths:
        return False
    if earlier.target is later.target:
        return False
    forward = (load for load in loads(later.expression) if load.buffer is earlier.target)
    backward = (load for load in loads(earlier.expression) if load.buffer is later.target)
    return all(load.place == earlier.place and not load.dynamic for load in forward) and all(
        load.place == later.place and not load.dynamic for load in backward
    )


def _depends(earlier: Kernel, later: Kernel) -> bool:
    writes = set(earlier.written())
    return not writes.isdisjoint([*later.buffers(), *later.written()]) or not set(later.written()).isdisjoint(
        earlier.buffers()
    )


def collapsed(kernel: LoopKernel) -> LoopKernel:
    """The kernel without loops of length 1, neighbours that run through memory as one being one loop."""
    return _with_loops(kernel, _merged_loops([kernel]))


def _merged_loops(kernels: Sequence[LoopKernel]) -> list[list[int]]:
    """Loops of kernels of one shape that run through memory as one, in all of them."""
    first = kernels[0]
    affines = [affine for kernel in kernels for affine in _affines(kernel)]
    kept = len(first.lengths) - first.reduced
    merged: list[list[int]] = []
    for variable, length in enumerate(first.lengths):
        if length == 1 and not first.scan:
            continue
        if merged and _runs_on(affines, merged[-1][-1], variable, length, kept):
            merged[-1].append(variable)
        else:
            merged.append([variable])
    return merged


def _with_loops(kernel: LoopKernel, merged: Sequence[Sequence[int]]) -> LoopKernel:
    kept = len(kernel.lengths) - kernel.reduced
    lengths = tuple(math.prod(kernel.lengths[v] for v in group) for group in merged)
    last = {group[-1]: position for position, group in enumerate(merged)}

    def remapped(load: Load) -> Load:
        terms = {last[v]: c for v, c in load.place.terms.items() if v in last}
        return replace(load, place=Affine(load.place.constant, terms))

    reduced = sum(group[0] >= kept for group in merged)
    return replace(changed(kernel, remapped, remapped), lengths=lengths, reduced=reduced)


def _runs_on(affines: Sequence[Affine], outer: int, inner: int, length: int, kept: int) -> bool:
    """Whether one step of the outer loop continues where the inner loop ends, in every place."""
    apart = (outer < kept) != (inner < kept)
    return not apart and all(a.coefficient(outer) == a.coefficient(inner) * length for a in affines)


def _affines(kernel: LoopKernel) -> Iterator[Affine]:
    yield kernel.place
    for expression in (kernel.expression, *[part.index for part in kernel.dynamic]):
        for load in loads(expression):
            yield load.place
