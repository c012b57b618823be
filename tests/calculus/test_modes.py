"""Reverse mode, forward mode, rows, columns and their nestings are bracketings of one product."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule import tree
from chainrule.calculus import jacobian_graph, plan_jacobian, pull_graph, push_graph
from chainrule.execution import compile_reference
from chainrule.graph import ArrayType, Graph, input_node, op

from ..numerics import numerical_jacobian

Function = Callable[..., Any]
RNG = np.random.default_rng(11)
X, W, S = RNG.normal(size=4), RNG.normal(size=(3, 4)), RNG.normal(size=(3, 3))


def two_layers(x: Any, W: Any) -> Any:
    h = np.tanh(W @ x)
    return np.logaddexp(h, x[:3] ** 2) * np.exp(-np.sum(h))


FUNCTIONS: dict[str, tuple[Function, tuple[np.ndarray, ...]]] = {
    "network": (two_layers, (X, W)),
    "softmax and gathering": (lambda x, W: cr.special.softmax(W)[:, [0, 2, 2]] @ x[:3], (X, W)),
    "products along axes": (lambda x, W: np.cumprod(W * x, axis=1) + np.prod(x), (X, W)),
    "sorting and extrema": (lambda x, W: np.sort(W * x, axis=0).max(axis=1) * np.median(x), (X, W)),
    "linear algebra": (lambda x, W: np.linalg.solve(W @ W.T + np.eye(3), W @ x), (X, W)),
    "einsum": (lambda x, W: np.einsum("ij,kj,j->ik", W, W, x), (X, W)),
    "shapes": (lambda x, W: np.concatenate([W.T.ravel()[::2], np.tile(x, 2)]).reshape(2, 7), (X, W)),
    "choices": (lambda x, W: np.where(W > 0, W * x, np.abs(W) + x**2), (X, W)),
    "dictionary of outputs": (lambda x, W: {"a": W @ x, "b": [np.sum(x**3), W]}, (X, W)),
    "one output does not depend": (lambda x, W: (np.ones(2), x * 2, 3.0), (X, W)),
    "one argument is not used": (lambda x, W: np.sin(x), (X, W)),
    "values used many times": (lambda x, W: x[:3] * x[:3] * x[1:] + W @ (x * x), (X, W)),
}

every_function = pytest.mark.parametrize(("function", "arrays"), FUNCTIONS.values(), ids=FUNCTIONS)


def flat(outputs: Any) -> np.ndarray:
    leaves, _ = tree.flatten(outputs)
    return np.concatenate([np.ravel(leaf) for leaf in leaves])


@every_function
def test_rows_columns_matrix_and_differences_agree(
    function: Function, arrays: tuple[np.ndarray, ...]
) -> None:
    J = cr.jacobian(function, wrt=(0, 1))(*arrays)
    by_columns = J @ np.eye(J.shape[1])
    by_rows = np.eye(J.shape[0]) @ J
    numerical = [
        numerical_jacobian(lambda x, i=i: flat(function(*arrays[:i], x, *arrays[i + 1 :])), arrays[i])
        for i in range(2)
    ]
    np.testing.assert_allclose(by_columns, by_rows, 1e-13, 1e-13)
    np.testing.assert_allclose(J.matrix(), by_rows, 1e-13, 1e-13)
    np.testing.assert_allclose(by_rows, np.hstack(numerical), 1e-8, 1e-8)


@every_function
def test_products_are_linear(function: Function, arrays: tuple[np.ndarray, ...]) -> None:
    J = cr.jacobian(function, wrt=(0, 1))(*arrays)
    rng = np.random.default_rng(1)
    v, w = rng.normal(size=(2, J.shape[1]))
    p, q = rng.normal(size=(2, J.shape[0]))
    np.testing.assert_allclose(J @ (2 * v - 3 * w), 2 * (J @ v) - 3 * (J @ w), 1e-12, 1e-12)
    np.testing.assert_allclose((2 * p - 3 * q) @ J, 2 * (p @ J) - 3 * (q @ J), 1e-12, 1e-12)
    np.testing.assert_array_equal(J @ np.zeros(J.shape[1]), 0)
    np.testing.assert_array_equal(np.zeros(J.shape[0]) @ J, 0)


@every_function
def test_push_and_pull_are_adjoint(function: Function, arrays: tuple[np.ndarray, ...]) -> None:
    J = cr.jacobian(function, wrt=(1, 0))(*arrays)
    rng = np.random.default_rng(2)
    v, p = rng.normal(size=J.shape[1]), rng.normal(size=J.shape[0])
    np.testing.assert_allclose(p @ (J @ v), (p @ J) @ v, 1e-12)


SCALARS: dict[str, Function] = {
    "network": lambda x: np.sum(two_layers(x, W)),
    "quadratic": lambda x: x @ (W.T @ W) @ x,
    "log-sum-exp": lambda x: cr.special.logsumexp(W @ x) + np.var(x),
    "product": lambda x: np.prod(x) + np.sum(np.cumprod(x)),
    "norm": lambda x: np.linalg.norm(x) ** 3 + np.sqrt(1 + x @ x),
    "determinant": lambda x: np.linalg.slogdet(np.eye(4) * 3 + np.outer(x, x))[1],
    "gathering": lambda x: np.sum(x[[0, 0, 1]] * x[[1, 2, 3]] ** 2),
    "special": lambda x: np.sum(cr.special.gammaln(x**2 + 1) + cr.special.erf(x) * cr.special.expit(x)),
}  # fmt: skip

every_scalar = pytest.mark.parametrize("function", SCALARS.values(), ids=SCALARS)


@every_scalar
def test_hessians_are_symmetric_and_the_same_whichever_mode_comes_first(function: Function) -> None:
    gradient = cr.grad(function)
    forward_over_reverse = cr.jacobian(gradient)(X).matrix()
    reverse_over_forward = np.stack([cr.grad(lambda x, v=v: cr.push(function)(x)(v))(X) for v in np.eye(4)])
    reverse_over_reverse = np.stack([cr.pull(gradient)(X)(p) for p in np.eye(4)])
    forward_over_forward = np.array([
        [cr.push(lambda x, v=v: cr.push(function)(x)(v))(X)(w) for w in np.eye(4)] for v in np.eye(4)
    ])  # fmt: skip
    hessian = cr.hessian(function)(X)
    np.testing.assert_allclose(hessian, numerical_jacobian(gradient, X), 1e-8, 1e-8)
    np.testing.assert_allclose(hessian, hessian.T, 1e-12, 1e-13)
    for other in (forward_over_reverse, reverse_over_forward, reverse_over_reverse, forward_over_forward):
        np.testing.assert_allclose(other, hessian, 1e-11, 1e-12)


@every_scalar
def test_third_derivatives_do_not_depend_on_the_order(function: Function) -> None:
    third = cr.jacobian(lambda x: np.ravel(cr.hessian(function)(x)))(X).matrix().reshape(4, 4, 4)
    numerical = numerical_jacobian(cr.hessian(function), X).reshape(4, 4, 4)
    np.testing.assert_allclose(third, numerical, 1e-7, 1e-7)
    for axes in ((0, 2, 1), (2, 1, 0), (1, 2, 0)):
        np.testing.assert_allclose(third, third.transpose(axes), 1e-10, 1e-11)


def test_the_gradient_is_the_transpose_of_the_jacobian_unvectorised() -> None:
    loss = lambda W, x: np.sum(np.tanh(W @ x))  # noqa: E731
    J = cr.jacobian(loss)(W, X).matrix()
    np.testing.assert_allclose(cr.grad(loss)(W, X), cr.unvec(J[0], W.shape), 1e-15)


def test_the_same_function_by_its_variables_or_its_weights() -> None:
    """Lecture: 2ax + b/y has the derivatives [2a, −b/y²] by (x, y) and [2x, 1/y] by (a, b)."""

    def f(x: Any, y: Any, a: Any, b: Any) -> Any:
        return 2 * a * x + b / y

    point = (3.0, 2.0, 5.0, 7.0)
    assert cr.grad(f, wrt=("x", "y"))(*point) == (10.0, -7.0 / 4)
    assert cr.grad(f, wrt=("a", "b"))(*point) == (6.0, 0.5)


def test_several_arguments_at_once_are_the_single_ones_side_by_side() -> None:
    J = cr.jacobian(two_layers, wrt=("W", "x"))(X, W).matrix()
    single = [cr.jacobian(two_layers, wrt=name)(X, W).matrix() for name in ("W", "x")]
    np.testing.assert_allclose(J, np.hstack(single), 1e-14, 1e-15)


def test_an_argument_given_twice_counts_twice() -> None:
    J = cr.jacobian(lambda x: x**2, wrt=("x", "x"))(X)
    np.testing.assert_allclose(J.matrix(), np.hstack([np.diag(2 * X)] * 2), 1e-15)
    np.testing.assert_allclose(J.push((X, 2 * X)), 6 * X**2, 1e-15)


def test_a_value_that_two_outputs_need_gets_both_cotangents() -> None:
    x = input_node(ArrayType((), np.dtype("float64")), "x")
    h = op.exp(x)
    graph = pull_graph(Graph((x,), (h, op.square(h), h)), [x])
    (pulled,) = compile_reference(graph)(0.0, 1.0, 10.0, 100.0)
    assert pulled == 1 + 20 + 100


def test_an_input_may_be_an_output() -> None:
    x = input_node(ArrayType((2,), np.dtype("float64")), "x")
    graph = Graph((x,), (x, op.sum(x, axis=(0,))))
    whole = jacobian_graph(graph, plan_jacobian(graph, [x]).blocks(1).matrix())
    matrix, pulled, pushed = (
        compile_reference(derived)(np.zeros(2), *vectors)[0]
        for derived, vectors in (
            (whole, ()),
            (pull_graph(graph, [x]), (np.array([1.0, 2.0]), 10.0)),
            (push_graph(graph, [x]), (np.array([1.0, 2.0]),)),
        )
    )
    np.testing.assert_array_equal(matrix, [[1, 0], [0, 1], [1, 1]])
    np.testing.assert_array_equal(pulled, [11, 12])
    np.testing.assert_array_equal(pushed, [1, 2])


@pytest.mark.parametrize("shapes", [((0,), (2,)), ((2,), (0,)), ((0,), (0,))], ids=str)
def test_a_jacobian_without_rows_or_columns(shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    J = cr.jacobian(lambda x: np.ones(shapes[1]) * np.sum(x))(np.ones(shapes[0]))
    assert J.matrix().shape == J.shape == (shapes[1][0], shapes[0][0])
    assert (J @ np.ones(shapes[0])).shape == shapes[1]
    assert (np.ones(shapes[1]) @ J).shape == shapes[0]


def test_whole_and_true_outputs_have_zero_rows() -> None:
    J = cr.jacobian(lambda x: (np.argmax(x), x > 0, x))(X)
    np.testing.assert_array_equal(J.matrix(), np.vstack([np.zeros((5, 4)), np.eye(4)]))


# Random compositions of smooth functions, by hypothesis.

PIECES: list[Callable[[Any], Any]] = [
    np.sin,
    np.tanh,
    lambda x: x * x,
    lambda x: x[::-1] + x,
    lambda x: np.cumsum(x) / 3,
    lambda x: x - np.mean(x),
    lambda x: x / (1 + x @ x),
    lambda x: S @ x,
    lambda x: cr.special.softmax(x),
    lambda x: np.where(x > 0.1, x, 0.5 * x),
    lambda x: np.concatenate([x[1:], x[:1] * 2]),
    lambda x: np.exp(-(x**2)),
    lambda x: np.outer(x, x)[1] + x,
    lambda x: np.maximum(x, -x / 3),
]


@settings(max_examples=60)
@given(st.lists(st.integers(0, len(PIECES) - 1), min_size=1, max_size=8), st.integers(0, 10_000))
def test_random_compositions_have_the_product_of_their_jacobians(pieces: list[int], seed: int) -> None:
    """The chain rule: the Jacobian of a composition is the product of the Jacobians, in order."""

    def composed(x: Any) -> Any:
        for piece in pieces:
            x = PIECES[piece](x)
        return x

    x = np.random.default_rng(seed).normal(size=3)
    product, at = np.eye(3), x
    for piece in pieces:
        product = cr.jacobian(PIECES[piece])(at).matrix() @ product
        at = PIECES[piece](at)
    J = cr.jacobian(composed)(x)
    np.testing.assert_allclose(J.matrix(), product, 1e-10, 1e-12)
    np.testing.assert_allclose(np.eye(3) @ J, product, 1e-10, 1e-12)
