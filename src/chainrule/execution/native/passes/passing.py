"""After grouping: results of a product that only what follows from them uses are kept for one block of rows
at a time, in near cache."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import replace

from ..emission.dividing import NEAR, blocks
from ..expressions import Buffer
from ..kernels import Kernel, ProductKernel
from ..target import Target


def kept_by_blocks(
    kernels: Iterable[Kernel], target: Target, elsewhere: Collection[Buffer] = ()
) -> list[Kernel]:
    """The kernels, with ``passing`` results of products where that can be; the buffers in ``elsewhere`` are
    read by others."""
    found = list(kernels)
    read = Counter(buffer for kernel in found for buffer in kernel.buffers())
    read.update(elsewhere)
    return [
        replace(kernel, passing=True)
        if isinstance(kernel, ProductKernel) and _can_pass(kernel, target) and not read[kernel.c.buffer]
        else kernel
        for kernel in found
    ]


def _can_pass(product: ProductKernel, target: Target) -> bool:
    """Whether a block of its results is a matrix in near cache that may be forgotten."""
    c = product.c
    if not product.following or c.buffer.kind != "workspace" or c.row_stride != product.n:
        return False
    return blocks(product, target).size * product.n * c.buffer.dtype.itemsize <= NEAR
