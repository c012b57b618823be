"""Where shapes do not fit in the checked function, the error names its line and the arrays there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr

X, W = np.ones(3), np.ones((4, 5))


def in_line_7(x: Any, W: Any) -> Any:
    a = 2 * x
    b = np.tanh(a)

    c = b + 1
    # the next line is the seventh
    d = W @ c
    return np.sum(d)


def in_numpys_own_python(x: Any, W: Any) -> Any:
    rows = np.stack([x, W])
    return np.sum(rows)


def at_a_place_that_is_not_there(x: Any, W: Any) -> Any:
    last = x[0] * W[4]
    return np.sum(last)


def in_parts_that_are_not_equal(x: Any, W: Any) -> Any:
    first, _ = np.split(W, 3)
    return np.sum(first) * x[0]


def gradient(x: Any, W: Any) -> Any:
    return x + W


@pytest.mark.parametrize(
    "function", [in_line_7, in_numpys_own_python, at_a_place_that_is_not_there, in_parts_that_are_not_equal]
)
def test_the_line_and_the_shapes_are_named(function: Callable[..., Any]) -> None:
    with pytest.raises(cr.errors.ShapeError, match="do not fit") as caught:
        cr.check(function, at=(X, W))
    where = caught.value.where
    assert where is not None
    offset = where.line - function.__code__.co_firstlineno
    assert (offset + 1, where.text) in [
        (7, "d = W @ c"),
        (2, "rows = np.stack([x, W])"),
        (2, "last = x[0] * W[4]"),
        (2, "first, _ = np.split(W, 3)"),
    ]
    assert f"W {W.shape}" in caught.value.given
    assert caught.value.instead


def test_those_of_a_given_gradient_too() -> None:
    with pytest.raises(cr.errors.ShapeError, match=r"x \(3,\), W \(4, 5\) do not fit") as caught:
        cr.check(lambda x, W: np.sum(x) * np.sum(W), gradient, at=(X, W))
    assert caught.value.where is not None
    assert caught.value.where.text == "return x + W"


def test_what_the_function_says_itself_stays() -> None:
    def refusing(x: Any) -> Any:
        raise ValueError("my shape is another")

    with pytest.raises(ValueError, match=r"^my shape is another$"):
        cr.check(refusing, at=X)
    with pytest.raises(ValueError, match="math domain error"):
        cr.check(lambda x: __import__("math").sqrt(x[0]), at=-X)
