"""Indices that are values: outside their axes they are NumPy's errors, never foreign memory."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr

X = np.arange(12.0).reshape(3, 4)
GOOD, BAD = np.array([0, -3, 2]), np.array([0, -4, 2])
CALLS: dict[str, Callable[[Any, Any], Any]] = {
    "rows": lambda x, i: x[i] * 2,
    "elements": lambda x, i: x[i, np.arange(3)],
    "a view of them": lambda x, i: x[i[::-1, None], i[None, :2]],
    "a computed place": lambda x, i: x[i * 2 - i],
    "one": lambda x, i: x[i[1]],
    "a gradient": cr.grad(lambda x, i: np.sum(x[i] ** 2)),
}


@pytest.mark.parametrize("name", CALLS)
def test_an_index_outside_its_axis_is_an_error(name: str) -> None:
    f = CALLS[name]
    compiled = cr.compile(f)
    np.testing.assert_array_equal(compiled(X, GOOD), f(X, GOOD))
    for bad in (BAD, np.array([0, 10**12, 2]), np.array([2, 3, 2])):
        with pytest.raises(IndexError, match="is out of bounds for axis"):
            compiled(X, bad)
    np.testing.assert_array_equal(compiled(X, GOOD), f(X, GOOD))


def test_a_repeated_step_ends_at_such_an_index() -> None:
    def step(w: Any, rate: Any, i: Any) -> Any:
        loss, gradient = cr.value_and_grad(lambda w: np.mean((w[i] - 1) ** 2))(w)
        return loss, w - rate * gradient

    repeated = cr.repeat(step)
    orders, rates = np.array([[0, 1], [2, 3]]), np.full(2, 0.5)
    assert "code: nothing" in repeated.explain(np.zeros(4), rates, orders, np.arange(4))
    losses, w = repeated(np.zeros(4), rates, orders, np.array([0, 1, -1, 2]))
    np.testing.assert_allclose(losses, [1.0, 1.0])
    np.testing.assert_allclose(w, 0.5)
    with pytest.raises(IndexError, match="index 4 is out of bounds"):
        repeated(np.zeros(4), rates, orders, np.array([0, 1, 2, 4]))


def test_indices_that_are_constants_are_looked_at_once() -> None:
    assert "NumPy" not in cr.compile(lambda x: x[GOOD]).explain(X).partition("computed by")[0]
