"""The special functions beside SciPy's: values, extremes, axes, dtypes, and derivatives in closed form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.special as sp

import chainrule as cr
from chainrule.errors import ShapeError

X = np.linspace(0.05, 0.95, 24).reshape(2, 3, 4)
INF = np.inf

ELEMENTWISE: dict[str, Callable[[Any], Any]] = {
    "expit": lambda x: sp.expit(x) * sp.expit(-x),
    "logit": lambda x: 1 / x + 1 / (1 - x),
    "erf": lambda x: 2 * np.exp(-(x**2)) / np.sqrt(np.pi),
    "gammaln": sp.psi,
}


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_elementwise_functions_are_scipys_with_their_derivatives(name: str) -> None:
    function = getattr(cr.special, name)
    np.testing.assert_allclose(function(X), getattr(sp, name)(X), rtol=1e-14)
    slopes = cr.grad(lambda x: np.sum(function(x)))(X)
    np.testing.assert_allclose(slopes, ELEMENTWISE[name](X), rtol=1e-13)


@pytest.mark.parametrize("axis", [0, 1, -1, (0, 2), None])
@pytest.mark.parametrize("scale", [1.0, 1e3])
def test_sums_of_exponentials_are_scipys(axis: Any, scale: float) -> None:
    x = scale * X
    for keepdims in (False, True):
        found = cr.special.logsumexp(x, axis=axis, keepdims=keepdims)
        np.testing.assert_allclose(found, sp.logsumexp(x, axis=axis, keepdims=keepdims), rtol=1e-14)
    np.testing.assert_allclose(cr.special.softmax(x, axis=axis), sp.softmax(x, axis=axis), rtol=1e-12)
    np.testing.assert_allclose(cr.special.log_softmax(x, axis=axis), sp.log_softmax(x, axis=axis), rtol=1e-12)


@pytest.mark.parametrize("axis", [0, 1, -1, (0, 2), None])
def test_the_derivatives_of_sums_of_exponentials(axis: Any) -> None:
    """∂ log Σ exp = softmax; the softmax sums to 1, so its sum has no derivative."""
    gradient = cr.grad(lambda x: np.sum(cr.special.logsumexp(x, axis=axis)))(X)
    np.testing.assert_allclose(gradient, sp.softmax(X, axis=axis), rtol=1e-13)
    still = cr.grad(lambda x: np.sum(cr.special.softmax(x, axis=axis)))(X)
    np.testing.assert_allclose(still, 0.0, atol=1e-14)
    by_log = cr.grad(lambda x: np.sum(np.exp(cr.special.log_softmax(x, axis=axis)) * X))(X)
    np.testing.assert_allclose(
        by_log, cr.grad(lambda x: np.sum(cr.special.softmax(x, axis=axis) * X))(X), 1e-12
    )


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        ([], -INF),
        ([-INF, -INF], -INF),
        ([-INF, 0.0], 0.0),
        ([INF, 0.0], INF),
        ([INF, -INF], INF),
        ([-1e5, -1e5], -1e5 + np.log(2)),
        ([710.0, 0.0], 710.0),
    ],
)
def test_a_sum_of_exponentials_at_its_extremes(x: list[float], expected: float) -> None:
    assert cr.special.logsumexp(x) == expected
    assert cr.compile(cr.special.logsumexp)(np.array(x)) == expected


def test_a_softmax_gives_nothing_to_what_is_minus_infinity() -> None:
    x = np.array([-INF, 0.0, 0.0])
    np.testing.assert_array_equal(cr.special.softmax(x), [0.0, 0.5, 0.5])
    np.testing.assert_allclose(cr.special.log_softmax(x), [-INF, -np.log(2), -np.log(2)], rtol=1e-15)


@pytest.mark.parametrize("offset", [1e9, -1e9])
def test_a_large_offset_costs_a_log_softmax_no_digits(offset: float) -> None:
    x = np.array([0.0, 0.5, 2.0])  # exact beside the offset
    np.testing.assert_array_equal(cr.special.log_softmax(x + offset), cr.special.log_softmax(x))


@pytest.mark.parametrize("name", [*ELEMENTWISE, "logsumexp", "softmax", "log_softmax"])
def test_integers_become_float64_and_float32_stays(name: str) -> None:
    function = getattr(cr.special, name)
    assert np.asarray(function([1, 2])).dtype == np.float64
    assert np.asarray(function(np.ones(2, np.float32))).dtype == np.float32


@pytest.mark.parametrize("name", ["logsumexp", "softmax", "log_softmax"])
@pytest.mark.parametrize("axis", [3, -4, (0, 0)])
def test_axes_that_are_not_there_are_refused(name: str, axis: Any) -> None:
    function = getattr(cr.special, name)
    with pytest.raises(ShapeError, match="each once"):
        function(X, axis=axis)
    with pytest.raises(ShapeError):
        cr.grad(lambda x: np.sum(function(x, axis=axis)))(X)


def density(x: Any) -> Any:
    return np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)


OF_ONE: dict[str, tuple[Callable[[Any], Any], np.ndarray]] = {
    "erfc": (lambda x: -2 * np.exp(-(x**2)) / np.sqrt(np.pi), 9 * X - 4),
    "ndtr": (density, 9 * X - 4),
    "log_ndtr": (lambda x: density(x) / sp.ndtr(x), 9 * X - 4),
    "ndtri": (lambda p: 1 / density(sp.ndtri(p)), X),
    "erfinv": (lambda x: np.sqrt(np.pi) / 2 * np.exp(sp.erfinv(x) ** 2), 2 * X - 1),
    "log_expit": (lambda x: sp.expit(-x), 80 * X - 40),
    "entr": (lambda x: -1 - np.log(x), 3 * X),
    "gamma": (lambda x: sp.gamma(x) * sp.psi(x), 9 * X),
    "j0": (lambda x: -sp.jv(1, x), 20 * X - 10),
    "j1": (lambda x: sp.jvp(1, x), np.append(20 * X - 10, [0.0, 1e-9])),
    "i0": (lambda x: sp.iv(1, x), 20 * X - 10),
    "i1": (lambda x: sp.ivp(1, x), np.append(20 * X - 10, [0.0, 1e-9])),
}
OF_TWO: dict[str, tuple[Callable[[Any, Any], Any], Callable[[Any, Any], Any]]] = {
    "xlogy": (lambda x, y: np.log(y), lambda x, y: x / y),
    "xlog1py": (lambda x, y: np.log1p(y), lambda x, y: x / (1 + y)),
    "rel_entr": (lambda x, y: np.log(x) - np.log(y) + 1, lambda x, y: -x / y),
    "kl_div": (lambda x, y: np.log(x) - np.log(y), lambda x, y: 1 - x / y),
    "betaln": (lambda x, y: sp.psi(x) - sp.psi(x + y), lambda x, y: sp.psi(y) - sp.psi(x + y)),
}


@pytest.mark.parametrize("name", OF_ONE)
def test_scipys_functions_are_traced_as_they_are(name: str) -> None:
    slope, x = OF_ONE[name]
    function = getattr(sp, name)
    np.testing.assert_array_equal(cr.trace(function, x).run(x).output, function(x))
    np.testing.assert_allclose(cr.compile(function)(x), function(x), rtol=1e-15)
    np.testing.assert_allclose(cr.grad(lambda x: np.sum(function(x)))(x), slope(x), rtol=2e-13, atol=1e-14)
    namespace: dict[str, Any] = {}
    exec(cr.trace(lambda x: function(x), x).to_python(), namespace)
    np.testing.assert_allclose(namespace["_lambda_"](x), function(x), rtol=1e-12)


@pytest.mark.parametrize("name", OF_TWO)
def test_scipys_functions_of_two_arguments(name: str) -> None:
    function, slopes, y = getattr(sp, name), OF_TWO[name], 3 * X[::-1]
    np.testing.assert_array_equal(cr.trace(function, X, y).run(X, y).output, function(X, y))
    namespace: dict[str, Any] = {}
    exec(cr.trace(lambda x, y: function(x, y), X, y).to_python(), namespace)
    np.testing.assert_allclose(namespace["_lambda_"](X, y), function(X, y), rtol=1e-12, atol=1e-14)
    found = cr.grad(lambda x, y: np.sum(function(x, y)), wrt=(0, 1))(X, y)
    for by_this, slope in zip(found, slopes, strict=True):
        np.testing.assert_allclose(by_this, slope(X, y), rtol=1e-12, atol=1e-13)


def test_nothing_times_a_logarithm() -> None:
    """x log(y) is 0 for x = 0 whatever y: its derivative by y is, too, and by x it is log(y)."""
    zeros, y = np.zeros(3), np.array([0.0, 2.0, INF])
    by_x, by_y = cr.grad(lambda x, y: np.sum(sp.xlogy(x, y)), wrt=(0, 1))(zeros, y)
    np.testing.assert_array_equal(by_y, 0.0)
    np.testing.assert_array_equal(by_x, [-INF, np.log(2.0), INF])


@pytest.mark.parametrize(("function", "given"), [(sp.xlogy, 0.0), (sp.xlog1py, 1.0)])
def test_curvature_of_nothing_times_a_logarithm(function: Callable[[Any, Any], Any], given: float) -> None:
    """The derivative by y is x/y (x/(1 + y)), of which that by x is 1/y at 0 as well."""
    curvature = cr.hessian(lambda z: function(z[0], z[1]))(np.array([0.0, 2.0]))
    np.testing.assert_allclose(curvature, np.array([[0.0, 1.0], [1.0, 0.0]]) / (2.0 + given))


@pytest.mark.parametrize(("function", "expected"), [(sp.j1, -3 / 8), (sp.i1, 3 / 8)])
def test_third_derivative_of_bessel_functions_at_0(function: Callable[[Any], Any], expected: float) -> None:
    """They are x/2 ∓ x³/16 + …"""
    np.testing.assert_allclose(cr.grad(cr.grad(cr.grad(function)))(0.0), expected)
