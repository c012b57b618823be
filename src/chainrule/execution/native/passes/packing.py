"""Large copies in panels, made by the product that reads them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from ..expressions import Buffer
from ..kernels import Kernel, PackKernel, ProductKernel

LARGE, LARGEST_PANEL = 2**20, 2**18  # bytes of a copy in panels, of which none is kept


def copied_on_the_way(kernels: Sequence[Kernel], elsewhere: Collection[Buffer] = ()) -> list[Kernel]:
    """The kernels after grouping, of which a product copies a large B itself, panel by panel: a panel is then
    read from a near cache, and the whole copy takes no memory. The buffers in ``elsewhere`` are read by
    others."""
    found = list(kernels)
    for copy in [kernel for kernel in kernels if isinstance(kernel, PackKernel) and _is_large(kernel)]:
        readers = [kernel for kernel in found if copy.target in kernel.buffers()]
        if len(readers) == 1 and copy.target not in elsewhere:
            (reader,) = readers
            between = found[found.index(copy) : found.index(reader) + 1]
            changed = any(copy.source.buffer in kernel.written() for kernel in between)
            if isinstance(reader, ProductKernel) and _takes(reader, copy) and not changed:
                found[found.index(reader)] = replace(reader, on_the_way=copy)
                found.remove(copy)
    return found


def _is_large(copy: PackKernel) -> bool:
    """Whether a copy leaves the near caches before it is used, while a panel of it does not."""
    size = copy.target.size * copy.target.dtype.itemsize
    return size >= LARGE and size // copy.target.shape[0] <= LARGEST_PANEL


def _takes(product: ProductKernel, copy: PackKernel) -> bool:
    """Whether a product reads the panels of a copy one after the other, all of its rows each time."""
    return product.b.buffer is copy.target and not (product.batch or product.following)
