"""Outputs are computed where the caller wants them, without copies of the whole."""

from __future__ import annotations

from collections.abc import Sequence

from ..expressions import Buffer, Load
from ..kernels import Kernel, LoopKernel
from .access import identity, load_at
from .inplace import renamed


def computed_in_place(kernels: Sequence[Kernel]) -> tuple[Kernel, ...]:
    """The kernels without those that copy a whole array to an output, as a change of its shape does.

    What they copy is computed in the output itself.
    """
    kept: list[Kernel] = []
    places: dict[Buffer, Buffer] = {}
    for kernel in kernels:
        source = _copied_whole(kernel)
        if source is None or source in places:
            kept.append(kernel)
        else:
            places[source] = kernel.written()[0]
    return tuple([renamed(kernel, places) for kernel in kept])


def _copied_whole(kernel: Kernel) -> Buffer | None:
    """The buffer of the workspace whose elements a kernel copies to an output, in the order of memory."""
    if not isinstance(kernel, LoopKernel) or not kernel.plain or not isinstance(kernel.expression, Load):
        return None
    source, target = kernel.expression, kernel.target
    alike = (source.buffer.size, source.buffer.dtype) == (target.size, target.dtype) and not source.dynamic
    in_order = kernel.place == source.place == load_at(target, identity(kernel.lengths)).place
    kinds = source.buffer.kind == "workspace" and target.kind == "output"
    return source.buffer if alike and kinds and kernel.lengths == target.shape and in_order else None
