"""A matrix times a vector: a few of its rows are multiplied at a time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import chainrule as cr
from chainrule.execution.native.emission.dividing import divided
from chainrule.execution.native.planning import planned
from chainrule.execution.native.target import Target
from tests.execution.native import processors

Product = Callable[[np.ndarray, np.ndarray], np.ndarray]

SIZES = [(1, 5), (7, 64), (8, 64), (9, 1), (10, 128), (17, 3), (23, 13), (64, 33)]


def layer(W: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Wx, of a batch of one."""
    product: np.ndarray = (x[None] @ W.T)[0]
    return product


PRODUCTS: list[Product] = [np.matmul, layer]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_row_is_multiplied_once(dtype: str) -> None:
    rng = np.random.default_rng(0)  # whole numbers: their sums are exact in every order
    matrices = [rng.integers(-9, 10, size).astype(dtype) for size in SIZES]
    vectors = [rng.integers(-9, 10, columns).astype(dtype) for _, columns in SIZES]

    def products(matrices: list[np.ndarray], vectors: list[np.ndarray]) -> list[np.ndarray]:
        pairs = list(zip(matrices, vectors, strict=True))
        return [product(W, x) for product in PRODUCTS for W, x in pairs]

    computed = cr.compile(products)(matrices, vectors)
    for result, expected in zip(computed, products(matrices, vectors), strict=True):
        np.testing.assert_array_equal(result, expected, strict=True)


@pytest.mark.parametrize("product", PRODUCTS)
def test_equal_rows_have_equal_products(product: Product) -> None:
    """All rows are added up in one order, also those that are left over."""
    rng = np.random.default_rng(0)
    row, x = rng.normal(size=(2, 61))
    assert len(np.unique(cr.compile(product)(np.tile(row, (13, 1)), x))) == 1


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_row_of_infinities_stays_by_itself(product: Product) -> None:
    W = np.ones((11, 20))
    W[9] = np.inf
    expected = np.where(np.arange(11) == 9, np.inf, 20.0)
    np.testing.assert_array_equal(cr.compile(product)(W, np.ones(20)), expected)


@pytest.mark.parametrize(("dtype", "sizes"), [("float32", (67, 521)), ("float64", (66, 257))])
def test_a_vector_times_a_far_matrix(dtype: str, sizes: tuple[int, int]) -> None:
    """Its rows are read a few at a time, of which some are left over, as are some columns."""
    rng = np.random.default_rng(0)  # whole numbers: their sums are exact in every order
    rows, columns = sizes
    A = rng.integers(-9, 10, sizes).astype(dtype)
    x, b = (rng.integers(-9, 10, size).astype(dtype) for size in (rows, columns))

    def products(A: np.ndarray, x: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return A.T @ x, np.maximum(x[None] @ A + b, 0)

    compiled = cr.compile(products)
    for result, expected in zip(compiled(A, x, b), products(A, x, b), strict=True):
        np.testing.assert_array_equal(result, expected, strict=True)


FEW_COLUMNS = [(8, 32, 2), (9, 32, 3), (16, 64, 3), (13, 48, 2), (7, 32, 3), (16, 33, 3), (16, 32, 9)]
FEW_COLUMNS += [(37, 128, 5), (23, 256, 8), (512, 32, 3), (32, 128, 4)]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_matrix_times_few_columns(dtype: str) -> None:
    rng = np.random.default_rng(2)  # whole numbers: their sums are exact in every order
    for m, k, n in FEW_COLUMNS:
        x, W = (rng.integers(-9, 10, size).astype(dtype) for size in ((m, k), (n, k)))
        np.testing.assert_array_equal(cr.compile(lambda x, W: x @ W.T)(x, W), x @ W.T, strict=True)


def test_threads_share_a_matrix_times_few_columns() -> None:
    """Some of its rows at a time, of which some are left over."""
    rng = np.random.default_rng(3)
    x, W = (rng.integers(-9, 10, size).astype("float32") for size in ((70_003, 64), (3, 64)))
    plan = planned(cr.trace(lambda x, W: x @ W.T, x, W).graph, processors.AVX512)
    assert plan.shared
    assert divided(plan.kernels[0], processors.AVX512)
    np.testing.assert_array_equal(cr.compile(lambda x, W: x @ W.T)(x, W), x @ W.T, strict=True)


@processors.for_each("way", "@", "@", "add-reduce", "@")
def test_wide_registers_hold_terms_of_sums_rather_than_few_columns(target: Target, way: str) -> None:
    graph = cr.trace(lambda x, W: x @ W.T, np.ones((16, 32), "float32"), np.ones((3, 32), "float32")).graph
    assert way in planned(graph, target).text("loops")


@pytest.mark.parametrize(
    ("m", "k", "n"),
    [(7, 32, 3), (16, 33, 3), (16, 32, 9), (16, 4096, 3)],
    ids=["few rows", "terms left over", "columns enough", "far columns"],
)
def test_other_products_are_computed_in_tiles(m: int, k: int, n: int) -> None:
    graph = cr.trace(lambda x, W: x @ W.T, np.ones((m, k), "float32"), np.ones((n, k), "float32")).graph
    assert "@" in planned(graph, processors.AVX512).text("loops")
