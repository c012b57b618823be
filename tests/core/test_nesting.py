"""Derivatives inside functions that are themselves differentiated and whose values they use."""

from typing import Any

import numpy as np
import pytest

import chainrule as cr


def test_an_inner_function_may_use_outer_values() -> None:
    def f(x: Any) -> Any:
        return cr.grad(lambda w: np.sum((w * x) ** 2))(2.0) + x  # 4x² + x

    assert f(3.0) == pytest.approx(39.0)
    assert cr.grad(f)(3.0) == pytest.approx(25.0)
    assert cr.grad(cr.grad(f))(3.0) == pytest.approx(8.0)


def test_three_functions_deep() -> None:
    def f(x: Any) -> Any:
        return cr.grad(lambda y: y * x * cr.grad(lambda z: z * y * x)(x))(x)  # ∂/∂y (x y)² at y = x: 2x³

    assert f(2.0) == pytest.approx(16.0)
    assert cr.grad(f)(2.0) == pytest.approx(24.0)


@pytest.mark.parametrize(("x", "expected"), [(2.0, 1.0), (-2.0, 0.0)])
def test_an_inner_function_may_branch_on_an_outer_value(x: float, expected: float) -> None:
    def f(x: Any) -> Any:
        return cr.grad(lambda y: y * x if x > 0 else y)(x)

    assert cr.grad(f)(x) == expected


def test_gradient_descent_unrolled_is_differentiable() -> None:
    target = np.array([1.0, -2.0])

    def after_two_steps(rate: Any) -> Any:
        w = np.zeros(2)
        for _ in range(2):
            w = w - rate * cr.grad(lambda w: np.sum((w - target) ** 2))(w)
        return np.sum((w - target) ** 2)

    # w − target shrinks by 1 − 2·rate each step, so the loss is (1 − 2·rate)⁴·5.
    assert after_two_steps(0.1) == pytest.approx(5 * 0.8**4)
    assert cr.grad(after_two_steps)(0.1) == pytest.approx(-8 * 5 * 0.8**3)


def test_jacobians_and_products_inside() -> None:
    def f(x: Any) -> Any:
        J = cr.jacobian(lambda y: np.sin(y) * x)(x)  # diag(x cos x)
        return np.sum(J.matrix()) + np.sum(J.pull(np.ones(2))) + np.sum(J.push(x))

    x = np.array([0.3, 1.2])
    value = np.sum(x * np.cos(x)) * 2 + np.sum(x * x * np.cos(x))
    slope = 2 * (np.cos(x) - x * np.sin(x)) + 2 * x * np.cos(x) - x**2 * np.sin(x)
    assert f(x) == pytest.approx(value)
    np.testing.assert_allclose(cr.grad(f)(x), slope)


def test_a_value_that_escaped_from_its_function_is_refused() -> None:
    kept = []

    def f(x: Any) -> Any:
        kept.append(x)
        return x * 2.0

    cr.trace(f, 1.0)
    with pytest.raises(cr.errors.TraceError, match="has ended"):
        cr.trace(lambda x: x + kept[0], 1.0)


def test_positions_of_variable_arguments() -> None:
    def f(*arrays: Any) -> Any:
        return np.sum(arrays[0] * arrays[1] ** 2)

    a, b = np.array([1.0, 2.0]), np.array([3.0, 5.0])
    np.testing.assert_array_equal(cr.grad(f)(a, b), b**2)
    np.testing.assert_array_equal(cr.grad(f, wrt=1)(a, b), 2 * a * b)
    np.testing.assert_array_equal(cr.grad(f, wrt=(0, -1))(a, b)[1], 2 * a * b)
