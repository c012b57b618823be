"""Fourth pass: loops made simpler and fewer.

Nests over contiguous memory become one loop, and plain loops of one shape share a nest.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from .expressions import Affine, Load, loads
from .kernels import FusedKernel, Kernel, LoopKernel, changed

MOST_PARTS = 12


def grouped(kernels: Sequence[Kernel]) -> list[Kernel]:
    """The same computation in simpler and fewer nests."""
    simple = [collapsed(kernel) if isinstance(kernel, LoopKernel) else kernel for kernel in kernels]
    groups: list[list[Kernel]] = []
    for kernel in simple:
        place = _group_for(groups, kernel)
        if place is None:
            groups.append([kernel])
        else:
            groups[place].append(kernel)
    return [_as_one(group) for group in groups]


def _as_one(group: Sequence[Kernel]) -> Kernel:
    parts = tuple(kernel for kernel in group if isinstance(kernel, LoopKernel))
    return FusedKernel(parts) if len(parts) > 1 else group[0]


def _group_for(groups: Sequence[Sequence[Kernel]], kernel: Kernel) -> int | None:
    """The last group that a kernel can join: nothing after that group may stand in its way."""
    if not isinstance(kernel, LoopKernel) or not kernel.plain:
        return None
    for place in range(len(groups) - 1, -1, -1):
        group = groups[place]
        if len(group) < MOST_PARTS and all(_can_share(earlier, kernel) for earlier in group):
            return place
        if any(_depends(earlier, kernel) for earlier in group):
            return None
    return None


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
    affines = list(_affines(kernel))
    kept = len(kernel.lengths) - kernel.reduced
    merged: list[list[int]] = []
    for variable, length in enumerate(kernel.lengths):
        if length == 1 and not kernel.scan:
            continue
        if merged and _runs_on(affines, merged[-1][-1], variable, length, kept):
            merged[-1].append(variable)
        else:
            merged.append([variable])
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
