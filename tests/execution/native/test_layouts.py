"""Matrices that lie column after column inside a loop: which ones, and that no value depends on it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.execution.native.looping import StepPlan
from chainrule.execution.native.passes.layouts import narrow_by_columns, states_by_columns
from chainrule.execution.native.step_planning import planned_step
from chainrule.execution.native.target import Target, host
from chainrule.tree import flatten, map_leaves, unflatten
from tests.execution.native import processors

RNG = np.random.default_rng(21)
ROWS, INPUTS, HIDDEN, CLASSES = 37, 13, 18, 3
X, Y = RNG.normal(size=(ROWS, INPUTS)), RNG.integers(CLASSES, size=ROWS)
PARAMETERS = (
    RNG.normal(size=(HIDDEN, INPUTS)) / 4,
    RNG.normal(size=(CLASSES, HIDDEN)) / 4,
    RNG.normal(size=CLASSES),
)
TARGET = Target("x86_64", "", "", 32)


def cross_entropy(parameters: Any, x: Any, y: Any) -> Any:
    W, V, c = parameters
    log_p = cr.special.log_softmax(np.tanh(x @ W.T) @ V.T + c, axis=1)
    return -np.sum(np.where(y[:, None] == np.arange(CLASSES), log_p, 0)) / len(y)


def momentum(carry: Any, rate: Any, x: Any, y: Any) -> Any:
    """Each velocity is laid out as its parameter is."""
    parameters, velocities = carry
    loss, gradients = cr.value_and_grad(cross_entropy)(parameters, x, y)
    velocities = [0.9 * v + g for v, g in zip(velocities, gradients, strict=True)]
    return loss, ([p - rate * v for p, v in zip(parameters, velocities, strict=True)], velocities)


def with_size_of_the_gradient(carry: Any, rate: Any, x: Any, y: Any) -> Any:
    """Sums over what lies by columns, along either axis and over both."""
    parameters, _ = carry
    loss, (g, *_) = cr.value_and_grad(cross_entropy)(parameters, x, y)
    W, V, c = parameters
    return loss, ([W - rate * g / np.sqrt(1 + np.sum(g**2)), V, c], [np.sum(g, axis=0), np.max(g, axis=1)])


def with_rows_reversed(carry: Any, rate: Any, x: Any, y: Any) -> Any:
    """A state that is read at other places stays in order."""
    (W, V, c), _ = carry
    loss, (g, *_) = cr.value_and_grad(cross_entropy)((W, V, c), x, y)
    return loss, ([W[::-1] - rate * g, V, c], [])


def swapped(carry: Any, rate: Any, x: Any, y: Any) -> Any:
    """Two states of a shape that change places."""
    (W, V, c), (U,) = carry
    loss, (g, *_) = cr.value_and_grad(cross_entropy)((W, V, c), x, y)
    return loss, ([U, V, c], [W - rate * g])


STEPS = {
    momentum: [np.zeros_like(p) for p in PARAMETERS],
    with_size_of_the_gradient: [np.zeros(INPUTS), np.zeros(HIDDEN)],
    with_rows_reversed: [],
    swapped: [PARAMETERS[0] + 1],
}


def plan_of(step: Any, carry: Any, target: Target) -> StepPlan:
    leaves, structure = flatten(carry)

    def flat(*arguments: Any) -> Any:
        loss, after = step(unflatten(structure, arguments[: len(leaves)]), *arguments[len(leaves) :])
        return [loss, *flatten(after)[0]]

    graph = cr.trace(flat, *leaves, np.array(0.1), X, Y).graph
    return planned_step(graph, len(leaves), target)


@pytest.mark.parametrize(
    ("step", "dtype"),
    [
        (momentum, np.float64),
        (momentum, np.float32),
        (with_size_of_the_gradient, np.float64),
        (swapped, np.float64),
    ],
)
def test_steps_give_what_numpy_gives(step: Any, dtype: type) -> None:
    def typed(tree: Any) -> Any:
        return map_leaves(lambda leaf: np.asarray(leaf, dtype), tree)

    rates, x = np.array([0.5, 0.25, 0.125], dtype), X.astype(dtype)
    orders = RNG.permuted(np.tile(np.arange(ROWS), (3, 1)), axis=1)[:, :33]
    carry = typed((list(PARAMETERS), STEPS[step]))
    losses, after = cr.repeat(step)(carry, rates, orders, x, Y)
    for rate, order, found in zip(rates, orders, losses, strict=True):
        loss, carry = step(carry, rate, x[order], Y[order])
        np.testing.assert_allclose(found, loss, rtol=100 * np.finfo(dtype).eps)
    for found, wanted in zip(flatten(after)[0], flatten(carry)[0], strict=True):
        np.testing.assert_allclose(found, wanted, rtol=2000 * np.finfo(dtype).eps, atol=np.finfo(dtype).eps)


def test_where_the_loss_is_not_finite_the_states_are_those_before_that_step() -> None:
    x = X.copy()
    x[5] = np.inf
    carry = (list(PARAMETERS), STEPS[momentum])
    orders = np.array([[0, 1, 2, 3], [4, 5, 6, 7]])
    _, one = cr.repeat(momentum)(carry, np.full(1, 0.5), orders[:1], x, Y)
    losses, after = cr.repeat(momentum)(carry, np.full(2, 0.5), orders, x, Y)
    assert np.isnan(losses[1])
    for found, wanted in zip(flatten(after)[0], flatten(one)[0], strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_the_first_weights_and_their_velocities_lie_by_columns_in_the_loop() -> None:
    plan = plan_of(momentum, (list(PARAMETERS), STEPS[momentum]), TARGET)
    assert [kernel.written()[0].shape for kernel in plan.after] == [(HIDDEN, INPUTS)] * 2
    assert not any(callers.by_columns for callers in plan.slots)
    assert "by columns" in plan.text("memory")


@pytest.mark.parametrize("step", [with_rows_reversed, swapped], ids=lambda step: step.__name__)
def test_states_that_something_reads_in_order_do_not(step: Any) -> None:
    assert not plan_of(step, (list(PARAMETERS), STEPS[step]), host()).before


def test_weights_through_which_gradients_are_pulled_stay_by_rows() -> None:
    """Of them products read columns in one direction, and rows in the other."""
    plan = plan_of(momentum, (list(PARAMETERS), STEPS[momentum]), TARGET)
    assert PARAMETERS[1].shape not in {node.shape for node in states_by_columns(plan.graph, plan.carried)}


@pytest.mark.parametrize(
    ("rows", "columns", "width", "chosen"),
    [
        (32, 3, 32, True),
        (8, 7, 32, True),
        (7, 3, 32, False),
        (32, 4, 32, False),
        (32, 9, 32, False),
        (32, 1, 32, False),
        (8, 3, 64, True),
        (7, 3, 64, False),
        (32, 8, 64, False),
        (4, 3, 16, True),
        (3, 3, 16, False),
    ],
)
def test_classes_that_fill_no_registers_lie_by_columns(
    rows: int, columns: int, width: int, chosen: bool
) -> None:
    """Registers of 64 bytes are filled by as many rows as two of 32 are."""

    def loss(z: Any) -> Any:
        e = np.exp(z * 2)
        return np.sum(e / np.sum(e, axis=1, keepdims=True) * e)

    graph = cr.trace(loss, np.ones((rows, columns))).graph
    assert bool(narrow_by_columns(graph, replace(TARGET, vector_bytes=width))) == chosen


@processors.for_each("way", "@", "@", "add-reduce", "@")
def test_outputs_that_are_sums_along_memory_lie_by_columns(target: Target, way: str) -> None:
    """As what is computed from them: some rows are then stored side by side."""

    def step(W: Any, rate: Any, x: Any, y: Any) -> Any:
        def loss(W: Any) -> Any:
            log_p = cr.special.log_softmax(np.maximum(x, 0) @ W.T, axis=1)
            return -np.sum(np.where(y[:, None] == np.arange(10), log_p, 0))

        value, gradient = cr.value_and_grad(loss)(W)
        return [value, W - rate * gradient @ (W.T @ W)]  # W is read by rows

    x, y = RNG.normal(size=(40, 128)).astype("f4"), RNG.integers(10, size=40)
    W = RNG.normal(size=(10, 128)).astype("f4")
    plan = planned_step(cr.trace(step, W, np.float32(0.1), x, y).graph, 1, target)
    outputs = next(
        k for k in plan.lowered.kernels if (node := getattr(k, "node", None)) and node.op == "einsum"
    )
    assert way in str(outputs)
    assert outputs.written()[0].by_columns == (way == "add-reduce")
    orders = np.arange(40)[None]
    losses, after = cr.repeat(lambda *given: tuple(step(*given)))(W, np.array([0.1], "f4"), orders, x, y)
    value, wanted = step(W, np.float32(0.1), x, y)
    np.testing.assert_allclose(losses[0], value, rtol=1e-5)
    np.testing.assert_allclose(after, wanted, rtol=1e-3, atol=1e-3)
