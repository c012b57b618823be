"""Reductions with initial=, where= and of truth values have NumPy's dtypes."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr

X = np.array([[1, -2, 0], [3, 0, 2]])
FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "all of one": lambda x: np.logical_and.reduce(x[:1]),
    "any of one": lambda x: np.logical_or.reduce(x[:1]),
    "odd of one": lambda x: np.logical_xor.reduce(x[:1]),
    "all of three": lambda x: np.logical_and.reduce(x, axis=1),
    "mean": lambda x: np.mean(x, axis=1, where=x > 0),
    "greatest": lambda x: np.max(x, axis=1, initial=2.7),
    "least": lambda x: np.min(x, axis=0, initial=np.float64(0.5), where=x > 0),
    "greatest of none": lambda x: np.max(x[:0], initial=1.5),
    "sum": lambda x: np.sum(x, axis=1, initial=np.float64(1.5)),
    "product": lambda x: np.prod(x, axis=0, initial=np.float64(1.5)),
}


@pytest.mark.parametrize("dtype", [np.int64, np.float32, np.float64])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_as_numpys(name: str, dtype: Any) -> None:
    function, x = FUNCTIONS[name], X.astype(dtype)
    expected, found = np.asarray(function(x)), np.asarray(cr.compile(function)(x))
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=1e-6)
