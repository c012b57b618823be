"""Compiled functions find the code for a call by the call alone, however often they were called otherwise."""

from collections import OrderedDict
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.execution.native.llvm_ir import Module

RNG = np.random.default_rng(12)
X = RNG.normal(size=(3, 2))


def repeated(calls: int, f: Any, *args: Any, **kwargs: Any) -> Any:
    """The last of so many calls: all but the first may take the way straight from C."""
    for _ in range(calls - 1):
        f(*args, **kwargs)
    return f(*args, **kwargs)


@pytest.mark.parametrize("calls", [1, 3])
def test_calls_of_other_types_and_forms_in_between(calls: int) -> None:
    f = cr.compile(lambda x, y: (x * 2 + y, {"sum": np.sum(x)}))
    y = RNG.normal(size=2)
    for _ in range(2):
        for x in (X, X.astype("float32"), X[:1], np.asfortranarray(X), X[::2], X[0], X.astype(">f8"), 3):
            doubled, inside = repeated(calls, f, x, y)
            np.testing.assert_allclose(doubled, np.asarray(x) * 2 + y, rtol=1e-6)
            np.testing.assert_allclose(inside["sum"], np.sum(x), rtol=1e-6)
        doubled, _ = repeated(calls, f, y=y, x=X)
        np.testing.assert_allclose(doubled, X * 2 + y, rtol=1e-15)


def test_trees_that_hold_the_same_arrays_in_other_ways() -> None:
    f = cr.compile(lambda tree, x: x - (tree["a"] if isinstance(tree, dict) else tree[0]))
    a, b = np.array([1.0, 2.0]), np.array([10.0, 20.0])
    for tree, first in (
        ({"a": a, "b": b}, a),
        ({"b": b, "a": a}, a),
        ({"a": b, "b": a}, b),
        ([a, b], a),
        ((b, a), b),
        ([a], a),
        (OrderedDict(a=b), b),
    ):
        np.testing.assert_array_equal(repeated(3, f, tree, X[0]), X[0] - first)
    with pytest.raises(KeyError):
        f({"b": b}, X[0])


def test_results_keep_their_structure() -> None:
    for f in (
        lambda x: x * 2,
        lambda x: (x, x * 2),
        lambda x: (x * 2,),
        lambda x: [x * 2, (x, {"a": x + 1, "b": [x]})],
        lambda x: {"a": x * 2},
        lambda x: np.sum(x),
    ):
        got, expected = repeated(3, cr.compile(f), X), f(X)
        leaves, structure = cr.tree.flatten(expected)
        assert cr.tree.flatten(got)[1] == structure
        for one, other in zip(cr.tree.flatten(got)[0], leaves, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-15)


def test_what_a_function_reads_beside_its_arguments_may_change() -> None:
    scale = 2.0

    def f(x: Any) -> Any:
        return x * scale

    compiled = cr.compile(f)
    np.testing.assert_array_equal(repeated(3, compiled, X), X * 2)
    scale = 5.0
    np.testing.assert_array_equal(repeated(3, compiled, X), X * 5)
    np.testing.assert_array_equal(compiled(X[0]), X[0] * 5)


def test_within_another_function_it_becomes_part_of_that() -> None:
    f = cr.compile(lambda x: np.sum(x**3))
    repeated(3, f, X)
    np.testing.assert_allclose(cr.grad(lambda x: f(x))(X), 3 * X**2, rtol=1e-14)


def test_results_of_two_calls_are_two_arrays() -> None:
    f = cr.compile(lambda x: x + 1)
    first, second = (repeated(3, f, x) for x in (X, 2 * X))
    np.testing.assert_array_equal(first, X + 1)
    np.testing.assert_array_equal(second, 2 * X + 1)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("number", [float, np.float32, np.float64])
def test_numbers_among_arrays_are_arguments(dtype: str, number: type) -> None:
    calls = []

    def scaled(x, s):  # type: ignore[no-untyped-def]
        calls.append(s)
        return x * s

    compiled, x = cr.compile(scaled), np.arange(3, dtype=dtype)
    for value in [0.5, 0.25, -2.0]:
        found, expected = compiled(x, number(value)), x * number(value)
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)
    assert len(calls) == 1  # it is traced once


@pytest.mark.parametrize(
    "call",
    [
        lambda f, x: cr.compile(f)(x),
        lambda f, x: cr.compile(f)(x=x),
        lambda f, x: cr.compile(f).explain(x),
        lambda f, x: cr.jacobian(f, compile="native")(x).matrix(),
        lambda f, x: cr.hessian(lambda x: np.sum(f(x)), compile="native")(x),
    ],
)
def test_what_cannot_be_compiled_is_said_once_at_the_users_line(
    call: Any, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    monkeypatch.setattr(Module, "__str__", lambda _: "no code")
    number = float(RNG.normal())
    call(lambda x: np.sin(x) * number, np.ones(3))
    (warning,) = recwarn
    assert "runs in NumPy: LLVM refused the code" in str(warning.message)
    assert warning.filename == __file__


def test_masked_arrays_are_refused_after_any_calls() -> None:
    f = cr.compile(lambda x: x * 2)
    repeated(3, f, X)
    with pytest.raises(cr.errors.DtypeError, match="MaskedArray"):
        f(np.ma.masked_array(X, mask=X > 0))
