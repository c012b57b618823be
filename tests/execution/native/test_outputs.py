"""What native code returns is memory of its own, whatever the output is in the graph."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import chainrule as cr

CONSTANT = np.array([4.0, 5.0, 6.0])

OUTPUTS: dict[str, Callable[[Any], Any]] = {
    "the input": lambda x: x,
    "a constant": lambda x: CONSTANT,
    "a number": lambda x: 2.0,
    "one value twice": lambda x: (x * 2,) * 2,
    "the input twice, and a value of it": lambda x: (x, np.sum(x), x),
    "a view of the input": lambda x: x[::-1],
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_outputs_are_arrays_of_their_own(name: str) -> None:
    function, x = OUTPUTS[name], np.array([1.0, 2.0, 3.0])
    result = cr.compile(lambda x: [function(x)])(x)[0]
    results, expected = (value if isinstance(value, tuple) else (value,) for value in (result, function(x)))
    for value, wanted in zip(results, expected, strict=True):
        np.testing.assert_array_equal(value, wanted)
        assert not np.shares_memory(value, x)
        assert not np.shares_memory(value, CONSTANT)
    for first, second in pairwise(results):
        assert not np.shares_memory(first, second)


def test_a_gradient_that_is_the_argument_itself() -> None:
    x = np.array([1.0, 2.0, 3.0])
    np.testing.assert_array_equal(cr.compile(cr.grad(lambda x: 0.5 * np.sum(x**2)))(x), x)


def test_a_jacobian_is_its_matrix() -> None:
    x = np.array([0.5, -1.0, 2.0])
    expected = np.diag(np.cos(x)) * x[0] + np.outer(np.sin(x), [1, 0, 0])
    np.testing.assert_allclose(cr.compile(cr.jacobian(lambda x: np.sin(x) * x[0]))(x), expected, 1e-14)
