"""Jacobian matrices."""

import inspect

import numpy as np
import pytest

import chainrule as cr


def f(x):
    return np.stack([2 * x[0] + x[1], np.pi * x[1], -x[0] / x[1]])


POINTS = [(3.0, 2.0), (0.0, 1.0), (-8.0, 0.5), (1.0, -4.0)]


@pytest.mark.parametrize("x", POINTS)
def test_a_function_that_takes_a_vector_and_produces_a_vector(x):
    """f([x₁ x₂]ᵀ) = [2x₁ + x₂, πx₂, -x₁/x₂]ᵀ has the Jacobian [[2 1], [0 π], [-1/x₂ x₁/x₂²]]."""
    x1, x2 = x
    J = cr.jacobian(f, wrt="x")(np.array(x))
    np.testing.assert_array_equal(J.matrix(), [[2, 1], [0, np.pi], [-1 / x2, x1 / x2**2]])


@pytest.mark.parametrize(("output", "column"), [(i, j) for i in range(3) for j in range(2)])
def test_what_is_the_set_of_f_s_partial_derivatives(output, column):
    """∂fᵢ/∂xⱼ one by one: 2, 1, 0, π, -1/x₂ and x₁/x₂²."""
    at = np.array([3.0, 2.0])
    partial = cr.grad(lambda x: f(x)[output])(at)[column]
    assert partial == [[2, 1], [0, np.pi], [-1 / 2, 3 / 4]][output][column]


def test_rows_are_the_outputs_of_f_and_columns_are_its_inputs():
    """For f: ℝᵐ → ℝⁿ it is n × m: J @ v is how f changes along v, and p @ J weighs the outputs."""
    J = cr.jacobian(f)(np.array([3.0, 2.0]))
    assert J.shape == (3, 2)
    np.testing.assert_array_equal(J @ np.array([1.0, 0.0]), [2, 0, -1 / 2])
    np.testing.assert_array_equal(np.array([0.0, 0.0, 1.0]) @ J, [-1 / 2, 3 / 4])
    np.testing.assert_array_equal(np.asarray(J), J.matrix())


def test_the_jacobian_versus_the_gradient_of_a_real_valued_function():
    """For f: ℝᵐ → ℝ the Jacobian is the row that the gradient is the column of."""

    def real_valued(x):
        return x[0] * x[1] ** 2 - x[2]

    x = np.array([3.0, 2.0, 7.0])
    jacobian, gradient = cr.jacobian(real_valued)(x).matrix(), cr.grad(real_valued)(x)
    assert jacobian.shape == (1, 3)
    np.testing.assert_array_equal(gradient, [4, 12, -1])
    np.testing.assert_array_equal(jacobian, gradient[:, None].T)


def two_faced(x, y, a, b):
    return 2 * a * x + b / y


def of_vectors(x, w):
    return 2 * w[0] * x[0] + w[1] / x[1]


@pytest.mark.parametrize(
    ("x", "y", "a", "b"), [(3.0, 2.0, 5.0, 8.0), (-1.0, 0.5, 0.0, 7.0), (0.0, -4.0, 2.5, 1.0)]
)
def test_the_same_function_from_different_perspectives(x, y, a, b):
    """f(x, y; a, b) = 2ax + b/y: [2a, -b/y²] by its variables, [2x, 1/y] by its constants, one call each."""
    at = {"x": np.array([x, y]), "w": np.array([a, b])}
    np.testing.assert_array_equal(cr.jacobian(of_vectors, wrt="x")(**at).matrix(), [[2 * a, -b / y**2]])
    np.testing.assert_array_equal(cr.jacobian(of_vectors, wrt="w")(**at).matrix(), [[2 * x, 1 / y]])
    assert cr.grad(two_faced, wrt=("x", "y"))(x, y, a, b) == (2 * a, -b / y**2)
    assert cr.grad(two_faced, wrt=("a", "b"))(x, y, a, b) == (2 * x, 1 / y)


def test_both_perspectives_are_of_one_function():
    """Neither call needs the function written in another way."""
    assert list(inspect.signature(two_faced).parameters) == ["x", "y", "a", "b"]
    J = cr.jacobian(two_faced, wrt=("x", "y", "a", "b"))(3.0, 2.0, 5.0, 8.0)
    np.testing.assert_array_equal(J.matrix(), [[10, -2, 6, 0.5]])
