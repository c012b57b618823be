"""What native code returns is memory of its own, whatever the output is in the graph."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.execution import compile_reference
from chainrule.execution.native import compile_native
from chainrule.execution.native.kernels import LoopKernel, PackKernel, ProductKernel
from chainrule.execution.native.planning import planned
from chainrule.execution.native.step_planning import planned_step
from chainrule.execution.native.target import host

CONSTANT = np.array([4.0, 5.0, 6.0])

OUTPUTS: dict[str, Callable[[Any], Any]] = {
    "the input": lambda x: x,
    "a constant": lambda x: CONSTANT,
    "a number": lambda x: 2.0,
    "one value twice": lambda x: (x * 2,) * 2,
    "the input twice, and a value of it": lambda x: (x, np.sum(x), x),
    "a view of the input": lambda x: x[::-1],
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_outputs_are_arrays_of_their_own(name: str) -> None:
    function, x = OUTPUTS[name], np.array([1.0, 2.0, 3.0])
    result = cr.compile(lambda x: [function(x)])(x)[0]
    results, expected = (value if isinstance(value, tuple) else (value,) for value in (result, function(x)))
    for value, wanted in zip(results, expected, strict=True):
        np.testing.assert_array_equal(value, wanted)
        assert not np.shares_memory(value, x)
        assert not np.shares_memory(value, CONSTANT)
    for first, second in pairwise(results):
        assert not np.shares_memory(first, second)


def test_a_step_computes_the_next_value_in_its_place() -> None:
    """Here a product, whose shape changes before it is carried on."""

    def step(w, rate, x):  # type: ignore[no-untyped-def]
        return np.sum(w) * rate, np.reshape(x.T @ x, 9)

    w, x = np.ones(9), np.arange(12.0).reshape(4, 3)
    *_, product = planned_step(cr.trace(step, w, 2.0, x).graph, 1, host()).kernels
    assert isinstance(product, ProductKernel)
    assert product.c.buffer.kind == "input"
    losses, found = cr.repeat(step)(w, np.array([2.0]), np.array([[2, 0, 3, 1]]), x)
    np.testing.assert_array_equal(losses, [18.0])
    np.testing.assert_array_equal(found, (x.T @ x).ravel())


def test_a_gradient_that_is_the_argument_itself() -> None:
    x = np.array([1.0, 2.0, 3.0])
    np.testing.assert_array_equal(cr.compile(cr.grad(lambda x: 0.5 * np.sum(x**2)))(x), x)


def test_a_jacobian_is_its_matrix() -> None:
    x = np.array([0.5, -1.0, 2.0])
    expected = np.diag(np.cos(x)) * x[0] + np.outer(np.sin(x), [1, 0, 0])
    np.testing.assert_allclose(cr.compile(cr.jacobian(lambda x: np.sin(x) * x[0]))(x), expected, 1e-14)


SCATTERED: dict[str, Callable[[Any], Any]] = {
    "an output": cr.grad(lambda x: x[3] ** 2 + x[7] * x[3]),
    "an output that others read": lambda x: (
        lambda placed: (placed, np.sum(placed), placed - 1)
    )(np.pad(x[:2] * x[2], (3, 4))),
    "two outputs": lambda x: (np.pad(x, (1, 2)), np.pad(x[:4], (2, 1)) * 2, np.pad(x, (0, 1))[None]),
    "workspace that other values have used": lambda x: (
        np.exp(np.pad(x, 2)) @ np.arange(13.0), np.pad(np.cumsum(x), (4, 0)) @ np.arange(13.0)
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SCATTERED)
def test_what_is_not_written_to_is_zero_in_every_call(name: str) -> None:
    """Memory of earlier results, full of other numbers, is used again."""
    graph = cr.trace(SCATTERED[name], np.ones(9)).graph
    program, reference = compile_native(graph), compile_reference(graph)
    for number in range(6):
        x = np.arange(9.0) + number
        found = program.in_python(x) if number % 2 else program(x)
        found = found if isinstance(found, tuple | list) else (found,)
        for value, expected in zip(found, reference(x), strict=True):
            np.testing.assert_allclose(value, expected, rtol=1e-12)
            if np.ndim(value):
                value[...] = np.nan


def test_only_what_is_cleared_is_asked_for_as_zeros() -> None:
    def f(x: Any) -> Any:
        return np.pad(x, 1), np.exp(np.pad(x, 2)), x * 2

    plan = planned(cr.trace(f, np.ones(3)).graph, host())
    assert plan.made()[0].zeroed == (0,)
    cleared = [
        kernel.target.kind for kernel in plan.kernels if isinstance(kernel, LoopKernel) and kernel.clear
    ]
    assert cleared == ["workspace"]


def test_a_change_of_shape_is_no_copy() -> None:
    def f(x: Any, y: Any) -> Any:
        product = x @ y
        return np.reshape(product, (2, 10)), np.sum(product)

    x, y = np.arange(12.0).reshape(4, 3), np.arange(15.0).reshape(3, 5)
    kernels = planned(cr.trace(f, x, y).graph, host()).kernels
    assert isinstance(kernels[0], ProductKernel)
    assert kernels[0].c.buffer.kind == "output"
    assert len(kernels) == 2
    np.testing.assert_allclose(cr.compile(f)(x, y)[0], (x @ y).reshape(2, 10), 1e-14)
    assert cr.compile(f)(x, y)[1] == pytest.approx((x @ y).sum())


def test_a_value_in_two_shapes_is_two_outputs() -> None:
    f = lambda x: (np.reshape(np.cumsum(x), (2, 3)), np.reshape(np.cumsum(x), (3, 2)), np.cumsum(x)[::-1])  # noqa: E731
    x = np.arange(6.0)
    for found, expected in zip(cr.compile(f)(x), f(x), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_a_value_in_another_shape_may_be_copied_for_a_product() -> None:
    def f(x: Any, C: Any) -> Any:
        return np.ravel(x * 2), C @ (x * 2)

    x, C = np.arange(60_000.0).reshape(200, 300) % 7, np.arange(6600.0).reshape(33, 200) % 5
    kernels = planned(cr.trace(f, x, C).graph, host()).kernels
    copies = [kernel.source.buffer.kind for kernel in kernels if isinstance(kernel, PackKernel)]
    assert copies == ["output"]
    for found, expected in zip(cr.compile(f)(x, C), f(x, C), strict=True):
        np.testing.assert_array_equal(found, expected)
