"""arranged: a product's operands are copied, or its loops changed, so that it reads along memory."""

from collections.abc import Callable, Sequence
from itertools import count, product
from typing import Any

import numpy as np
import pytest

from chainrule.execution.native.expressions import Affine, Buffer
from chainrule.execution.native.kernels import Kernel, LoopKernel, Matrix, PackKernel, ProductKernel
from chainrule.execution.native.passes.arranging import FEWEST_ROWS, FEWEST_TERMS, arranged
from chainrule.execution.native.target import Target
from tests.execution.native.by_hand import NODE, buffer, by_rows, computed, turned, whole_numbers
from tests.execution.native.processors import ALL, AVX2, AVX512

SIZES = [(1, 5, 7), (3, 4, 5), (7, 20, 1), (1, 20, 6), (9, 3, 34), (5, 17, 2)]

TURNS_OF_OPERANDS = [*product([False, True], repeat=2)]
TURNS = [*product([False, True], repeat=3)]


def scratch() -> Callable[[Any, np.dtype], Buffer]:
    numbers = count()
    return lambda shape, dtype: Buffer("workspace", shape, dtype, f"p{next(numbers)}")


def product_of(m: int, k: int, n: int, *turns: bool) -> ProductKernel:
    """C = A·B, each of which can lie there as its transpose."""
    matrices = []
    for label, rows, columns, turn in zip("abc", (m, k, m), (k, n, n), turns, strict=True):
        own = buffer(
            "output" if label == "c" else "input", label, *((columns, rows) if turn else (rows, columns))
        )
        matrices.append(turned(own) if turn else by_rows(own))
    return ProductKernel(NODE, (), m, k, n, *matrices)


def read_in_order(kernel: Kernel) -> bool:
    """Whether the columns of a product's B and C are next to each other; others do not ask for that."""
    if not isinstance(kernel, ProductKernel) or kernel.n == 1:
        return True
    return kernel.b.column_stride == kernel.c.column_stride == 1


@pytest.fixture
def all_is_far(monkeypatch: pytest.MonkeyPatch) -> None:
    """No rows are near each other."""
    monkeypatch.setattr(Target, "reach", property(lambda _: 0))


def assert_product(given: ProductKernel, turns: Sequence[bool], found: Sequence[Kernel]) -> None:
    a, b, c = given.a.buffer, given.b.buffer, given.c.buffer
    arrays = whole_numbers(a, b)
    made = [arrays[a], arrays[b], *computed(found, arrays, [c])]
    left, right, result = (array.T if turn else array for array, turn in zip(made, turns, strict=True))
    np.testing.assert_array_equal(result, left @ right)


@pytest.mark.parametrize("turns", TURNS)
@pytest.mark.parametrize("target", ALL.values(), ids=ALL)
def test_a_product_reads_along_memory(target: Target, turns: tuple[bool, ...]) -> None:
    for sizes in SIZES:
        given = product_of(*sizes, *turns)
        found = arranged(given, scratch(), target)
        assert all(map(read_in_order, found))
        assert_product(given, turns, found)


@pytest.mark.usefixtures("all_is_far")
@pytest.mark.parametrize("turns", TURNS_OF_OPERANDS)
@pytest.mark.parametrize("target", ALL.values(), ids=ALL)
def test_what_is_read_many_times_from_afar_is_copied_into_panels(
    target: Target, turns: tuple[bool, ...]
) -> None:
    given = product_of(33, 3, 35, *turns, False)
    found = arranged(given, scratch(), target)
    *copies, made = found
    assert all(isinstance(copy, PackKernel) for copy in copies)
    assert [copy.written()[0] for copy in copies] == [made.b.buffer, *[made.a.buffer] * turns[0]]  # type: ignore[union-attr]
    assert_product(given, (*turns, False), found)


@pytest.mark.usefixtures("all_is_far")
def test_what_is_read_a_few_times_is_not() -> None:
    given = product_of(31, 3, 31, True, False, False)
    assert arranged(given, scratch(), AVX2) == [given]


@pytest.mark.parametrize("sizes", [(3, 4, 5), (33, 3, 35), (5, 17, 2)])
@pytest.mark.parametrize("a_turned", [False, True])
def test_what_lies_in_order_and_near_stays_as_it_is(sizes: tuple[int, int, int], a_turned: bool) -> None:
    given = product_of(*sizes, a_turned, False, False)
    assert arranged(given, scratch(), AVX512) == [given]


def test_where_its_transpose_runs_along_memory_that_is_computed() -> None:
    """Cᵀ = Bᵀ·Aᵀ, of which nothing is copied."""
    (found,) = arranged(product_of(9, 3, 34, True, True, True), scratch(), AVX2)
    assert isinstance(found, ProductKernel)
    assert (found.m, found.k, found.n) == (34, 3, 9)


@pytest.mark.parametrize(
    ("rows", "kinds"), [(FEWEST_ROWS - 1, [LoopKernel]), (FEWEST_ROWS, [PackKernel, ProductKernel])]
)
def test_columns_are_copied_for_a_few_rows_at_least(rows: int, kinds: list[type]) -> None:
    """Neither the product nor its transpose runs along memory."""
    given = product_of(rows, 5, 6, False, True, False)
    assert [type(kernel) for kernel in arranged(given, scratch(), AVX2)] == kinds


@pytest.mark.parametrize(("terms", "kind"), [(FEWEST_TERMS - 1, ProductKernel), (FEWEST_TERMS, LoopKernel)])
def test_a_matrix_times_a_vector_is_sums_along_memory_that_fill_registers(terms: int, kind: type) -> None:
    (found,) = arranged(product_of(40, terms, 1, False, True, False), scratch(), AVX2)
    assert type(found) is kind


@pytest.mark.usefixtures("all_is_far")
@pytest.mark.parametrize("turns", TURNS_OF_OPERANDS)
def test_of_a_batch_each_one_is_read_along_memory(turns: tuple[bool, bool]) -> None:
    """Of 2 × 3 products, whose A differ by the first index and whose B by the second."""
    m, k, n = 5, 3, 33
    a, b, c = buffer("input", "a", 2, m, k), buffer("input", "b", 3, k, n), buffer("output", "c", 2, 3, m, n)
    left = Matrix(a, Affine(0, {0: m * k}), *((1, m) if turns[0] else (k, 1)))
    right = Matrix(b, Affine(0, {1: k * n}), *((1, k) if turns[1] else (n, 1)))
    place = Affine(0, {0: 3 * m * n, 1: m * n})
    given = ProductKernel(NODE, (2, 3), m, k, n, left, right, Matrix(c, place, n, 1))
    found = arranged(given, scratch(), AVX2)
    assert all(map(read_in_order, found))
    assert [type(kernel) for kernel in found] == [*[LoopKernel] * turns[1], ProductKernel]
    arrays = whole_numbers(a, b)
    (made,) = computed(found, arrays, [c])
    of_a = arrays[a].reshape(2, k, m).swapaxes(1, 2) if turns[0] else arrays[a]
    of_b = arrays[b].reshape(3, n, k).swapaxes(1, 2) if turns[1] else arrays[b]
    np.testing.assert_array_equal(made, of_a[:, None] @ of_b[None])
