"""Which loop of a kernel runs in vector registers."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..costs import is_short, operations
from ..expressions import Affine, loads
from ..kernels import LoopKernel
from ..target import NARROWEST, Target
from .vectors import varies

SUMS = 4  # partial results side by side, so that additions need not wait for each other
TOGETHER = 8  # results that share what they read, none of whose additions waits for another's
FEW = TOGETHER // 2  # results that are left over and join the last of these; terms of a sum that is short
SIMPLE = 3  # operations on a number that lanes are not worth
BESIDE = 2  # times as many results, for which there are wide registers enough


def lanes_of(parts: Sequence[LoopKernel], target: Target) -> int:
    """How many places are computed side by side: as many as a register holds of what is stored, or as two do
    where a function takes many instructions that wait for each other."""
    registers = 1 if all(is_short(part.expression) for part in parts) else 2
    return registers * target.vector_bytes // _widest(parts)


def fewest_lanes(parts: Sequence[LoopKernel]) -> int:
    """How many places the narrowest register holds."""
    return NARROWEST // _widest(parts)


def _widest(parts: Sequence[LoopKernel]) -> int:
    """The bytes of the widest number that is stored."""
    sizes = [part.target.dtype.itemsize for part in parts if part.target.dtype.kind != "b"]
    return max(sizes, default=4)


def vector_loop(parts: Sequence[LoopKernel], target: Target) -> int | None:
    """The loop to run in vector registers: the one along which memory is read and written in order.

    None where places depend on values or on what came before, and where lanes would be combined with each
    other as soon as they are there.
    """
    kernel = parts[0]
    if kernel.scan or kernel.scatter or kernel.dynamic or _is_short_sum(kernel):
        return None
    lanes = lanes_of(parts, target)
    best, lowest = None, 1.0
    for variable in reversed(range(len(kernel.lengths))):
        length = kernel.lengths[variable]
        cost = _cost(parts, variable, lanes) * -(-length // lanes) / max(length, 1)
        if length > 1 and cost < lowest:
            best, lowest = variable, cost
    return best


def _is_short_sum(kernel: LoopKernel) -> bool:
    """Whether it combines a few numbers to one."""
    few = kernel.reduced == len(kernel.lengths) and math.prod(kernel.lengths) <= FEW
    return few and bool(kernel.combine) and operations(kernel.expression) <= SIMPLE


def in_groups(steps: int) -> tuple[int, int]:
    """So many steps of a loop as groups of those whose results share what they read, and what is left.

    >>> in_groups(32), in_groups(33), in_groups(37)
    ((4, 0), (3, 9), (4, 5))
    """
    groups, left = divmod(steps, TOGETHER)
    return (groups - 1, left + TOGETHER) if groups and 0 < left <= FEW else (groups, left)


def of_rows_together(kernel: LoopKernel, target: Target) -> bool:
    """Whether the results of two matrices are computed from some rows of both at a time, which lie along
    memory."""
    if not target.wide or not kernel.is_of_matrices:
        return False
    return kernel.lengths[1] >= TOGETHER and vector_loop((kernel,), target) == 2


def _cost(parts: Sequence[LoopKernel], variable: int, lanes: int) -> float:
    """Instructions that move memory for one register of places, over those for one place."""
    moved, places = 0, 0
    for part in parts:
        found = list(loads(part.expression))
        if any(varies(d.index, variable) for load in found for d in load.dynamic):
            return float("inf")
        affines: list[Affine] = [load.place for load in found]
        stored = part.place.coefficient(variable) or variable < len(part.lengths) - part.reduced
        affines += [part.place] if stored else []
        moved += sum(1 if a.coefficient(variable) in (0, 1) else lanes for a in affines)
        places += len(affines)
    return moved / max(places, 1)
