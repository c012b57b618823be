"""Arranging a product's operands so that a product reads them in the order of memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ....graph import Shape
from ..emission.tiles import panel_width_of
from ..emission.vectorising import TOGETHER
from ..expressions import Affine, Apply, Buffer, Load
from ..kernels import Kernel, LoopKernel, Matrix, PackKernel, ProductKernel
from ..target import Target

Scratch = Callable[[Shape, np.dtype], Buffer]

FEWEST_ROWS = 4  # from which on copying B, which takes as long as one row or two, pays
FEWEST_TERMS = 16  # of a sum that is computed in registers, whose lanes are added up at the end
ADDED_UP, STORED = 3, 3  # instructions that this takes for each sum, and storing each by itself
NEAREST = 2**15  # bytes of the columns and of some rows, which are read from the nearest cache time and again


def arranged(product: ProductKernel, scratch: Scratch, target: Target) -> list[Kernel]:
    """The kernels that compute a product: itself or dot products, and copies of operands beforehand."""
    product = _sideways(product)
    in_order = _unit(product.b, product.n)
    if _is_matrix_times_vector(product):
        return [_as_dot_products(product)]
    if not _unit(product.c, product.n) or not (in_order or (product.n > 1 and product.m >= FEWEST_ROWS)):
        return [_as_dot_products(product)]
    kernels: list[Kernel] = []
    if product.b.place.terms:
        if not in_order:
            product, copy = _copied(product, scratch)
            kernels.append(copy)
    elif not in_order or far_apart(product.b.row_stride, product.k, product.m, product, target):
        product, pack = _packed_b(product, scratch, target)
        kernels.append(pack)
    a = product.a
    if not a.place.terms and a.row_stride == 1 and a.column_stride != 1 and far_apart(
        a.column_stride, product.k, product.n, product, target
    ):  # fmt: skip
        product, pack = packed_a(product, scratch, target)
        kernels.append(pack)
    return [*kernels, product]


def in_dot_products(product: ProductKernel, target: Target) -> LoopKernel | None:
    """A product of few columns as sums along memory, column by column, where wide registers would be nearly
    empty otherwise; None where it is quicker in tiles."""
    along = product.a.column_stride == 1 and product.b.row_stride == 1 and not product.batch
    sizes, c = (product.m, product.k, product.n), product.c
    quicker = along and adds_up_along(*sizes, c.buffer.dtype, target, by_columns=c.row_stride == 1)
    return _as_dot_products(product.turned()) if quicker else None


def adds_up_along(
    rows: int, terms: int, columns: int, dtype: np.dtype, target: Target, by_columns: bool
) -> bool:
    """Whether sums along memory take fewer instructions than tiles of such few columns, where the results lie
    by columns or by rows.

    Measured on Granite Rapids, of 32 × 128 and 10 × 128: with the copy in panels that a tile reads, and the
    result turned, 0.6 of the time.
    """
    lanes = target.lanes(dtype)
    if not target.wide or rows < TOGETHER or columns == 1 or terms % lanes:
        return False
    near = (columns + TOGETHER) * terms * dtype.itemsize <= NEAREST
    further = ADDED_UP if by_columns else ADDED_UP + STORED
    return near and columns * (terms // lanes + further) < terms


def _is_matrix_times_vector(product: ProductKernel) -> bool:
    """Whether each result is a sum along memory, and long enough to fill registers."""
    along = product.a.column_stride == 1 and product.b.row_stride == 1
    return product.n == 1 and along and product.k >= FEWEST_TERMS


def far_apart(stride: int, count: int, uses: int, product: ProductKernel, target: Target) -> bool:
    """Whether what is read together, many times, lies too far apart to be read quickly."""
    return uses >= 32 and stride * count * product.c.buffer.dtype.itemsize > target.reach


def _packed_b(product: ProductKernel, scratch: Scratch, target: Target) -> tuple[ProductKernel, PackKernel]:
    """The product with B read from a copy in panels of columns, and that copy."""
    width = panel_width_of(product, target)
    pack = packed(product.k, product.n, product.b, width, scratch)
    return replace(product, b=Matrix(pack.target, Affine(), width, 1, width)), pack


def packed_a(product: ProductKernel, scratch: Scratch, target: Target) -> tuple[ProductKernel, PackKernel]:
    """The product with A read from a copy in panels of rows, and that copy."""
    height = target.tile_rows
    pack = packed(product.k, product.m, product.a.transposed(), height, scratch)
    return replace(product, a=Matrix(pack.target, Affine(), 1, height, height)), pack


def packed(rows: int, columns: int, source: Matrix, width: int, scratch: Scratch) -> PackKernel:
    """The copy of a matrix in panels of so many columns, in memory of its own."""
    panels = -(-columns // width)
    return PackKernel(rows, columns, source, scratch((panels, rows, width), source.buffer.dtype), width)


def _unit(matrix: Matrix, columns: int) -> bool:
    return matrix.column_stride == 1 or columns == 1


def _sideways(product: ProductKernel) -> ProductKernel:
    """Cᵀ = Bᵀ·Aᵀ where that runs along memory and C = A·B does not: a product with one column, say."""
    turned = product.turned()
    wide = _unit(product.b, product.n) and _unit(product.c, product.n) and product.n > 1
    turns = _unit(turned.b, turned.n) and _unit(turned.c, turned.n) and turned.n > 1
    return turned if turns and not wide else product


def _as_dot_products(product: ProductKernel) -> LoopKernel:
    """One sum of products for each element of C."""
    depth = len(product.batch)
    row, column, inner = depth, depth + 1, depth + 2

    def load(matrix: Matrix, rows: int, columns: int) -> Load:
        of_row, of_column = Affine(0, {rows: matrix.row_stride}), Affine(0, {columns: matrix.column_stride})
        return Load(matrix.buffer, matrix.place + of_row + of_column)

    target = product.c
    return LoopKernel(
        product.node,
        (*product.batch, product.m, product.n, product.k),
        Apply("multiply", (load(product.a, row, inner), load(product.b, inner, column)), target.buffer.dtype),
        target.buffer,
        load(target, row, column).place,
        combine="add",
        reduced=1,
    )


def _copied(product: ProductKernel, scratch: Scratch) -> tuple[ProductKernel, Kernel]:
    """B copied, for each index of the batch, so that its rows are contiguous."""
    depth = len(product.batch)
    k, n, b = product.k, product.n, product.b
    used = [v for v in range(depth) if b.place.coefficient(v)]
    lengths = (*[product.batch[v] for v in used], n, k)
    buffer = scratch((*lengths[:-2], k, n), b.buffer.dtype)
    renamed = Affine(b.place.constant, {i: b.place.coefficient(v) for i, v in enumerate(used)})
    column, row = len(used), len(used) + 1
    source = renamed + Affine(0, {row: b.row_stride}) + Affine(0, {column: b.column_stride})
    at = Affine(0, dict(enumerate(buffer.strides[:-2]))) + Affine(0, {row: n, column: 1})
    copy = LoopKernel(product.node, lengths, Load(b.buffer, source), buffer, at)
    place = Affine(0, {v: buffer.strides[i] for i, v in enumerate(used)})
    return replace(product, b=Matrix(buffer, place, n, 1)), copy
