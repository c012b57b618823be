"""in_pieces: a long sum is cut into sums of some terms each, and their sum is the same number."""

from collections.abc import Callable
from itertools import count, product
from typing import Any

import numpy as np
import pytest

from chainrule.execution.native.expressions import Affine, Buffer
from chainrule.execution.native.kernels import Matrix, ProductKernel
from chainrule.execution.native.passes import summing
from chainrule.execution.native.passes.summing import LONGEST_ROW, NARROW, in_pieces
from tests.execution.native.by_hand import NODE, buffer, by_rows, computed, turned, whole_numbers

PIECE, OF_VECTOR = 4, 6


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summing, "PIECE", PIECE)
    monkeypatch.setattr(summing, "PIECE_OF_VECTOR", OF_VECTOR)


def scratch() -> Callable[[Any, np.dtype], Buffer]:
    numbers = count()
    return lambda shape, dtype: Buffer("workspace", shape, dtype, f"p{next(numbers)}")


def product_of(m: int, k: int, n: int, a_turned: bool, b_turned: bool = False) -> ProductKernel:
    """C = A·B, either of which can lie there as its transpose."""
    a = buffer("input", "a", *((k, m) if a_turned else (m, k)))
    b = buffer("input", "b", *((n, k) if b_turned else (k, n)))
    c = buffer("output", "c", m, n)
    left, right = turned(a) if a_turned else by_rows(a), turned(b) if b_turned else by_rows(b)
    return ProductKernel(NODE, (), m, k, n, left, right, by_rows(c))


def cut(kernel: ProductKernel) -> tuple[list[ProductKernel], Any]:
    found = in_pieces(kernel, scratch())
    assert found is not None
    return found


@pytest.mark.parametrize("a_turned", [False, True])
@pytest.mark.parametrize(("m", "n"), [(3, 5), (5, 3), (2, 2), (1, 4)])
@pytest.mark.parametrize("k", [12, 13, 15, 18, 23, 24, 25, 31])
def test_the_pieces_are_all_terms_once_and_add_up_to_the_product(
    k: int, m: int, n: int, a_turned: bool
) -> None:
    if k < 3 * (OF_VECTOR if m == 1 else PIECE):
        k += 6
    kernel = product_of(m, k, n, a_turned)
    parts, total = cut(kernel)
    most = OF_VECTOR if m == 1 else PIECE
    assert sum(part.batch[0] * part.k for part in parts) == k
    assert all(part.k <= most for part in parts)
    assert len(parts) == 1 + all(k % terms for terms in range(most, most // 2, -1))  # the rest is its own
    assert total.lengths == (m, n, sum(part.batch[0] for part in parts))
    arrays = whole_numbers(kernel.a.buffer, kernel.b.buffer)
    a = arrays[kernel.a.buffer]
    (c,) = computed([*parts, total], arrays, [kernel.c.buffer])
    np.testing.assert_array_equal(c, (a.T if a_turned else a) @ arrays[kernel.b.buffer])


def test_more_rows_than_columns_are_computed_as_columns() -> None:
    """Where A lies by columns: rows of Aᵀ run along memory, as those of B do."""
    (part,), _ = cut(product_of(9, 12, 3, a_turned=True))
    assert (part.m, part.n, part.b.column_stride) == (3, 9, 1)
    (part,), _ = cut(product_of(3, 12, 9, a_turned=True))
    assert (part.m, part.n, part.b.column_stride) == (3, 9, 1)


def test_what_is_a_part_of_others_is_read_and_written_where_it_lies() -> None:
    """Rows 1 and 2 of A, columns 2 to 4 of B, in the last rows and columns of C."""
    a, b, c = buffer("input", "a", 4, 13), buffer("input", "b", 13, 6), buffer("output", "c", 3, 5)
    kernel = ProductKernel(
        NODE,
        (),
        2,
        13,
        3,
        Matrix(a, Affine(13), 13, 1),
        Matrix(b, Affine(2), 6, 1),
        Matrix(c, Affine(7), 5, 1),
    )
    parts, total = cut(kernel)
    arrays = whole_numbers(a, b)
    (found,) = computed([*parts, total], {**arrays, c: np.zeros(c.shape)}, [c])
    expected = np.zeros(c.shape)
    expected[1:, 2:] = arrays[a][1:3] @ arrays[b][:, 2:5]
    np.testing.assert_array_equal(found, expected)


LONG_ROW = LONGEST_ROW // 8 + 1
OTHERS: dict[str, ProductKernel] = {
    "a short sum": product_of(2, 3 * PIECE - 1, 3, a_turned=True),
    "a short sum of a vector's": product_of(1, 3 * OF_VECTOR - 1, 3, a_turned=True),
    "many results": product_of(NARROW + 1, 20, NARROW + 1, a_turned=True),
    "none": product_of(2, 20, 0, a_turned=False),
    "a number": product_of(1, 20, 1, a_turned=False),
    "a vector times long rows": product_of(1, 20, LONG_ROW, a_turned=False),
    "what would be copied first": product_of(2, 20, 3, a_turned=False, b_turned=True),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_products_are_not_cut(name: str) -> None:
    assert in_pieces(OTHERS[name], scratch()) is None


def test_nor_is_a_batch() -> None:
    a, b, c = buffer("input", "a", 2, 20, 3), buffer("input", "b", 2, 20, 4), buffer("output", "c", 2, 3, 4)
    places = (Affine(0, {0: size}) for size in (60, 80, 12))
    matrices = (
        Matrix(x, place, *strides)
        for x, place, strides in zip((a, b, c), places, ((1, 3), (4, 1), (4, 1)), strict=True)
    )
    assert in_pieces(ProductKernel(NODE, (2,), 3, 20, 4, *matrices), scratch()) is None


@pytest.mark.parametrize(("m", "n"), [*product([1, NARROW], [2, LONG_ROW - 1])])
def test_at_the_ends_of_what_is_cut(m: int, n: int) -> None:
    """Of two rows or more, those of the results may be long."""
    assert in_pieces(product_of(2, 3 * PIECE, LONG_ROW, a_turned=True), scratch())
    assert in_pieces(product_of(m, 3 * max(PIECE, OF_VECTOR), n, a_turned=True), scratch())
