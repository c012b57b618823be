"""Outputs that are to begin with zeros are given so."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from ..expressions import Buffer
from ..kernels import Kernel, LoopKernel


def begun_as_zeros(
    kernels: Sequence[Kernel], outputs: Collection[Buffer]
) -> tuple[tuple[Kernel, ...], frozenset[Buffer]]:
    """The kernels without the clearing of outputs, and the outputs that they would have cleared.

    Whoever calls the program gives zeros for those: new memory is that already, and its pages cost nothing
    until they are written to. Workspace, which other values have used before, is cleared as ever.
    """
    cleared = {kernel.target for kernel in kernels if isinstance(kernel, LoopKernel) and kernel.clear}
    zeroed = cleared.intersection(outputs)
    begun = [
        replace(kernel, clear=False) if isinstance(kernel, LoopKernel) and kernel.target in zeroed else kernel
        for kernel in kernels
    ]
    return tuple(begun), frozenset(zeroed)
