"""Points where derivatives go wrong in silence: 0/0, 0·∞, overflow, ties, zeros in products, offsets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr

INF = np.inf
ZEROS = np.zeros(3)
Function = Callable[[Any], Any]

# Name: a function that returns one number, a point, and the gradient that mathematics gives there.
GRADIENTS: dict[str, tuple[Function, Any, Any]] = {
    "where chooses sqrt": (lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0)), [0.0, 4.0], [0.0, 0.25]),
    "where chooses log": (lambda x: np.sum(np.where(x > 0, x * np.log(x), 0)), [0.0, 1.0], [0.0, 1.0]),
    "where chooses 1/x": (lambda x: np.sum(np.where(x != 0, 1 / x, 5)), [0.0, 2.0], [0.0, -0.25]),
    "where chooses a power": (lambda x: np.sum(np.where(x > 0, x**-1.5, 0)), [0.0, 1.0], [0.0, -1.5]),
    "where chooses sin(x)/x": (lambda x: np.sum(np.where(x == 0, 1, np.sin(x) / x)), [0.0], [0.0]),
    "where avoids overflow": (
        lambda x: np.sum(np.where(x < 0, np.exp(x), x)), [-1.0, 1000.0], [np.exp(-1), 1.0]),
    "where avoids a negative base": (lambda x: np.sum(np.where(x > 0, x**1.5, 0)), [-4.0, 4.0], [0.0, 3.0]),
    "where avoids overflow before a product": (
        lambda x: np.sum(np.where(np.array([True, False]), np.exp(x) @ np.ones(2), 0)),
        [[0.0, 1.0], [1000.0, 1.0]], [[1.0, np.e], [0.0, 0.0]]),
    "where avoids a softmax of nothing": (
        lambda x: np.sum(np.where(np.array([[True], [False]]), cr.special.softmax(x, -1)[:, :1], 0)),
        [[0.0, 0.0], [-INF, -INF]], [[0.25, -0.25], [0.0, 0.0]]),
    "where within where": (
        lambda x: np.sum(np.where(x > 0, np.where(x > 1, np.log(x - 1), np.sqrt(x)), 0)),
        [-1.0, 0.25, 3.0], [0.0, 1.0, 0.5]),
    "x to the 0": (lambda x: np.sum(x**0), ZEROS, ZEROS),
    "x to 0, 1, 2": (lambda x: np.sum(x ** np.array([0, 1, 2])), ZEROS, [0.0, 1.0, 0.0]),
    "x to 0., 1., 2.": (lambda x: np.sum(x ** np.array([0.0, 1.0, 2.0])), ZEROS, [0.0, 1.0, 0.0]),
    "0 to the x": (lambda x: np.sum(0.0**x), [1.0, 2.0], [0.0, 0.0]),
    "negative base, whole exponent": (lambda x: np.sum(x**3 + x**-1), [-2.0], [11.75]),
    "negative base, array exponent": (
        lambda x: np.sum(x ** np.array([2, 3])), [-2.0, -1.0], [-4.0, 3.0]),
    "norm as sqrt of a sum": (lambda x: np.sqrt(np.sum(x**2)), ZEROS, ZEROS),
    "norm as sqrt of x @ x": (lambda x: np.sqrt(x @ x), ZEROS, ZEROS),
    "norm as a power": (lambda x: (x @ x) ** 0.5, ZEROS, ZEROS),
    "norm of rows by einsum": (
        lambda x: np.sum(np.sqrt(np.einsum("ij,ij->i", x, x))), [[0.0, 0.0], [3.0, 4.0]],
        [[0.0, 0.0], [0.6, 0.8]]),
    "norm as a trace": (lambda x: np.sqrt(np.trace(x.T @ x)), np.zeros((2, 2)), np.zeros((2, 2))),
    "norm by numpy.linalg": (np.linalg.norm, ZEROS, ZEROS),
    "hypot": (lambda x: np.hypot(x[0], x[1]), [0.0, 0.0], [0.0, 0.0]),
    "distance of equal points": (
        lambda x: np.sqrt(np.sum((x[0] - x[1]) ** 2)), np.ones((2, 3)), np.zeros((2, 3))),
    "abs": (lambda x: np.sum(np.abs(x)), [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]),
    "sign": (lambda x: np.sum(np.sign(x)), [-2.0, 0.0, 2.0], ZEROS),
    "cbrt of a cube": (lambda x: np.sum(np.cbrt(x**3)), [0.0], [0.0]),
    "relu": (lambda x: np.sum(np.maximum(x, 0)), [-1.0, 0.0, 1.0], [0.0, 0.0, 1.0]),
    "relu, the other way round": (lambda x: np.sum(np.maximum(0.0, x)), [-1.0, 0.0, 1.0], [0.0, 0.0, 1.0]),
    "relu with zeros_like": (lambda x: np.sum(np.maximum(x, np.zeros_like(x))), [0.0, 1.0], [0.0, 1.0]),
    "clip": (lambda x: np.sum(np.clip(x, 0, 1)), [-1.0, 0.0, 0.5, 1.0, 2.0], [0.0, 0.0, 1.0, 0.0, 0.0]),
    "maximum of equals": (lambda x: np.maximum(x[0], x[1]), [2.0, 2.0], [0.5, 0.5]),
    "minimum of equals": (lambda x: np.minimum(x[0], x[1]), [2.0, 2.0], [0.5, 0.5]),
    "max of equals": (np.max, [1.0, 1.0, 0.0], [0.5, 0.5, 0.0]),
    "min of equals": (np.min, [1.0, 1.0, 1.0, 2.0], [1 / 3, 1 / 3, 1 / 3, 0.0]),
    "max of infinities": (lambda x: np.max(x), [INF, 1.0], [1.0, 0.0]),
    "fmax beside NaN": (lambda x: np.sum(np.fmax(x, np.nan)), [1.0], [1.0]),
    "fmin beside NaN": (lambda x: np.sum(np.fmin(np.nan, x)), [1.0], [1.0]),
    "product with one zero": (np.prod, [0.0, 2.0, 3.0], [6.0, 0.0, 0.0]),
    "product with two zeros": (np.prod, [0.0, 0.0, 3.0], [0.0, 0.0, 0.0]),
    "running product with zeros": (lambda x: np.sum(np.cumprod(x)), [2.0, 0.0, 3.0], [1.0, 8.0, 0.0]),
    "logsumexp with -inf": (cr.special.logsumexp, [-INF, 0.0, 0.0], [0.0, 0.5, 0.5]),
    "logsumexp of huge numbers": (cr.special.logsumexp, [1e300, 1e300], [0.5, 0.5]),
    "logsumexp of very negative numbers": (cr.special.logsumexp, [-1e5, -1e5], [0.5, 0.5]),
    "logsumexp over both axes": (
        lambda x: cr.special.logsumexp(x, axis=(0, 1)), [[0.0, 1e9], [1e9, -INF]], [[0.0, 0.5], [0.5, 0.0]]),
    "logaddexp of huge equals": (lambda x: np.logaddexp(x[0], x[1]), [1e300, 1e300], [0.5, 0.5]),
    "logaddexp2 of huge equals": (lambda x: np.logaddexp2(x[0], x[1]), [1e300, 1e300], [0.5, 0.5]),
    "logaddexp with -inf": (lambda x: np.logaddexp(x[0], x[1]), [-INF, 0.0], [0.0, 1.0]),
    "logaddexp2 with -inf": (lambda x: np.logaddexp2(x[0], x[1]), [0.0, -INF], [1.0, 0.0]),
    "log_softmax at an offset": (
        lambda x: cr.special.log_softmax(x)[0], [1e8, 1e8 + 1], [1 - 1 / (1 + np.e), 1 / (1 + np.e) - 1]),
    "log_softmax of a certain class": (lambda x: cr.special.log_softmax(x)[1], [0.0, 1000.0], [0.0, 0.0]),
    "log_softmax of an impossible class": (
        lambda x: cr.special.log_softmax(x)[0], [0.0, 1000.0], [1.0, -1.0]),
    "expit far out": (lambda x: np.sum(cr.special.expit(x)), [-1000.0, 1000.0], [0.0, 0.0]),
    "tanh far out": (lambda x: np.sum(np.tanh(x)), [-1000.0, 1000.0], [0.0, 0.0]),
    "erf far out": (lambda x: np.sum(cr.special.erf(x)), [-40.0, 1e200], [0.0, 0.0]),
    "arctan far out": (lambda x: np.sum(np.arctan(x)), [1e200], [0.0]),
    "softplus by logaddexp": (lambda x: np.sum(np.logaddexp(0, x)), [-1000.0, 0.0, 1000.0], [0.0, 0.5, 1.0]),
    "sinc": (lambda x: np.sum(np.sinc(x)), [0.0, 1.0], [0.0, -1.0]),
    "variance of a constant": (np.var, np.full(4, 1e8), np.zeros(4)),
    "variance at an offset": (np.var, 1e8 + np.array([0.0, 1.0]), [-0.5, 0.5]),
    "deviation of a constant": (np.std, np.full(3, 0.1), ZEROS),
    "median of equals": (np.median, np.ones(3), None),
    "sum of nothing": (lambda x: np.sum(x) + 1.0, np.zeros((0, 3)), np.zeros((0, 3))),
    "product of nothing": (np.prod, np.zeros(0), np.zeros(0)),
    "matrix product over nothing": (
        lambda x: np.sum(x @ np.ones((0, 2))), np.zeros((3, 0)), np.zeros((3, 0))),
}  # fmt: skip


@pytest.mark.parametrize("name", GRADIENTS)
def test_the_gradient_is_what_mathematics_gives(name: str) -> None:
    function, point, expected = GRADIENTS[name]
    point = np.asarray(point, float)
    gradient = cr.grad(function)(point)
    assert gradient.shape == point.shape
    if expected is None:  # any subgradient
        assert np.all(gradient >= 0)
        assert np.sum(gradient) == 1
    else:
        np.testing.assert_allclose(gradient, expected, 1e-12, 1e-15)


@pytest.mark.parametrize("name", [name for name in GRADIENTS if GRADIENTS[name][2] is not None])
def test_forward_mode_agrees(name: str) -> None:
    function, point, expected = GRADIENTS[name]
    point = np.asarray(point, float)
    columns = [cr.push(function)(point)(v) for v in np.eye(point.size).reshape(point.size, *point.shape)]
    np.testing.assert_allclose(np.reshape(columns, point.shape), expected, 1e-12, 1e-15)


# Name: a function, a point, and its Hessian there.
HESSIANS: dict[str, tuple[Function, Any, Any]] = {
    "where chooses sqrt": (
        lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0)), [0.0, 1.0], np.diag([0.0, -0.25])),
    "x to 0, 1, 2, 3": (
        lambda x: np.sum(x ** np.array([0, 1, 2, 3])), np.zeros(4), np.diag([0.0, 0.0, 2.0, 0.0])),
    "x squared": (lambda x: np.sum(x**2), [0.0, -1.0], 2 * np.eye(2)),
    "product with zeros": (np.prod, [0.0, 0.0, 3.0], [[0.0, 3.0, 0.0], [3.0, 0.0, 0.0], [0.0, 0.0, 0.0]]),
    "running product with zeros": (lambda x: np.cumprod(x)[-1], [0.0, 2.0], [[0.0, 1.0], [1.0, 0.0]]),
    "relu squared": (lambda x: np.sum(np.maximum(x, 0) ** 2), [-1.0, 2.0], np.diag([0.0, 2.0])),
    "sinc": (lambda x: np.sum(np.sinc(x)), [0.0], [[-np.pi**2 / 3]]),
    "expit far out": (lambda x: np.sum(cr.special.expit(x)), [-1000.0, 1000.0], np.zeros((2, 2))),
    "logsumexp with -inf": (
        cr.special.logsumexp, [-INF, 0.0, 0.0], [[0.0, 0.0, 0.0], [0.0, 0.25, -0.25], [0.0, -0.25, 0.25]]),
    "softmax of huge numbers": (
        lambda x: cr.special.softmax(x)[0], [1e300, -1e300], np.zeros((2, 2))),
    "squared norm": (lambda x: x @ x, np.zeros(2), 2 * np.eye(2)),
}  # fmt: skip


@pytest.mark.parametrize("name", HESSIANS)
def test_the_hessian_is_what_mathematics_gives(name: str) -> None:
    function, point, expected = HESSIANS[name]
    np.testing.assert_allclose(cr.hessian(function)(np.array(point)), expected, 1e-12, 1e-15)


def test_softmax_of_huge_and_infinite_numbers_has_a_finite_jacobian() -> None:
    jacobian = cr.jacobian(cr.special.softmax)
    expected = np.array([[0.25, -0.25, 0.0], [-0.25, 0.25, 0.0], [0.0, 0.0, 0.0]])
    for least in (-1e300, -INF):
        np.testing.assert_allclose(jacobian(np.array([1e300, 1e300, least])).matrix(), expected, atol=1e-15)


def test_a_derivative_that_is_infinite_says_so() -> None:
    for function, point, sign in (
        (np.sqrt, 0.0, 1),
        (np.arccos, 1.0, -1),
        (np.cbrt, 0.0, 1),
        (np.log, 0.0, 1),
    ):
        assert cr.grad(function)(point) == sign * INF


def test_a_zero_weight_takes_an_infinite_derivative_out() -> None:
    weights = np.array([0.0, 1.0])
    np.testing.assert_array_equal(
        cr.grad(lambda x: np.sum(weights * np.sqrt(x)))(np.array([0.0, 4.0])), [0.0, 0.25]
    )


def test_rows_of_a_jacobian_do_not_spoil_each_other() -> None:
    np.testing.assert_array_equal(
        cr.jacobian(np.sqrt)(np.array([0.0, 4.0])).matrix(), [[INF, 0.0], [0.0, 0.25]]
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_nan_in_the_point_stays_visible(dtype: type) -> None:
    gradient = cr.grad(lambda x: np.sum(np.maximum(x, 0) * x))(np.array([np.nan, 1.0], dtype))
    assert np.isnan(gradient[0])
    assert gradient[1] == 2
