"""For products: long sums in pieces, each of which stays in near cache.

A gradient of few weights is a sum over all the rows of a batch: a product of a wide matrix and a tall one.
Its pieces are products of their own, which threads share, and whose results are then added in order.
"""

from __future__ import annotations

from dataclasses import replace

from ..expressions import Affine, Buffer, Load
from ..kernels import LoopKernel, Matrix, ProductKernel
from .arranging import Scratch

PIECE = 256  # terms at most
PIECE_OF_VECTOR = 2**10  # ... of a vector's products, which are cut for rounding's sake alone
FEWEST = 3  # pieces
LONGEST_ROW = 2**11  # bytes; longer ones are read from end to end
NARROW = 64  # rows or columns of results at most: those of all pieces take a quarter of the operands' room


def in_pieces(product: ProductKernel, scratch: Scratch) -> tuple[list[ProductKernel], LoopKernel] | None:
    """Products of pieces of the sum, and their sum; None where the sum is short or its results are many, for
    a vector and long rows, which are read from end to end, and where B would be copied first, which is better
    done at once."""
    c, least = product.c, min(product.m, product.n)
    piece = PIECE if least > 1 else PIECE_OF_VECTOR
    if product.batch or product.k < FEWEST * piece or not 1 <= least <= NARROW:
        return None
    turned = product.turned() if product.m > product.n and product.a.row_stride == 1 else product
    if turned.b.column_stride != 1 and turned.n > 1:
        return None
    m, n = turned.m, turned.n
    if least == 1 and (n == 1 or n * c.buffer.dtype.itemsize > LONGEST_ROW):
        return None
    terms = next((t for t in range(piece, piece // 2, -1) if not turned.k % t), piece)
    pieces, rest = divmod(turned.k, terms)
    count = pieces + bool(rest)
    partial = scratch((count, m, n), c.buffer.dtype)
    parts = [_pieces(turned, partial, pieces, terms)]
    if rest:
        parts.append(_pieces(turned, partial, 1, rest, after=pieces, first=pieces * terms))
    down, across = (1, n) if turned is not product else (n, 1)
    total = LoopKernel(
        product.node,
        (product.m, product.n, count),
        Load(partial, Affine(0, {0: down, 1: across, 2: m * n})),
        c.buffer,
        c.place + Affine(0, {0: c.row_stride}) + Affine(0, {1: c.column_stride}),
        combine="add",
        reduced=1,
    )
    return parts, total


def _pieces(
    product: ProductKernel, partial: Buffer, count: int, terms: int, after: int = 0, first: int = 0
) -> ProductKernel:
    """So many products of so many terms each, from the first term on, after so many others."""
    m, n, a, b = product.m, product.n, product.a, product.b

    def cut(matrix: Matrix, stride: int) -> Matrix:
        return replace(matrix, place=Affine(matrix.place.constant + first * stride, {0: terms * stride}))

    return replace(
        product,
        batch=(count,),
        k=terms,
        a=cut(a, a.column_stride),
        b=cut(b, b.row_stride),
        c=Matrix(partial, Affine(after * m * n, {0: m * n}), n, 1),
    )
