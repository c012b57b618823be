"""Updates woven into the products that give their gradients."""

from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.execution.native.emission.weaving import weaves
from chainrule.execution.native.kernels import ProductKernel
from chainrule.execution.native.passes.grouping import grouped
from chainrule.execution.native.passes.legalise import legalise
from chainrule.execution.native.passes.lower import lower
from chainrule.execution.native.target import Target

from .processors import AVX2, AVX512

State = tuple[Any, Any, Any]
ADDED = 0.01


def moved(state: State, gradient: Any, rate: Any) -> State:
    """Adam's step, without its corrections of the first ones."""
    w, m, v = state
    m = 0.9 * m + 0.1 * gradient
    v = 0.99 * v + 0.01 * gradient * gradient
    return w - rate * m / (np.sqrt(v) + ADDED), m, v


def fit(state: State, rate: Any, x: Any, y: Any) -> tuple[Any, State]:
    """A step of a linear layer, differentiated."""
    value, gradient = cr.value_and_grad(lambda w: np.sum((x @ w.T - y) ** 2) / (2 * len(x)))(state[0])
    return value, moved(state, gradient, rate)


def by_hand(state: State, rates: np.ndarray, orders: np.ndarray, x: np.ndarray, y: np.ndarray) -> State:
    """Such steps in NumPy: ∇ = (H − Y)ᵀ X / n."""
    for rate, rows in zip(rates, orders, strict=True):
        gradient = (x[rows] @ state[0].T - y[rows]).T @ x[rows] / len(rows)
        state = moved(state, gradient, rate)
    return state


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("inputs", "outputs", "batch"),
    [
        (157, 64, 48),  # the fewest terms of a sum into which something is woven, and rows left over
        (300, 128, 61),  # an odd number of terms
        (509, 256, 128),  # weights that are carried in panels
        (150, 100, 75),  # columns that fill no panel
        (130, 33, 50),  # single columns left over
        (24, 32, 49),  # as few rows as are worth it
    ],
)
def test_woven_updates_are_those_of_numpy(inputs: int, outputs: int, batch: int, dtype: str) -> None:
    rng = np.random.default_rng(inputs + batch)
    x, y = (rng.normal(size=(3 * batch, n)).astype(dtype) for n in (inputs, outputs))
    w, m, v = (abs(rng.normal(size=(outputs, inputs))).astype(dtype) for _ in range(3))
    state = w, m, v
    orders = rng.integers(0, len(x), size=(4, batch))
    rates = np.linspace(0.1, 0.05, 4).astype(dtype)
    _, found = cr.repeat(fit)(state, rates, orders, x, y)
    rtol = 1e-3 if dtype == "float32" else 1e-11
    for ours, expected in zip(found, by_hand(state, rates, orders, x, y), strict=True):
        np.testing.assert_allclose(ours, expected, rtol, atol=rtol / 10)


def products(target: Target, batch: int, inputs: int, outputs: int) -> list[ProductKernel]:
    """The products of an update of weights, as a processor computes what follows from them."""

    def updated(x: Any, d: Any, *state: Any) -> State:
        return moved(state, x.T @ d, 0.1)

    shapes = ((batch, inputs), (batch, outputs), *[(inputs, outputs)] * 3)
    graph = cr.trace(updated, *[np.ones(shape) for shape in shapes]).graph
    found = grouped(lower(legalise(graph), target).kernels, updating=target)
    return [kernel for kernel in found if isinstance(kernel, ProductKernel)]


@pytest.mark.parametrize(
    ("target", "sizes", "woven"),
    [
        (AVX512, (128, 784, 256), True),
        (AVX512, (47, 784, 256), False),  # too short sums
        (AVX512, (128, 20, 256), False),  # too few rows
        (AVX512, (128, 784, 512), False),  # rows of a page
        (AVX2, (128, 784, 256), False),  # no registers to spare
    ],
)
def test_what_is_woven(target: Target, sizes: tuple[int, int, int], woven: bool) -> None:
    (product,) = products(target, *sizes)
    assert weaves(product, target) == bool(product.epilogue) == woven
