"""Products behind a choice: matrix products, computed again with 0·∞ = 0 only where that matters."""

from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.execution.native.expressions import Apply
from chainrule.execution.native.kernels import LoopKernel, ProductKernel
from chainrule.execution.native.planning import planned
from chainrule.execution.native.target import host
from chainrule.nn import ACTIVATIONS

PRODUCTS = ("multiply", "absorb")
RNG = np.random.default_rng(11)


def chosen(W: Any, x: Any, kept: Any) -> Any:
    """A loss of which only some rows and columns count."""
    return np.sum(np.where(kept, np.tanh(x @ W), 0.0))


def arguments(rows: int, inputs: int, outputs: int, dtype: Any) -> tuple[np.ndarray, ...]:
    W = RNG.normal(size=(inputs, outputs)).astype(dtype)
    x = RNG.normal(size=(rows, inputs)).astype(dtype)
    return W, x, RNG.random((rows, outputs)) < 0.7


def in_loops(kernel: Any) -> bool:
    """Whether a kernel is a product's loops, other than those that run only beside infinities."""
    if not isinstance(kernel, LoopKernel) or kernel.node is None or kernel.unless_finite:
        return False
    multiplies = isinstance(kernel.expression, Apply) and kernel.expression.instruction in PRODUCTS
    return multiplies and kernel.node.op in ("einsum", "absorbing_einsum")


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_with_every_activation_a_step_has_matrix_products_only(name: str) -> None:
    activation = ACTIVATIONS[name].function

    def loss(weights: Any, x: Any, kept: Any) -> Any:
        W, V = weights
        return np.mean((np.where(kept, activation(x @ W), 0.0) @ V) ** 2)

    W, x, kept = arguments(32, 16, 24, "float32")
    V = RNG.normal(size=(24, 8)).astype("float32")
    kernels = planned(cr.trace(cr.grad(loss), (W, V), x, kept).graph, host()).kernels
    assert not any(map(in_loops, kernels))
    assert sum(isinstance(kernel, ProductKernel) for kernel in kernels) >= (1 if name == "heaviside" else 5)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("rows", "inputs", "outputs"), [(32, 16, 24), (7, 5, 33), (9, 17, 4), (1, 3, 2)])
@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
def test_a_row_that_does_not_count_leaves_no_trace(
    bad: float, rows: int, inputs: int, outputs: int, dtype: str
) -> None:
    W, x, kept = arguments(rows, inputs, outputs, dtype)
    clean = np.copy(x)
    x[0, 0], clean[0], kept[0] = bad, 0.0, False
    found = cr.compile(cr.grad(chosen))(W, x, kept)
    slope = np.where(kept, 1 - np.tanh(clean @ W) ** 2, 0)  # the closed form: ∂/∂W Σ tanh(x W)
    np.testing.assert_allclose(found, clean.T @ slope, rtol=1e-4, atol=1e-5)


def test_an_infinity_that_counts_is_seen() -> None:
    W, x, kept = arguments(32, 16, 24, "float64")
    x[3, 2] = np.nan
    kept[3], kept[3, 5] = False, True
    native = cr.compile(cr.grad(chosen))(W, x, kept)
    assert np.isnan(native[:, 5]).all()
    assert np.isfinite(np.delete(native, 5, axis=1)).all()
    np.testing.assert_allclose(native, cr.grad(chosen)(W, x, kept), rtol=1e-10)


def test_repeated_steps_absorb_as_single_ones_do() -> None:
    W, x, kept = arguments(24, 16, 24, "float64")
    x[4, 1], kept[4] = np.inf, False

    def step(W: Any, rate: Any, x: Any, kept: Any) -> Any:
        loss, gradient = cr.value_and_grad(chosen)(W, x, kept)
        return loss, W - rate * gradient

    orders, rates = RNG.permutation(24).reshape(3, 8), np.full(3, 0.1)
    losses, last = cr.repeat(step)(W, rates, orders, x, kept)
    expected = W
    for k, rows in enumerate(orders):
        loss, expected = step(expected, 0.1, x[rows], kept[rows])
        assert losses[k] == pytest.approx(loss)
    assert np.isfinite(last).all()
    np.testing.assert_allclose(last, expected, rtol=1e-10)
