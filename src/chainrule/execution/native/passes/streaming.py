"""Results larger than any cache are streamed: written straight to memory, which need not be read before.

An ordinary store first fetches the line that it changes, and drives out of the cache what is needed later.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..expressions import Buffer
from ..kernels import Kernel, LoopKernel, ProductKernel
from .inplace import renamed
from .lower import Lowered

BEYOND_CACHES = 2**24  # bytes of a result of which little is left in a cache when it is whole


def with_streams(lowered: Lowered) -> Lowered:
    """The kernels before any are grouped, with those outputs streamed that are large and that none reads."""
    near = {buffer for kernel in lowered.kernels for buffer in _near(kernel)}
    streams = {
        buffer: replace(buffer, streamed=True)
        for buffer in lowered.outputs
        if buffer.kind == "output"
        and buffer.size * buffer.dtype.itemsize >= BEYOND_CACHES
        and buffer not in near
    }
    kernels = tuple(renamed(kernel, streams) for kernel in lowered.kernels)
    outputs = tuple(streams.get(buffer, buffer) for buffer in lowered.outputs)
    return replace(lowered, kernels=kernels, outputs=outputs)


def _near(kernel: Kernel) -> Iterable[Buffer]:
    """The buffers that a kernel reads, or writes more than once at a place, or not itself."""
    once = isinstance(kernel, ProductKernel) or (isinstance(kernel, LoopKernel) and kernel.plain)
    return kernel.buffers() if once else [*kernel.buffers(), *kernel.written()]
