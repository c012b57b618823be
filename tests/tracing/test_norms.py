"""Norms of every order: NumPy's values, derivatives of differences, duality, and 0 at the kink at 0."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import ArgumentError, ShapeError, TraceError

from ..numerics import numerical_jacobian

L = np.linalg
RNG = np.random.default_rng(3)
SIZES = RNG.permutation(np.geomspace(0.6, 9, 24)).reshape(2, 4, 3)  # away from ties and from 0
X = RNG.choice([-1, 1], SIZES.shape) * SIZES

VECTOR_ORDERS = [None, 1, 2, 3, 1.5, 0.5, -1, -2.5, np.inf, -np.inf, 0]
MATRIX_ORDERS = [None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf]

CALLS: dict[str, tuple[Callable[[Any], Any], np.ndarray]] = {
    **{f"vector, {o}": (lambda x, o=o: L.norm(x, o), X[0, :, 0]) for o in VECTOR_ORDERS},
    **{f"vectors, {o}": (lambda x, o=o: L.norm(x, o, axis=1, keepdims=True), X) for o in VECTOR_ORDERS},
    **{f"matrix, {o}": (lambda x, o=o: L.norm(x, o), X[0]) for o in MATRIX_ORDERS},
    **{f"matrices, {o}": (lambda x, o=o: L.norm(x, o, axis=(2, 0)), X) for o in MATRIX_ORDERS},
    **{f"kept, {o}": (lambda x, o=o: L.norm(x, o, axis=(0, -1), keepdims=True), X) for o in MATRIX_ORDERS},
    **{f"vector_norm, {o}": (lambda x, o=o: L.vector_norm(x, axis=(0, 1), ord=o), X)
       for o in VECTOR_ORDERS[1:]},
    **{f"matrix_norm, {o}": (lambda x, o=o: L.matrix_norm(x, ord=o), X) for o in MATRIX_ORDERS[1:]},
    "all elements": (L.norm, X),
    "all elements, kept": (lambda x: L.norm(x, keepdims=True), X),
    "all elements, vector_norm": (lambda x: L.vector_norm(x, ord=3) + L.vector_norm(x, keepdims=True), X),
    "kept, matrix_norm": (lambda x: L.matrix_norm(x, keepdims=True), X),
    "one axis in a tuple": (lambda x: L.norm(x, axis=(1,)), X),
}  # fmt: skip
every_call = pytest.mark.parametrize(("function", "x"), CALLS.values(), ids=CALLS.keys())


@every_call
@pytest.mark.parametrize("dtype", ["float64", "float32", "int64"])
def test_a_norm_is_numpys(function: Callable[[Any], Any], x: np.ndarray, dtype: str) -> None:
    given = (3 * x).astype(dtype)
    expected = function(given)
    result = cr.trace(function, given).run(given).output
    assert (result.shape, result.dtype) == (expected.shape, expected.dtype)
    np.testing.assert_allclose(result, expected, 1e-6 if dtype == "float32" else 1e-13)


@every_call
def test_the_derivatives_are_those_of_differences(function: Callable[[Any], Any], x: np.ndarray) -> None:
    matrix = cr.jacobian(function)(x).matrix()
    np.testing.assert_allclose(matrix, numerical_jacobian(function, x), 1e-8, 1e-9)
    hessian = cr.hessian(lambda x: np.sum(np.sin(function(x) / 9)))(x)
    gradient = cr.grad(lambda x: np.sum(np.sin(function(x) / 9)))
    np.testing.assert_allclose(hessian, numerical_jacobian(gradient, x), 1e-7, 1e-8)


@pytest.mark.parametrize("p", [1, 1.5, 2, 3, np.inf])
def test_the_gradient_of_a_vector_norm_has_length_1_in_the_dual_norm(p: float) -> None:
    """Hölder: ‖∇‖x‖ₚ‖_q = 1 with 1/p + 1/q = 1, and ⟨∇‖x‖ₚ, x⟩ = ‖x‖ₚ."""
    x = X[1, :, 0]
    gradient = cr.grad(lambda x: L.norm(x, p))(x)
    q = {1: np.inf, np.inf: 1}.get(p) or p / (p - 1)
    np.testing.assert_allclose(L.norm(gradient, q), 1, 1e-12)
    np.testing.assert_allclose(gradient @ x, L.norm(x, p), 1e-12)


@pytest.mark.parametrize(("order", "dual"), [("fro", "fro"), ("nuc", 2), (2, "nuc"), (1, np.inf)], ids=str)
def test_the_gradient_of_a_matrix_norm_reaches_the_norm(order: Any, dual: Any) -> None:
    """⟨∇‖A‖, A⟩ = ‖A‖; the spectral and the nuclear norm are dual: a gradient has length 1 in the other."""
    A = X[0]
    gradient = cr.grad(lambda A: L.norm(A, order))(A)
    np.testing.assert_allclose(np.vdot(gradient, A), L.norm(A, order), 1e-12)
    if order != 1:
        np.testing.assert_allclose(L.norm(gradient, dual), 1, 1e-12)


def test_the_second_derivative_of_length_is_the_projection_off_x() -> None:
    """∂²‖x‖/∂x∂x = (I − x xᵀ/‖x‖²)/‖x‖."""
    x = X[0, :, 1]
    length = L.norm(x)
    expected = (np.eye(4) - np.outer(x, x) / length**2) / length
    np.testing.assert_allclose(cr.hessian(L.norm)(x), expected, 1e-12, 1e-14)


@pytest.mark.parametrize("order", VECTOR_ORDERS, ids=str)
def test_at_0_a_vector_norm_has_the_derivative_0(order: Any) -> None:
    at_0(lambda x: L.norm(x, order), np.zeros(3))
    rows = X[0].copy()
    rows[1] = 0
    gradient = cr.grad(lambda x: np.sum(L.norm(x, order, axis=1)))(rows)
    assert np.all(gradient[1] == 0)
    assert np.all(np.isfinite(gradient))


@pytest.mark.parametrize("order", MATRIX_ORDERS, ids=str)
@pytest.mark.parametrize("shape", [(3, 3), (2, 4), (1, 1)], ids=str)
def test_at_0_a_matrix_norm_has_the_derivative_0(order: Any, shape: tuple[int, ...]) -> None:
    at_0(lambda x: L.norm(x, order), np.zeros(shape))


def at_0(norm: Callable[[Any], Any], zero: np.ndarray) -> None:
    assert np.all(cr.grad(norm)(zero) == 0)
    assert np.all(cr.jacobian(norm)(zero).matrix() == 0)
    assert cr.push(norm)(zero)(np.ones(zero.shape)) == 0


def test_the_norm_of_nothing_is_0() -> None:
    assert cr.value_and_grad(L.norm)(np.zeros(0))[0] == 0
    assert cr.grad(L.norm)(np.zeros((0, 3))).shape == (0, 3)
    with pytest.raises(TraceError, match="empty"):
        cr.grad(lambda x: L.norm(x, np.inf))(np.zeros(0))


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        (lambda x: L.norm(x, 3), ArgumentError, "ord=3 for matrices"),
        (lambda x: L.norm(x[0], "fro"), ArgumentError, "ord='fro' for vectors"),
        (lambda x: L.norm(x[None], 1), ShapeError, "over 3 axes"),
        (lambda x: L.norm(x, axis=(0, 0)), ShapeError, "different axes"),
        (lambda x: L.norm(x, axis=2), ShapeError, "axis 2"),
        (lambda x: L.matrix_norm(x[0]), ShapeError, "axis"),
        (lambda x: L.cond(x[0]), ShapeError, "matrices"),
    ],
)
def test_an_order_or_axis_that_does_not_exist_is_named(
    function: Callable[[Any], Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        cr.trace(function, X[0])
