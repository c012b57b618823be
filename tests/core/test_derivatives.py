"""Gradients as users ask for them: defaults, trees, dtypes, branches on values, caching, refusals."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import ArgumentError, ChainruleError, DtypeError, ShapeError, TraceError

X = np.array([1.0, 2.0, 3.0])


# Arguments that are left at their defaults.


def test_an_argument_left_at_its_default_has_a_derivative_there() -> None:
    def f(x: Any, scale: Any = 2.0, *, power: Any = 3.0) -> Any:
        return scale * np.sum(x**power)

    np.testing.assert_allclose(cr.grad(f, wrt="scale")(X), 36)
    np.testing.assert_allclose(cr.grad(f, wrt=1)(X), 36)
    np.testing.assert_allclose(cr.grad(f, wrt="power")(X), 2 * np.sum(X**3 * np.log(X)))
    np.testing.assert_allclose(cr.grad(f, wrt=("x", "scale"))(X)[1], 36)
    np.testing.assert_allclose(cr.grad(f, wrt="scale")(X, 5.0, power=1.0), 6)
    np.testing.assert_allclose(cr.grad(f)(X), 6 * X**2)


def test_positions_are_those_of_the_signature_however_arguments_are_given() -> None:
    def f(x: Any, W: Any, b: Any) -> Any:
        return np.sum(W @ x) + 5 * b

    W = np.ones((2, 3))
    for wrt, shape in ((0, (3,)), (1, (2, 3)), (2, ())):
        gradient = cr.grad(f, wrt=wrt)
        for call in (gradient(X, W, 1.0), gradient(X, b=1.0, W=W), gradient(b=1.0, W=W, x=X)):
            assert np.shape(call) == shape


def test_keywords_that_the_signature_does_not_list() -> None:
    def f(x: Any, **settings: Any) -> Any:
        return settings["scale"] * np.sum(x)

    assert cr.grad(f, wrt="scale")(X, scale=2.0, other="text") == 6


# Trees.

Pair = namedtuple("Pair", "a b")


def test_gradients_have_the_structure_of_their_argument() -> None:
    params = {"layers": [Pair(X, 2 * X), (X,)], "scale": 3.0}

    def f(params: Any) -> Any:
        (pair, (c,)) = params["layers"]
        return params["scale"] * np.sum(pair.a * pair.b + c)

    value, gradient = cr.value_and_grad(f)(params)
    assert value == 3 * (28 + 6)
    assert isinstance(gradient["layers"][0], Pair)
    np.testing.assert_array_equal(gradient["layers"][0].a, 6 * X)
    np.testing.assert_array_equal(gradient["layers"][1][0], 3)
    assert gradient["scale"] == 34


def test_a_value_keeps_the_structure_that_the_function_returns() -> None:
    value, _ = cr.value_and_grad(lambda x: {"loss": np.sum(x)})(X)
    assert value == {"loss": 6.0}


def test_trees_with_empty_parts_and_other_objects() -> None:
    gradient = cr.grad(lambda p: np.sum(p["x"] * p["n"]))({"x": X, "none": [], "n": 3})
    np.testing.assert_array_equal(gradient["x"], 3)
    assert gradient["none"] == []
    assert gradient["n"] == 6


# Dtypes.


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "longdouble", ">f8"])
def test_every_floating_dtype_is_kept(dtype: str) -> None:
    x = X.astype(dtype)
    value, gradient = cr.value_and_grad(lambda x: np.sum(np.tanh(x) * x) / 2)(x)
    assert gradient.dtype == x.dtype
    np.testing.assert_allclose(gradient.astype(float), (np.tanh(X) + X / np.cosh(X) ** 2) / 2, rtol=2e-3)
    assert value.dtype.newbyteorder("=") == x.dtype.newbyteorder("=")


def test_each_gradient_has_the_byte_order_of_its_own_argument() -> None:
    gradient = cr.grad(lambda p, x: np.sum(p["a"] * p["b"] * x), wrt=("p", "x"))
    for orders in ("><>", "<><", "<<>"):
        a, b, x = (X.astype(f"{order}f8") for order in orders)
        by_p, by_x = gradient({"a": a, "b": b}, x)
        assert [by_p["a"].dtype, by_p["b"].dtype, by_x.dtype] == [a.dtype, b.dtype, x.dtype]
        np.testing.assert_array_equal(by_x, X**2)


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint8", "int64"])
def test_whole_numbers_beside_the_argument_are_used_as_they_are(dtype: str) -> None:
    n = np.array([0, 1, 1], dtype)
    gradient = cr.grad(lambda x: np.sum(x**2 * n))(X.astype(np.float32))
    np.testing.assert_array_equal(gradient, 2 * X * n)


@pytest.mark.parametrize("make", [np.matrix, lambda x: np.ma.array(x, mask=[[True, False, False]])])
@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_arrays_that_calculate_in_another_way_are_refused(make: Callable[[Any], Any]) -> None:
    for function in (lambda x: np.sum(x * x), lambda x, c=1.0: c * np.sum(x)):
        with pytest.raises(DtypeError, match="unlike an array"):
            cr.grad(function)(make([X]))


def test_other_subclasses_of_arrays_are_arrays() -> None:
    class Tagged(np.ndarray):
        pass

    np.testing.assert_array_equal(cr.grad(lambda x: np.sum(x**2))(X.view(Tagged)), 2 * X)


# Functions that branch on values.


def clipped(x: Any) -> Any:
    return np.sum(x**2) if np.sum(x) > 0 else np.sum(-x)


def test_branches_follow_the_values_of_each_call() -> None:
    gradient = cr.grad(clipped)
    for sign in (1, -1, 1):
        np.testing.assert_array_equal(gradient(sign * X), 2 * X if sign > 0 else [-1, -1, -1])


def test_a_graph_that_holds_at_one_point_says_where_it_looked() -> None:
    graph = cr.trace(clipped, X)
    assert graph.branched_at is not None
    assert "np.sum(x) > 0" in graph.branched_at.text
    assert cr.trace(lambda x: np.sum(x), X).branched_at is None


def test_newtons_iteration_until_it_converges() -> None:
    """√a by Newton's iteration has the derivative 1/(2√a)."""

    def root(a: Any) -> Any:
        x = a
        while abs(x * x - a) > 1e-12 * a:
            x = 0.5 * (x + a / x)
        return x

    for a in (2.0, 1e-6, 7e5):
        np.testing.assert_allclose(cr.grad(root)(a), 0.5 / np.sqrt(a), 1e-6)


