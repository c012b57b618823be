"""For repeated steps: minibatches of which copies in panels are read are read in blocks by all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..expressions import Affine
from ..kernels import Kernel, Matrix, PackKernel, ProductKernel
from ..target import Target


def read_in_blocks(
    kernels: Sequence[Kernel], copy: PackKernel, target: Target
) -> tuple[list[Kernel], PackKernel]:
    """The kernels, and a copy of a matrix in panels of columns that products read as its transpose. Where
    others read the matrix as it is, the copy is one in square blocks, which all of them read: then nobody may
    need the matrix itself, and the blocks of a tile lie one after the other or in pages that the next tile
    reads too. A round of each sum is the columns of a block."""
    size, whole = copy.width, Matrix(copy.target, Affine(), 1, copy.width, copy.width)
    readers = [kernel for kernel in kernels if copy.target in kernel.buffers()]
    turned = all(isinstance(kernel, ProductKernel) and kernel.a == whole for kernel in readers)
    direct = [kernel for kernel in kernels if _reads_whole(kernel, copy)]
    if not target.wide or size > target.tile_rows or not (turned and direct):
        return list(kernels), copy
    beside, below = size**2, -(-copy.columns // size) * size**2
    shape = (-(-copy.rows // size), -(-copy.columns // size), size, size)
    blocks = replace(copy, target=replace(copy.target, shape=shape), in_blocks=True)
    a = Matrix(blocks.target, Affine(), size, 1, across=size, down=below, along=beside)
    transposed = replace(a.transposed(), packed=size, down=beside, along=below)

    def changed(kernel: Kernel) -> Kernel:
        if not isinstance(kernel, ProductKernel) or kernel not in (*direct, *readers):
            return kernel
        return replace(kernel, a=a if kernel in direct else transposed)

    return list(map(changed, kernels)), blocks


def _reads_whole(kernel: Kernel, copy: PackKernel) -> bool:
    """Whether a product reads all of a matrix, of which there is a copy, as its left operand."""
    if not isinstance(kernel, ProductKernel) or kernel.batch or kernel.a != copy.source:
        return False
    return (kernel.m, kernel.k) == (copy.rows, copy.columns)
