"""Arranging a product's operands so that rows of B and C lie one element after another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ...graph import Shape
from .expressions import Affine, Apply, Buffer, Load
from .kernels import Kernel, LoopKernel, Matrix, ProductKernel, TransposeKernel

Scratch = Callable[[Shape, np.dtype], Buffer]


def arranged(product: ProductKernel, scratch: Scratch) -> list[Kernel]:
    """The kernels that compute a product: itself, dot products, or a copy of B beforehand."""
    product = _sideways(product)
    if _unit(product.b, product.n) and _unit(product.c, product.n):
        return [product]
    if product.m == 1 or product.n == 1 or not _unit(product.c, product.n):
        return [_as_dot_products(product)]
    packed, copy = _packed(product, scratch)
    return [copy, packed]


def _unit(matrix: Matrix, columns: int) -> bool:
    return matrix.column_stride == 1 or columns == 1


def _sideways(product: ProductKernel) -> ProductKernel:
    """Cᵀ = Bᵀ·Aᵀ where that runs along memory and C = A·B does not: a product with one column, say."""
    turned = replace(
        product,
        m=product.n,
        n=product.m,
        a=_transposed(product.b),
        b=_transposed(product.a),
        c=_transposed(product.c),
    )
    wide = _unit(product.b, product.n) and _unit(product.c, product.n) and product.n > 1
    turns = _unit(turned.b, turned.n) and _unit(turned.c, turned.n) and turned.n > 1
    return turned if turns and not wide else product


def _transposed(matrix: Matrix) -> Matrix:
    return replace(matrix, row_stride=matrix.column_stride, column_stride=matrix.row_stride)


def _turned(product: ProductKernel, scratch: Scratch) -> tuple[ProductKernel, TransposeKernel]:
    """The same where B is the transpose of a matrix with contiguous rows."""
    b = product.b
    buffer = scratch((product.k, product.n), b.buffer.dtype)
    copy = TransposeKernel(product.n, product.k, b.buffer, b.place.constant, b.column_stride, buffer)
    return replace(product, b=Matrix(buffer, Affine(), product.n, 1)), copy


def _as_dot_products(product: ProductKernel) -> LoopKernel:
    """One sum of products for each element of C."""
    depth = len(product.batch)
    row, column, inner = depth, depth + 1, depth + 2

    def load(matrix: Matrix, rows: int, columns: int) -> Load:
        place = (
            matrix.place + Affine(0, {rows: matrix.row_stride}) + Affine(0, {columns: matrix.column_stride})
        )
        return Load(matrix.buffer, place)

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


def _packed(product: ProductKernel, scratch: Scratch) -> tuple[ProductKernel, Kernel]:
    """B copied so that its rows are contiguous, and the product that reads the copy."""
    if product.b.row_stride == 1 and not product.b.place.terms:
        return _turned(product, scratch)
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
