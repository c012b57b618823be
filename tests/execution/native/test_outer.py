"""Outer products, and what follows from vectors: computed where they are used, not stored."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.execution.native.kernels import LoopKernel, ProductKernel
from chainrule.execution.native.planning import planned
from chainrule.execution.native.target import host

RNG = np.random.default_rng(17)
ROWS, COLUMNS = 90, 61
x, y = RNG.normal(size=(ROWS, 1)), RNG.normal(size=(1, COLUMNS))
targets = RNG.normal(size=(ROWS, COLUMNS))


def kernels(f, *args):  # type: ignore[no-untyped-def]
    return planned(cr.trace(f, *args).graph, host()).kernels


def largest_room(f, *args):  # type: ignore[no-untyped-def]
    """The most elements that a kernel writes."""
    return max(buffer.size for kernel in kernels(f, *args) for buffer in kernel.written())


def test_what_follows_from_an_outer_product_is_not_stored() -> None:
    def loss(x, y, b):  # type: ignore[no-untyped-def]
        return np.mean((np.maximum(x @ y + b, 0) - targets) ** 2)

    both = cr.value_and_grad(loss, wrt=("x", "y", "b"))
    assert largest_room(both, x, y, np.ones(COLUMNS)) < ROWS * COLUMNS


def test_what_a_product_of_matrices_needs_is_stored() -> None:
    found = kernels(lambda x, y, W: np.sum(np.maximum(x @ y, 0) @ W), x, y, np.ones((COLUMNS, 5)))
    assert [kernel.written()[0].size for kernel in found[:2]] == [ROWS * COLUMNS, ROWS * 5]
    assert isinstance(found[0], LoopKernel)
    assert isinstance(found[1], ProductKernel)


def test_small_outer_products_are_products() -> None:
    (kernel,) = kernels(lambda x, y: x @ y, np.ones((5, 1)), np.ones((1, 4)))
    assert isinstance(kernel, ProductKernel)


FUNCTIONS: dict[str, Any] = {
    "x @ y": lambda x, y: np.maximum(x @ y, 0) - targets,
    "y.T @ x.T": lambda x, y: np.exp(y.T @ x.T),
    "row by row": lambda x, y: (x @ y - targets) @ y.T,
    "column by column": lambda x, y: x.T @ (x @ y - targets),
    "turned": lambda x, y: (x @ y - targets).T @ x,
    "both": lambda x, y: ((x @ y - targets) @ y.T, x.T @ (x @ y - targets)),
    "for each of three": lambda x, y: np.stack([x, -x, 2 * x]) @ np.stack([y, y, y + 1]),
    "differences": lambda x, y: np.sum((x - y) ** 2, axis=0) + np.sum(np.abs(x - y), axis=1)[:COLUMNS],
    "with a softmax": lambda x, y: np.exp(x @ y - np.max(x @ y, axis=1, keepdims=True)),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_values_and_gradients_are_those_of_the_reference(name: str, dtype: type) -> None:
    def loss(x, y):  # type: ignore[no-untyped-def]
        found = FUNCTIONS[name](x, y)
        return sum(np.sum(part**2) for part in (found if isinstance(found, tuple) else (found,)))

    a, b = x.astype(dtype), y.astype(dtype)
    both = cr.value_and_grad(loss, wrt=("x", "y"))
    tolerance = 1e-4 if dtype is np.float32 else 1e-12
    value, gradients = cr.compile(both)(a, b)
    expected, reference = both(a, b)
    np.testing.assert_allclose(value, expected, rtol=tolerance)
    for found, wanted in zip(gradients, reference, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=tolerance * np.abs(wanted).max())


@pytest.mark.parametrize("number", [0.0, -0.0, np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("factor", [1.0, -1.0, 0.0, -0.0])
def test_a_sum_of_one_term_begins_with_zero(number: float, factor: float) -> None:
    """So that it is 0 where the term is −0, as NumPy's products have it."""
    a, b = np.full((ROWS, 1), number), np.full((1, COLUMNS), factor)
    with np.errstate(invalid="ignore"):
        expected = a @ b
    found = cr.compile(lambda a, b: a @ b)(a, b)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(np.signbit(found)[expected == 0], np.signbit(expected)[expected == 0])


def test_products_of_whole_numbers_keep_their_dtype() -> None:
    a, b = RNG.integers(-9, 9, (ROWS, 1)), RNG.integers(-9, 9, (1, COLUMNS))
    found = cr.compile(lambda a, b: (a @ b, (a @ b + 1) @ b.T))(a, b)
    for one, expected in zip(found, (a @ b, (a @ b + 1) @ b.T), strict=True):
        assert one.dtype == expected.dtype
        np.testing.assert_array_equal(one, expected)


@pytest.mark.parametrize("sizes", [(1, 100, 1), (70, 1, 70), (1, 70, 70, 1)])
def test_training_with_layers_of_one_unit(sizes: tuple[int, ...]) -> None:
    """The compiled steps are those of NumPy."""
    data = RNG.normal(size=(120, sizes[0])), RNG.normal(size=(120, sizes[-1]))
    found = []
    for how in ("native", "reference"):
        net = cr.nn.Network(sizes, activation="relu", seed=1)
        cr.train.fit(net, *data, loss="mse", batch_size=60, epochs=3, compile=how, seed=2)
        found.append(net.parameters)
    for name, value in found[0].items():
        np.testing.assert_allclose(value, found[1][name], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("size", [4, 300])
@pytest.mark.parametrize(
    "product", [np.outer, lambda x, y: x[:, None] @ y[None, :]], ids=["outer", "sums of one term"]
)
def test_zeros_have_the_signs_of_numpys(product: Callable[..., Any], size: int) -> None:
    """A product of zeros has one of its own; a sum begins with +0."""
    x, y = np.zeros(size), -np.linspace(1, 2, size)
    found, expected = cr.compile(product)(x, y), product(x, y)
    np.testing.assert_array_equal(np.signbit(found), np.signbit(expected))
