"""Which argument a derivative is by: positions, names, paths, ``*args``, keywords; dtypes; refusals."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import ArgumentError, DtypeError, TraceError

PARAMS = {"layer1": {"W": np.array([[1.0, 2.0]]), "b": np.array([3.0])}, "scale": np.array(2.0)}
X = np.array([5.0, 7.0])


def model(params: Any, x: Any, *, power: Any = 1.0) -> Any:
    """scale · (W x + b), summed."""
    layer = params["layer1"]
    return np.sum(params["scale"] * (layer["W"] @ x + layer["b"])) * power


BY_W, BY_B, BY_SCALE, BY_X = [[10.0, 14.0]], [2.0], 22.0, [2.0, 4.0]


@pytest.mark.parametrize(
    ("wrt", "expected"),
    [
        (1, BY_X),
        (-1, BY_X),
        ("x", BY_X),
        ("params/layer1/W", BY_W),
        ("W", BY_W),
        ("scale", BY_SCALE),
        ("params/scale", BY_SCALE),
    ],
)
def test_one_array(wrt: Any, expected: Any) -> None:
    np.testing.assert_array_equal(cr.grad(model, wrt=wrt)(PARAMS, X), expected)


def test_a_tree_has_a_gradient_of_its_structure() -> None:
    whole = cr.grad(model, wrt="params")(PARAMS, X)
    assert list(whole) == ["layer1", "scale"]
    np.testing.assert_array_equal(whole["layer1"]["W"], BY_W)
    np.testing.assert_array_equal(whole["scale"], BY_SCALE)
    part = cr.grad(model, wrt="params/layer1")(PARAMS, X)
    assert list(part) == ["W", "b"]
    np.testing.assert_array_equal(part["b"], BY_B)


def test_several_give_a_tuple_even_of_one() -> None:
    x, b = cr.grad(model, wrt=["x", "params/layer1/b"])(PARAMS, X)
    np.testing.assert_array_equal(x, BY_X)
    np.testing.assert_array_equal(b, BY_B)
    (alone,) = cr.grad(model, wrt=("x",))(PARAMS, X)
    np.testing.assert_array_equal(alone, BY_X)


def test_keyword_arguments() -> None:
    np.testing.assert_array_equal(cr.grad(model, wrt="power")(PARAMS, X, power=1.0), 44.0)
    np.testing.assert_array_equal(cr.grad(model, wrt="x")(x=X, params=PARAMS, power=3.0), [6.0, 12.0])


@pytest.mark.parametrize("wrt", [5, -6, "y", "params/layer2", "params/layer1/W/0", "layer1/W"])
def test_an_argument_that_is_not_there_lists_those_that_are(wrt: Any) -> None:
    with pytest.raises(ArgumentError, match="'params', 'x'"):
        cr.grad(model, wrt=wrt)(PARAMS, X)


def test_a_leafs_own_name_means_it_only_where_it_is_the_only_one() -> None:
    twice = {"first": {"W": X}, "second": {"W": 3 * X}}

    def f(params: Any) -> Any:
        return np.sum(params["first"]["W"] * params["second"]["W"])

    with pytest.raises(ArgumentError):
        cr.grad(f, wrt="W")(twice)
    np.testing.assert_array_equal(cr.grad(f, wrt="params/second/W")(twice), X)


@pytest.mark.parametrize(
    ("args", "kwargs", "given", "advice"),
    [((), {}, "no arguments", "give params, x"), ((PARAMS,), {}, "1 argument", "give x"),
     ((PARAMS, X, X), {}, "3 arguments", "leave out the rest"),
     ((), {"x": X}, "x by name alone", "give params"),
     ((PARAMS, X), {"x": X}, "2 arguments by position and x by name", "leave out x"),
     ((PARAMS,), {"z": X, "x": X}, "1 argument by position and z, x by name", "leave out z")],
)  # fmt: skip
def test_calls_that_do_not_fit_the_function(args: Any, kwargs: Any, given: str, advice: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        cr.grad(model)(*args, **kwargs)
    assert caught.value.given == f"model was called with {given}"
    assert caught.value.instead == advice


def test_a_partial_function_has_the_name_of_the_whole_one() -> None:
    whole = functools.partial(functools.partial(model, x=X))
    assert cr.trace(whole, PARAMS).graph.title == "model"


def test_whole_numbers_are_differentiated_as_float64() -> None:
    gradient = cr.grad(lambda n: np.sum(n**2))(np.array([1, 2]))
    assert gradient.dtype == np.float64
    np.testing.assert_array_equal(gradient, [2.0, 4.0])
    assert cr.grad(lambda n: 3.0 * n)(2) == 3.0


def test_python_numbers_follow_the_arrays_beside_them() -> None:
    narrow = X.astype(np.float32)
    f = cr.value_and_grad(lambda x, c: np.sum(x) * c)
    for array, dtype in ((narrow, np.float32), (X, np.float64)):
        value, gradient = f(array, 0.1)
        assert (value.dtype, gradient.dtype) == (dtype, dtype)
    assert cr.grad(lambda c, x, y: c * np.sum(x) * np.sum(y))(0.1, narrow, X).dtype == np.float64


@pytest.mark.parametrize("value", [1j, np.array([1j]), "text", True, np.array([True]), None])
def test_only_real_numbers_have_derivatives(value: Any) -> None:
    with pytest.raises(DtypeError, match="argument 'x'"):
        cr.grad(lambda x: x)(value)


@pytest.mark.parametrize("dtype", [np.float32, np.dtype("int64"), bool, "float32"])
def test_a_dtype_is_an_argument_like_any_other(dtype: Any) -> None:
    def f(x: Any, dtype: Any) -> Any:
        return x.astype(dtype)

    x = np.arange(3.0)
    for function in (cr.compile(f), lambda x, dtype: cr.trace(f, x, dtype).run(x, dtype).output):
        np.testing.assert_array_equal(function(x, dtype), x.astype(dtype))
        assert function(x, dtype).dtype == dtype
    assert cr.grad(lambda x, dtype: np.sum(x * np.ones(3, dtype)))(x, dtype).tolist() == [1, 1, 1]


def test_flags_and_text_choose_between_graphs() -> None:
    def f(x: Any, name: str, twice: bool, n: int) -> Any:
        y = getattr(np, name)(x)
        for _ in range(n):
            y = y + 1.0 * x
        return np.sum(2 * y if twice else y)

    gradient = cr.grad(f)
    for name, slope in (("sin", np.cos(X)), ("cos", -np.sin(X))):
        for twice in (False, True):
            for n in (0, 2):
                np.testing.assert_allclose(gradient(X, name, twice, n), (1 + twice) * (slope + n), rtol=1e-14)


@pytest.mark.parametrize("differentiate", [cr.grad, cr.jacobian, cr.compile])
def test_a_list_of_numbers_is_a_tree_of_them(differentiate: Any) -> None:
    found = differentiate(lambda x: x[0] * x[1])([2.0, 3.0])
    found = found.matrix() if differentiate is cr.jacobian else found
    assert np.ravel(found).tolist() == ([6.0] if differentiate is cr.compile else [3.0, 2.0])


@pytest.mark.parametrize("differentiate", [cr.grad, cr.jacobian, cr.hessian, cr.compile])
@pytest.mark.parametrize("given", [[1.0, 2.0], [[1.0, 2.0], [3.0, 4.0]], (1.0, 2.0)])
def test_a_function_that_makes_an_array_of_a_list_is_to_be_given_one(differentiate: Any, given: Any) -> None:
    def f(x: Any, scale: Any) -> Any:
        return np.sum(scale * np.sin(x))

    with pytest.raises(TraceError, match=r"instead: np\.array\(x\) as argument, .* else np\.stack"):
        differentiate(f)(given, 2.0)
    differentiate(f)(np.array(given), 2.0)


def test_lists_of_arrays_are_not_to_be_arrays() -> None:
    with pytest.raises(TraceError) as raised:
        cr.grad(lambda xs: np.sum(np.array(xs)))([np.ones(2), np.zeros(2)])
    assert "np.array(xs)" not in str(raised.value.instead)
