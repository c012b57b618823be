"""The last pass over a repeated step, where threads share it: what does not depend on each other is computed
at the same time.

A kernel that is divided among threads and others beside it become one, of whose pieces each thread takes the
next. So not all threads but one wait for a kernel that is too short to be divided, and short pieces fill the
time in which a thread would wait for the last long one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..costs import work
from ..emission.dividing import divided
from ..emission.module import AT_ONCE
from ..kernels import Concurrent, Kernel, ReferenceStep, RoutineKernel
from ..target import Target
from .grouping import Group


@dataclass(slots=True)
class Chain(Group):
    """Kernels that one thread computes one after the other, or one that is divided among threads.

    Attributes:
        shared: whether it is divided.
        sociable: whether other kernels can be computed at the same time.
    """

    shared: bool
    sociable: bool


def concurrent(kernels: Sequence[Kernel], target: Target) -> list[Kernel]:
    """The same kernels, some of them at the same time."""
    found: list[list[Chain]] = []
    for kernel in kernels:
        _place(found, _chain_of(kernel, target))
    return list(map(_made, found))


def _chain_of(kernel: Kernel, target: Target) -> Chain:
    division = divided(kernel, target)
    here = not isinstance(kernel, ReferenceStep | RoutineKernel)  # which run as other programs do
    in_order = work(kernel) < AT_ONCE  # where one thread works alone
    piece_by_piece = division is None or (division.together == 1 and in_order)
    reads, writes = set(kernel.buffers()), set(kernel.written())
    return Chain([kernel], reads, writes, division is not None, here and piece_by_piece)


def _place(found: list[list[Chain]], new: Chain) -> None:
    """Compute a kernel at the same time as the last ones that allow it, beside all of them or after one; else
    after all others."""
    for together in reversed(found if new.sociable else []):
        before = [chain for chain in together if chain.stands_before(new)]
        shared = together[0].sociable and any(chain.shared for chain in together)
        if not before and (shared or (new.shared and together[0].sociable)):
            together.append(new)
            return
        if len(before) == 1 and shared and not (before[0].shared or new.shared):
            before[0].add(new)
            return
        if before:
            break
    found.append([new])


def _made(together: Sequence[Chain]) -> Kernel:
    """Chains that touch little memory come first, for a thread that works alone: what they read has been
    computed just before, and is in a near cache until others fill it."""
    chains = sorted(together, key=_touched)
    return Concurrent(tuple(tuple(chain.kernels) for chain in chains)) if chains[1:] else chains[0].kernels[0]


def _touched(chain: Chain) -> int:
    """The bytes that a chain reads and writes."""
    return sum(buffer.size * buffer.dtype.itemsize for buffer in chain.reads | chain.writes)
