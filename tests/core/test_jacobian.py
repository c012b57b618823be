"""Jacobians by products and as matrices: several arguments, trees, repeated outputs, columns, refusals."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import ArgumentError, ShapeError

RNG = np.random.default_rng(11)
W, X = RNG.normal(size=(2, 3)), RNG.normal(size=3)


def affine(W: Any, x: Any) -> Any:
    return W @ x


BY_W, BY_X = np.kron(np.eye(2), X), W


def test_several_arguments_stand_side_by_side() -> None:
    J = cr.jacobian(affine, wrt=("W", "x"))(W, X)
    assert J.shape == (2, 9)
    np.testing.assert_allclose(J.matrix(), np.hstack([BY_W, BY_X]), rtol=1e-15)
    np.testing.assert_array_equal(np.asarray(J), J.matrix())
    assert repr(J) == "<Jacobian of affine: 2 outputs × 9 inputs>"


@pytest.mark.parametrize("columns", [(), (1,), (4,)])
def test_products_with_flat_vectors_and_matrices(columns: tuple[int, ...]) -> None:
    J = cr.jacobian(affine, wrt=("W", "x"))(W, X)
    v, p = RNG.normal(size=(9, *columns)), RNG.normal(size=(*columns, 2))
    np.testing.assert_allclose(J @ v, J.matrix() @ v, rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(p @ J, p @ J.matrix(), rtol=1e-14, atol=1e-15)


def test_outputs_of_any_tree_stand_one_below_the_other() -> None:
    def f(x: Any) -> Any:
        return {"sum": np.sum(x), "twice": (2 * x, x[:1])}

    J = cr.jacobian(f)(X)
    np.testing.assert_array_equal(J.matrix(), np.vstack([np.ones(3), 2 * np.eye(3), np.eye(3)[:1]]))
    pushed = J.push(X)
    np.testing.assert_allclose(pushed["sum"], X.sum(), rtol=1e-15)
    np.testing.assert_array_equal(pushed["twice"][0], 2 * X)
    np.testing.assert_array_equal(
        J.pull({"sum": 1.0, "twice": (X, np.array([5.0]))}), 1 + 2 * X + [5.0, 0, 0]
    )


def test_vectors_meet_arguments_and_outputs_by_their_keys() -> None:
    def f(p: Any) -> Any:
        return {"u": p["a"] ** 2, "v": p["a"] * p["b"]}

    a, b, one, none = np.array([1.0, 2.0]), np.array([3.0, 4.0]), np.ones(2), np.zeros(2)
    J = cr.jacobian(f)({"a": a, "b": b})
    pushed, pulled = J.push({"b": one, "a": none}), J.pull({"v": one, "u": none})
    for found, expected in ((pushed, {"u": none, "v": a}), (pulled, {"a": b, "b": a})):
        assert list(found) == list(expected)
        for key, array in expected.items():
            np.testing.assert_array_equal(found[key], array)


def test_a_value_returned_twice_adds_what_is_pulled_back() -> None:
    def f(x: Any) -> Any:
        y = x**2
        return y, y

    J = cr.jacobian(f)(X)
    np.testing.assert_allclose(J.pull((X, np.ones(3))), 2 * X * (X + 1), rtol=1e-15)
    np.testing.assert_allclose(J.matrix(), np.vstack([np.diag(2 * X)] * 2), rtol=1e-15)


def test_an_argument_returned_as_it_is() -> None:
    J = cr.jacobian(lambda x: (x, 3.0))(X)
    np.testing.assert_array_equal(J.matrix(), np.eye(4, 3))
    np.testing.assert_array_equal(J.pull((X, 7.0)), X)


def test_leading_axes_of_a_vector_are_a_batch() -> None:
    J = cr.jacobian(affine, wrt="x")(W, X)
    batch = RNG.normal(size=(4, 5, 3))
    np.testing.assert_allclose(J.push(batch), batch @ W.T, rtol=1e-14)


def test_a_batch_is_the_same_for_every_argument() -> None:
    J = cr.jacobian(affine, wrt=("W", "x"))(W, X)
    with pytest.raises(ShapeError, match="shape"):
        J.push((W, np.ones((4, 3))))
    with pytest.raises(ShapeError, match="shape"):
        J.push((np.ones((4, 2, 3)), X))
    both = np.stack([2 * W @ X] * 2)
    np.testing.assert_allclose(J.push((np.stack([W, W]), np.stack([X, X]))), both, rtol=1e-15)


def test_the_hessian_of_several_arguments() -> None:
    """Of xᵀ A y it is [[0, A], [Aᵀ, 0]]."""
    A = RNG.normal(size=(3, 2))
    hessian = cr.hessian(lambda x, y: x @ A @ y, wrt=("x", "y"))(X, np.ones(2))
    np.testing.assert_allclose(
        hessian, np.block([[np.zeros((3, 3)), A], [A.T, np.zeros((2, 2))]]), rtol=1e-15
    )


@pytest.mark.parametrize(
    "product",
    [
        lambda J: J @ np.ones(4),
        lambda J: J @ np.ones((3, 1, 1)),
        lambda J: np.ones(3) @ J,
        lambda J: J.push(np.ones(2)),
        lambda J: J.push((X, X)),
        lambda J: J.pull(np.ones(3)),
        lambda J: J.pull(1.0),
    ],
)
def test_vectors_that_do_not_fit_are_refused(product: Callable[[Any], Any]) -> None:
    with pytest.raises(ShapeError):
        product(cr.jacobian(affine, wrt="x")(W, X))


@pytest.mark.parametrize("make", [cr.grad, cr.value_and_grad, cr.jacobian, cr.hessian, cr.push, cr.pull])
def test_what_is_no_function_is_refused(make: Callable[[Any], Any]) -> None:
    for thing in (3.0, None, X):
        with pytest.raises(ArgumentError, match="in place of a function"):
            make(thing)


async def asynchronous(x: Any) -> Any:
    return np.sum(x)


async def stream(x: Any) -> Any:
    yield np.sum(x)


def generator(x: Any) -> Any:
    yield np.sum(x)


@pytest.mark.parametrize("make", [cr.grad, cr.jacobian, cr.hessian, cr.compile, cr.gauss_newton])
@pytest.mark.parametrize(
    ("function", "kind"),
    [
        (asynchronous, "asynchronous is an async function"),
        (stream, "stream is an async generator"),
        (generator, "generator is a generator"),
        (functools.partial(asynchronous), "is an async function"),
    ],
)
def test_what_returns_before_it_has_computed_anything_is_refused(
    make: Callable[[Any], Any], function: Callable[[Any], Any], kind: str
) -> None:
    """Not called, so that no coroutine is left that nobody awaits."""
    with pytest.raises(ArgumentError, match=kind):
        make(function)
    with pytest.raises(ArgumentError, match=kind):
        cr.trace(function, X)
    with pytest.raises(ArgumentError, match=kind):
        cr.check(function, at=X)


@pytest.mark.parametrize("function", [lambda x: x, lambda x: (np.sum(x), 1.0), lambda x: np.argmax(x)])
def test_a_gradient_is_of_one_real_number(function: Callable[[Any], Any]) -> None:
    for make in (cr.grad, cr.value_and_grad, cr.hessian):
        with pytest.raises(ShapeError, match="one real number"):
            make(function)(X)


@pytest.mark.parametrize("shape", [(0,), (0, 3), (2, 0)])
def test_products_with_empty_matrices_are_empty(shape: tuple[int, ...]) -> None:
    J = cr.jacobian(lambda x: (2 * x, np.sum(x)))(np.ones(shape))
    assert J.shape == (1, 0)
    for columns in (0, 4):
        assert (J @ np.ones((0, columns))).shape == (1, columns)
        assert (np.ones((columns, 1)) @ J).shape == (columns, 0)
    np.testing.assert_array_equal(cr.jacobian(np.sin)(np.ones(3)) @ np.ones((3, 0)), np.ones((3, 0)))


def test_a_jacobian_stays_at_its_point() -> None:
    x, W = np.array([1.0, 2.0]), np.eye(2)
    functions = cr.jacobian(lambda x, W: W @ x**2), cr.hessian(lambda x, W: np.sum(W @ x**3))
    kept = functions[0](x, W), functions[1].at(x, W)
    at_once = functions[0].matrix(x, W=W), functions[1](x, W)
    x[:], W[:] = 5.0, 7.0
    for matrix, J, expected in zip(at_once, kept, ([2.0, 4.0], [6.0, 12.0]), strict=True):
        np.testing.assert_array_equal(matrix, np.diag(expected))
        np.testing.assert_array_equal(J.matrix(), np.diag(expected))