# Caching.


def test_a_graph_is_kept_for_each_type_and_no_longer_than_it_holds() -> None:
    gradient = cr.grad(
        lambda x, n=1, params=None: np.sum(x) * n if params is None else np.sum(x * params["w"])
    )
    first = gradient.graph(X)
    assert gradient.graph(2 * X) is first
    assert gradient.graph(x=X) is gradient.graph(x=2 * X)
    assert gradient.graph(X, 2) is gradient.graph(2 * X, 2)
    assert gradient.graph(X, params={"w": X}) is gradient.graph(X, params={"w": 2 * X})
    others = [(X[:2],), (X.astype(np.float32),), (X, 2), (X, 1, {"w": X}), (X, 1, {"w": X[:1]})]
    assert len({id(graph) for graph in [first, *(gradient.graph(*args) for args in others)]}) == 6
    assert gradient.graph(X) is first
    branching = cr.grad(clipped)
    assert branching.graph(X) is not branching.graph(X)


def test_a_great_many_types_are_not_all_kept() -> None:
    gradient = cr.grad(lambda x: np.sum(x**2))
    first = gradient.graph(np.ones(1))
    for n in range(2, 100):
        gradient(np.ones(n))
    assert gradient.graph(np.ones(1)) is not first


def test_results_are_the_callers_own() -> None:
    gradient = cr.grad(lambda x: np.sum(2 * x))
    gradient(X)[:] = 7
    np.testing.assert_array_equal(gradient(X), 2)


def test_a_jacobian_stays_at_its_point() -> None:
    x = X.copy()
    J, push = cr.jacobian(lambda x: x**2)(x), cr.push(lambda x: x**2)(x)
    x += 100
    np.testing.assert_array_equal(J.matrix(), np.diag(2 * X))
    np.testing.assert_array_equal(J @ np.ones(3), 2 * X)
    np.testing.assert_array_equal(push(np.ones(3)), 2 * X)


