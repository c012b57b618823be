"""Products read what their operands are views of, where it lies in order; the results are those of NumPy."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr

RNG = np.random.default_rng(3)
X, Y = RNG.normal(size=(6, 5, 4)), RNG.normal(size=(6, 4, 5))
A, B = RNG.normal(size=(5, 7)), RNG.normal(size=(7, 9))

CALLS: dict[str, tuple[Callable[[Any, Any], Any], Any, Any]] = {
    "every second matrix": (lambda x, y: x[::2] @ y[1::2], X, Y),
    "in reverse": (lambda x, y: x[::-1] @ y[:, ::-1, ::-1], X, Y),
    "turned, in reverse": (lambda x, y: np.swapaxes(x, 1, 2) @ np.swapaxes(y, 1, 2)[:, :, ::-1], X, Y),
    "one matrix of several": (lambda x, y: x.reshape(30, 4) @ y[2], X, Y),
    "in other shapes": (lambda x, y: x.reshape(6, 20) @ y.reshape(20, 6), X, Y),
    "a batch of one": (lambda x, y: (x[:1] @ y[:1])[0] * 2 + 1, X, Y),
    "one for all": (lambda x, y: np.broadcast_to(x[0], (6, 5, 4)) @ y, X, Y),
    "some rows and columns": (lambda a, b: a[1:4, 2:] @ b[2:, 3:8], A, B),
    "every second column": (lambda a, b: np.maximum(a[:, ::2] @ b[::2, ::2], 0), A, B),
    "columns in reverse": (lambda a, b: a[::-1, ::-1] @ b[::-1, ::-1], A, B),
    "a row for all": (lambda a, b: np.broadcast_to(a[:1], a.shape) @ b, A, B),
    "a part of what is computed": (lambda a, b: np.tanh(a)[1:3] @ np.exp(b)[:, ::3], A, B),
}


@pytest.mark.parametrize("name", CALLS)
def test_products_of_views(name: str) -> None:
    f, a, b = CALLS[name]
    np.testing.assert_allclose(cr.compile(f)(a, b), f(a, b), rtol=1e-12, atol=1e-13)


def test_no_copies_are_made_of_what_lies_in_order() -> None:
    told = cr.compile(lambda a, b: (a[None] @ b[None, :, 1:])[0] + 1).explain(A, B)
    assert told.splitlines()[0] == "t0 is a, t1 is b, the result is t3"
    assert told.splitlines()[1].startswith("  0  (t2[0 by 8, 1](5x8)) = t0[0 by 7, 1](5x7) @ t1[1 by 9, 1]")
    assert told.splitlines()[2].startswith("computed by NumPy")
