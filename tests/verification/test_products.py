"""Jacobians given as products, second derivatives, and this library's own primitives."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import ArgumentError, GraphError

W, X = np.array([[1.0, 2.0, -1.0], [0.5, -0.3, 0.7]]), np.array([0.3, -1.2, 2.0])


def f(W, x):
    return np.tanh(W @ x)


def test_the_library_s_own_products_pass():
    for wrt in ("W", "x", ("W", "x")):
        assert cr.check(f, at=(W, X), wrt=wrt, pull=cr.pull(f, wrt=wrt))
        assert cr.check(f, at=(W, X), wrt=wrt, push=cr.push(f, wrt=wrt))


def test_products_by_hand_in_a_tree():
    def g(params):
        return f(params["W"], params["x"])

    def push(params):
        slope = 1 - g(params) ** 2
        return lambda v: slope * (v["W"] @ params["x"] + params["W"] @ v["x"])

    def pull(params):
        slope = 1 - g(params) ** 2
        return lambda p: {"W": np.outer(p * slope, params["x"]), "x": (p * slope) @ params["W"]}

    at = ({"W": W, "x": X},)
    assert cr.check(g, at=at, push=push)
    assert cr.check(g, at=at, pull=pull)


@pytest.mark.parametrize(
    "pull",
    [
        lambda W, x: lambda p: p @ W,  # without the derivative of tanh
        lambda W, x: lambda p: (1 - f(W, x) ** 2) @ W,  # without p
        lambda W, x: lambda p: (p**2 * (1 - f(W, x) ** 2)) @ W,
    ],
)
def test_a_wrong_product_fails(pull):
    assert str(cr.check(f, at=(W, X), wrt="x", pull=pull).verdict) == "FAIL"


def test_a_wrong_output_is_named():
    def pull(W, x):
        slope = 1 - f(W, x) ** 2
        return lambda p: (p * slope * [1.0, 1.001]) @ W

    report = cr.check(f, at=(W, X), wrt="x", pull=pull)
    assert {row.output for row in report.rows if str(row.verdict) == "FAIL"} == {1}
    assert "all those of output 1" in report.diagnoses["x"][0].text


def test_one_derivative_is_given_not_two():
    with pytest.raises(ArgumentError, match="grad and pull are given"):
        cr.check(f, cr.jacobian(f), at=(W, X), pull=cr.pull(f))


def g(x):
    return np.sum(np.sin(x) * x**2)


def hessian(x):
    return np.diag((2 - x**2) * np.sin(x) + 4 * x * np.cos(x))


@pytest.mark.parametrize("grad", [None, lambda x: np.cos(x) * x**2 + 2 * x * np.sin(x)])
def test_a_hessian_is_checked_beside_the_gradient(grad):
    report = cr.check(g, grad, at=(X,), hessian=hessian)
    assert report, report
    assert [tensor.name for tensor in report.tensors] == ["x", "∇f by x"]
    wrong = cr.check(g, grad, at=(X,), hessian=lambda x: hessian(x) * (1 + 1e-6))
    assert [str(tensor.verdict) for tensor in wrong.tensors] == ["PASS", "FAIL"]


@pytest.mark.parametrize("name", ["tanh", "einsum", "sum", "power"])
def test_primitives_pass(name):
    report = cr.check_primitive(name)
    assert "FAIL" not in {str(tensor.verdict) for tensor in report.tensors}
    assert any(str(tensor.verdict) == "PASS" for tensor in report.tensors)


def test_an_unknown_primitive_is_refused():
    with pytest.raises(GraphError, match="no primitive is named"):
        cr.check_primitive("tanhh")