def test_derivatives_are_named_after_their_function() -> None:
    for make in (cr.grad, cr.value_and_grad, cr.jacobian, cr.hessian, cr.push, cr.pull):
        assert make(clipped).__name__ == "clipped"
        assert make(clipped).__wrapped__ is clipped


# Errors.


@pytest.mark.parametrize("wrt", [None, 1.5, ("x", None), [2.0], {"x"}])
def test_what_is_neither_name_nor_position_is_refused(wrt: Any) -> None:
    for make in (cr.grad, cr.jacobian, cr.hessian, cr.push):
        with pytest.raises(ArgumentError, match="name or position"):
            make(clipped, wrt=wrt)


def test_a_function_without_arguments_has_no_gradient() -> None:
    with pytest.raises(ArgumentError, match="a function of an argument"):
        cr.grad(lambda: 1.0)()


def test_nothing_by_nothing() -> None:
    assert cr.grad(lambda x: np.sum(x), wrt=())(X) == ()


ERRORS: dict[str, tuple[Callable[[], Any], type[ChainruleError], str, bool]] = {
    "shapes": (lambda: cr.grad(lambda x: np.sum(x + np.ones(2)))(X), ShapeError, "(3,) and (2,)", True),
    "product": (
        lambda: cr.grad(lambda x: x @ np.ones((2, 3)))(X),
        ShapeError,
        "3 columns against 2 rows",
        True,
    ),
    "axis": (lambda: cr.grad(lambda x: np.sum(x, axis=1))(X), ShapeError, "axis 1", True),
    "softmax axis": (
        lambda: cr.grad(lambda x: cr.special.softmax(x, axis=1)[0])(X),
        ShapeError,
        "axis 1",
        False,
    ),
    "index": (lambda: cr.grad(lambda x: x[3])(X), ShapeError, "index 3 is out of bounds", True),
    "function": (lambda: cr.grad(lambda x: np.sum(np.fft.fft(x)))(X), TraceError, "np.fft.fft", True),
    "complex": (lambda: cr.grad(lambda x: np.sum(x * 1j))(X), DtypeError, "complex128", True),
    "assignment": (lambda: cr.grad(assigning)(X), TraceError, "assigning", True),
    "vector": (lambda: cr.grad(lambda x: x)(X), ShapeError, "float64(3,)", False),
    "output": (lambda: cr.grad(lambda x: "text")(X), TraceError, "'text'", False),
    "dtype": (lambda: cr.grad(np.sum)(np.array(["a"])), DtypeError, "<U1", False),
}


def assigning(x: Any) -> Any:
    x[0] = 1.0
    return np.sum(x)


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_was_given_and_where(name: str) -> None:
    call, kind, given, at_line = ERRORS[name]
    with pytest.raises(kind) as caught:
        call()
    error = caught.value
    assert given in error.given
    assert error.expected or error.instead
    if at_line:
        assert error.where is not None
        assert error.where.file == __file__
        assert "cr.grad" in error.where.text or "x[0] = 1.0" in error.where.text
    assert "\n" not in error.one_line()


def test_what_comes_along_is_not_differentiated() -> None:
    def f(x: Any) -> Any:
        return np.sum(x**2), {"cube": x**3, "same": (x,)}

    (value, aux), gradient = cr.value_and_grad(f, has_aux=True)(X)
    np.testing.assert_allclose((value, *gradient), (14, 2, 4, 6))
    np.testing.assert_allclose(aux["cube"], X**3)
    np.testing.assert_array_equal(aux["same"][0], X)
    with pytest.raises(ShapeError, match="one real number"):
        cr.value_and_grad(f)(X)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(x),
        lambda x: ((np.sum(x), np.sum(x)), x),
        lambda x: (np.sum(x), x, x),
        lambda x: {"value": np.sum(x), "aux": x},
    ],
)
def test_what_comes_along_comes_in_a_pair(f: Any) -> None:
    with pytest.raises(ShapeError, match=r"returns no pair.*\n.*\(value, aux\)"):
        cr.value_and_grad(f, has_aux=True)(X)
