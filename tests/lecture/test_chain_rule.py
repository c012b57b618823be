"""The chain rule of multivariate calculus."""

from fractions import Fraction

import numpy as np
import pytest

import chainrule as cr


def f(x):
    return np.stack([x[0] - 2 * x[1] + x[2] / 4])


def g(x):
    return np.stack([x[0] + 2 * x[1], x[1], -x[0] + 3])


POINTS = [np.array([3.0, 2.0]), np.array([0.0, 0.0]), np.array([-1.5, 7.0])]


@pytest.mark.parametrize("x", POINTS)
def test_example_substitution(x):
    """f∘g = x₁ + 2x₂ - 2x₂ + (-x₁ + 3)/4 = ¾(x₁ + 1), whose Jacobian is [¾ 0]."""
    assert f(g(x))[0] == x[0] + 2 * x[1] - 2 * x[1] + (-x[0] + 3) / 4 == 0.75 * (x[0] + 1)
    np.testing.assert_array_equal(cr.jacobian(lambda x: f(g(x)))(x).matrix(), [[0.75, 0]])


@pytest.mark.parametrize("x", POINTS)
def test_example_chain_rule(x):
    """∂f/∂g = [1 -2 ¼] is 1×3, ∂g/∂x = [[1 2], [0 1], [-1 0]] is 3×2, and their product is [¾ 0]."""
    by_g, by_x = cr.jacobian(f)(g(x)).matrix(), cr.jacobian(g)(x).matrix()
    np.testing.assert_array_equal(by_g, [[1, -2, 0.25]])
    np.testing.assert_array_equal(by_x, [[1, 2], [0, 1], [-1, 0]])
    np.testing.assert_array_equal(by_g @ by_x, [[0.75, 0]])


def test_example_in_fractions():
    """The same product in exact arithmetic."""
    by_g, by_x = [Fraction(1), Fraction(-2), Fraction(1, 4)], [[1, 2], [0, 1], [-1, 0]]
    product = [sum(p * row[j] for p, row in zip(by_g, by_x, strict=True)) for j in range(2)]
    assert product == [Fraction(3, 4), 0]


def test_the_order_matters():
    """∂f/∂g · ∂g/∂x is not ∂g/∂x · ∂f/∂g: the shapes need not fit, and the numbers differ where they do."""
    by_g, by_x = cr.jacobian(f)(g(POINTS[0])).matrix(), cr.jacobian(g)(POINTS[0]).matrix()
    with pytest.raises(ValueError, match="matmul"):
        by_x @ by_g
    A, B = np.array([[1.0, 2.0], [0.0, 1.0]]), np.array([[0.0, 1.0], [1.0, 0.0]])
    x = np.array([5.0, -3.0])
    composed = cr.jacobian(lambda x: A @ (B @ x))(x).matrix()
    np.testing.assert_array_equal(composed, A @ B)
    assert not np.array_equal(composed, B @ A)


def outer(x):
    return np.stack([x[0] * x[1], x[2] ** 2])


def middle(x):
    return np.stack([x[0] + x[1], x[0] - x[1], x[0] * x[1]])


def inner(x):
    return np.stack([x[0] ** 2, 3 * x[1] + x[2] * x[3]])


def test_arbitrarily_deep_compositions():
    """∂(f∘g∘h)/∂x = ∂f/∂g · ∂g/∂h · ∂h/∂x for f: ℝ³ → ℝ², g: ℝ² → ℝ³ and h: ℝ⁴ → ℝ²."""
    x = np.array([2.0, -1.0, 3.0, 5.0])
    product = (
        cr.jacobian(outer)(middle(inner(x))).matrix()
        @ cr.jacobian(middle)(inner(x)).matrix()
        @ cr.jacobian(inner)(x).matrix()
    )
    whole = cr.jacobian(lambda x: outer(middle(inner(x))))(x).matrix()
    assert whole.shape == (2, 4)
    np.testing.assert_array_equal(whole, product)
    # h = (u, v) = (4, 12), so f∘g = (u² - v², (uv)²) has the rows [2u, -2v] and [2uv², 2u²v]
    by_h = np.array([[8, -24], [1152, 384]])
    np.testing.assert_array_equal(whole, by_h @ [[4, 0, 0, 0], [0, 3, 5, 3]])


@pytest.mark.parametrize("depth", [1, 5, 50])
def test_every_bracketing_of_the_product_gives_the_same_jacobian(depth):
    """Forward mode multiplies from the input, reverse mode from the output; here all numbers are whole."""
    factors = [np.array([[1.0, 1.0], [0.0, 1.0]]), np.array([[1.0, 0.0], [-1.0, 1.0]])] * depth

    def composed(x):
        for factor in factors:
            x = factor @ x
        return x

    x = np.array([1.0, 2.0])
    expected = np.linalg.multi_dot(factors[::-1])
    by_columns = [cr.push(composed)(x)(v) for v in np.eye(2)]
    by_rows = [cr.pull(composed)(x)(p) for p in np.eye(2)]
    np.testing.assert_array_equal(np.stack(by_columns, axis=1), expected)
    np.testing.assert_array_equal(np.stack(by_rows), expected)
    np.testing.assert_array_equal(cr.jacobian(composed)(x).matrix(), expected)
