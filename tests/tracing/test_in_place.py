"""``y += x`` and its like: what NumPy would change is changed, or refused; nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import ChainruleError, ShapeError, TraceError

X = np.array([1.0, 2.0, 3.0])


def two_names(x: Any) -> Any:
    y = np.sin(x)
    z = y
    z += 1
    return np.sum(y * z)


def through_a_list(x: Any) -> Any:
    layers = [x * 1.0, x * 2.0]
    for layer in layers:
        layer *= x
    return np.sum(layers[0] + layers[1])


def through_a_helper(x: Any) -> Any:
    def shift(y: Any) -> None:
        y -= 1.0

    y = x**2
    shift(y)
    return np.sum(y * x)


def numbers_are_values(x: Any) -> Any:
    first = x[0]
    total = first
    total += x[1]
    return total * first


def every_operator(x: Any) -> Any:
    y = x + 0.5
    y += x
    y -= 0.25
    y *= x
    y /= 2
    y **= 2
    y %= 100.0
    y @= np.eye(3)
    return np.sum(y)


def of_its_own_copy(x: Any) -> Any:
    y = x[:2].copy()
    y += x[1:]
    return np.sum(y * x[:2])


def after_the_view_is_gone(x: Any) -> Any:
    y = (x * 2).reshape(3, 1)
    y += 1
    z = np.sum(y, axis=1, keepdims=True)
    z *= 3
    return np.sum(z * y)


def argument_itself(x: Any) -> Any:
    x *= 2
    return np.sum(x**2)


@pytest.mark.parametrize(
    "function",
    [two_names, through_a_list, through_a_helper, numbers_are_values, every_operator, of_its_own_copy,
     after_the_view_is_gone, argument_itself],
)  # fmt: skip
def test_the_value_and_the_gradient_are_those_of_numpys_program(function: Callable[[Any], Any]) -> None:
    value, gradient = cr.value_and_grad(function)(X)
    np.testing.assert_allclose(value, function(X.copy()), 1e-15)
    h = 1e-6
    numerical = [(function(X + h * e) - function(X - h * e)) / (2 * h) for e in np.eye(3)]
    np.testing.assert_allclose(gradient, numerical, 1e-7)
    np.testing.assert_array_equal(X, [1, 2, 3])


def changes_a_slice(x: Any) -> Any:
    y = x * 1.0
    part = y[:2]
    part *= 10
    return np.sum(y)


def changes_what_has_a_slice(x: Any) -> Any:
    y = x * 1.0
    part = y[:2]
    y *= 10
    return np.sum(part)


def changes_a_row_while_iterating(x: Any) -> Any:
    y = np.outer(x, x)
    for row in y:
        row += 1
    return np.sum(y)


def changes_a_transpose(x: Any) -> Any:
    y = np.outer(x, x + 1)
    t = y.T
    t += 1
    return np.sum(y)


def changes_its_argument_reshaped(x: Any) -> Any:
    y = x.reshape(3, 1)
    y += 1
    return np.sum(x)


def changes_an_array_of_the_function_around(x: Any) -> Any:
    y = x * 1.0

    def inner(w: Any) -> Any:
        nonlocal y
        y += w
        return np.sum(y)

    return np.sum(cr.grad(inner)(x)) + np.sum(y)


@pytest.mark.parametrize(
    "function",
    [changes_a_slice, changes_what_has_a_slice, changes_a_row_while_iterating, changes_a_transpose,
     changes_its_argument_reshaped, changes_an_array_of_the_function_around],
)  # fmt: skip
def test_changing_what_others_see_too_is_refused(function: Callable[[Any], Any]) -> None:
    with pytest.raises(TraceError, match="view") as caught:
        cr.grad(function)(X)
    assert caught.value.where is not None
    assert "=" in caught.value.where.text
    assert "y.copy()" in str(caught.value.instead)


@pytest.mark.parametrize("other", [np.ones((2, 3)), np.ones((3, 1))])
def test_an_array_cannot_grow_in_place(other: np.ndarray) -> None:
    def grow(x: Any) -> Any:
        y = x * 1.0
        y += other
        return np.sum(y)

    with pytest.raises(ValueError, match="broadcast"):
        grow(X)
    with pytest.raises(ShapeError, match=r"float64\(3,\)"):
        cr.grad(grow)(X)


def test_the_dtype_stays_as_in_numpy() -> None:
    def narrow(x: Any) -> Any:
        x *= np.array([1.0, 2.0, 3.0])  # float64
        return x

    x = X.astype(np.float32)
    assert cr.trace(narrow, x).run(x).output.dtype == narrow(x.copy()).dtype == np.float32

    def whole(n: Any) -> Any:
        n *= 0.5
        return n

    with pytest.raises(TypeError):
        whole(np.arange(3))
    with pytest.raises(ChainruleError, match="float64"):
        cr.trace(whole, np.arange(3))


def test_a_copy_of_truth_values_may_be_changed() -> None:
    def f(x: Any) -> Any:
        mask = x > 0
        other = mask.copy()
        other |= x < -1
        return mask, other

    x = np.array([-2.0, -0.5, 0.5, 3.0])
    np.testing.assert_array_equal(cr.compile(f)(x), f(x))
