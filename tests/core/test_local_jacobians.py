"""The factors of the chain rule: their formulas, their matrices, and that their product is the Jacobian."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import ArgumentError

RNG = np.random.default_rng(41)


def net(x: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
    z1 = W1 @ x + b1
    h1 = np.maximum(z1, 0)
    return cr.name(W2 @ h1 + b2, "yhat")


ARGUMENTS = tuple(RNG.normal(size=shape) for shape in ((3,), (4, 3), (4,), (2, 4), (2,)))
GRAPH = cr.trace(net, *ARGUMENTS)


@pytest.mark.parametrize("wrt", ["x", "W1", "b1", "W2", "b2", ("W1", "b1"), 0])
def test_the_product_of_the_factors_in_order_is_the_jacobian(wrt: Any) -> None:
    matrices = [factor.matrix() for factor in GRAPH.local_jacobians(wrt)]
    J = cr.jacobian(net, wrt=wrt)(*ARGUMENTS)
    np.testing.assert_allclose(reduce(np.matmul, matrices), J.matrix(), 1e-13, 1e-14)


def test_the_lectures_factors() -> None:
    assert [str(factor) for factor in GRAPH.local_jacobians("W1")] == [
        "∂yhat/∂h1 = W2",
        "∂h1/∂z1 = diag(z1 > 0)",
        "∂z1/∂vec[W1] = I ⊗ xᵀ",
    ]


@pytest.mark.parametrize(
    ("of", "by", "text"),
    [
        ("z1", "W1", "I ⊗ xᵀ"),
        ("z1", "x", "W1"),
        ("z1", "b1", "I"),
        ("yhat", "z1", "W2 · diag(z1 > 0)"),
        ("yhat", "W1", "W2 · diag(z1 > 0) · (I ⊗ xᵀ)"),
        ("h1", "h1", "I"),
    ],
)
def test_any_value_by_any_other(of: str, by: str, text: str) -> None:
    factor = GRAPH.local_jacobian(of, by)
    x, W1, b1, W2, _ = ARGUMENTS
    known = {
        "W1": W1, "W2": W2, "I ⊗ xᵀ": np.kron(np.eye(4), x), "diag(z1 > 0)": np.diag((W1 @ x + b1 > 0) * 1.0),
        "(I ⊗ xᵀ)": np.kron(np.eye(4), x), "I": np.eye(4),
    }  # fmt: skip
    expected = reduce(np.matmul, [known[part] for part in text.split(" · ")])
    if of != by:
        assert factor.formula == text
    np.testing.assert_allclose(factor.matrix(), expected, 1e-14, 1e-15)
    assert factor.shape == expected.shape
    assert not np.any(expected[~factor.pattern().toarray()])


def test_paths_are_added() -> None:
    graph = cr.trace(lambda x: cr.name(np.sin(x) * np.exp(x), "y"), RNG.normal(size=3))
    factor = graph.local_jacobian("y", "x")
    assert factor.formula.count(" + ") == 1
    x = graph.run(RNG.normal(size=3))["x"]
    again = cr.trace(lambda x: cr.name(np.sin(x) * np.exp(x), "y"), x).local_jacobian("y", "x")
    np.testing.assert_allclose(np.diag(again.matrix()), np.exp(x) * (np.sin(x) + np.cos(x)), 1e-13)


def residual(x: Any, A: Any) -> Any:
    h = np.tanh(A @ x)
    return cr.name(x * h, "y")


def test_a_partial_derivative_holds_the_other_operands_fixed() -> None:
    A, x = RNG.normal(size=(3, 3)), RNG.normal(size=3)
    graph = cr.trace(residual, x, A)
    factor = graph.local_jacobian("y", "x", partial=True)
    h = np.tanh(A @ x)
    np.testing.assert_array_equal(factor.matrix(), np.diag(h))
    assert str(factor) == "∂y/∂x = diag(h)"
    by_h = graph.local_jacobian("y", "h", partial=True).matrix()
    total = factor.matrix() + by_h @ graph.local_jacobian("h", "x").matrix()
    np.testing.assert_allclose(graph.local_jacobian("y", "x").matrix(), total, 1e-14)


def test_one_operand_twice_has_both_partial_derivatives() -> None:
    graph = cr.trace(lambda x: cr.name(x * x, "y"), np.array([1.0, 3.0]))
    np.testing.assert_array_equal(graph.local_jacobian("y", "x", partial=True).matrix(), np.diag([2.0, 6.0]))


def test_values_are_found_as_assigned_and_as_printed() -> None:
    graph = cr.trace(residual, np.ones(3), np.eye(3))
    assert "v2 = np.tanh(v1)" in " ".join(str(graph).split())
    expected = graph.local_jacobian("h", "x").matrix()
    np.testing.assert_array_equal(graph.local_jacobian("v2", "x").matrix(), expected)


def test_many_paths_are_not_written_out() -> None:
    def f(x: Any) -> Any:
        for _ in range(40):
            x = np.sin(x) + np.cos(x)
        return cr.name(x[1:] * x[:-1], "y")

    factor = cr.trace(f, np.ones(4)).local_jacobian("y", "x")
    assert factor.map is None
    assert factor.formula == "the sum over all paths"
    np.testing.assert_allclose(factor.matrix(), cr.jacobian(f)(np.ones(4)).matrix(), 1e-12)


def test_the_point_is_that_which_was_traced() -> None:
    x = np.array([1.0, 2.0])
    graph = cr.trace(lambda x: cr.name(x**2, "y"), x)
    x[:] = 0
    np.testing.assert_array_equal(graph.local_jacobian("y", "x").matrix(), np.diag([2.0, 4.0]))


def test_a_function_that_returns_its_argument_has_the_identity() -> None:
    (factor,) = cr.trace(lambda x: x, np.ones(3)).local_jacobians()
    assert str(factor) == "∂x/∂x = I"
    np.testing.assert_array_equal(factor.matrix(), np.eye(3))


@pytest.mark.parametrize(
    ("ask", "match"),
    [
        (lambda: GRAPH.local_jacobian("z1", "W2"), "z1 does not depend on W2"),
        (lambda: GRAPH.local_jacobian("q", "W2"), "no value is named 'q'"),
        (lambda: GRAPH.local_jacobian("yhat", "z1", partial=True), "no operand of yhat is z1"),
        (lambda: GRAPH.local_jacobians("q"), "wrt='q'"),
        (lambda: cr.trace(lambda x: np.sign(x), np.ones(2)).local_jacobians(), "does not depend on x"),
        (lambda: cr.trace(lambda x: x * 2.0, np.arange(3)).local_jacobians(), "not of real numbers"),
        (lambda: cr.trace(lambda x, n: x * n, np.ones(3), 4).local_jacobians("n"), "not of real numbers"),
    ],
)
def test_what_is_no_factor_is_refused(ask: Any, match: str) -> None:
    with pytest.raises(ArgumentError, match=match):
        ask()
