"""Reductions with initial=, where=, of truth values and of narrow whole numbers have NumPy's dtypes."""

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


WHOLE = {
    "sums of rows": lambda x: np.einsum("ij->i", x),
    "trace": lambda x: np.einsum("ii", x),
    "product": lambda x: np.einsum("ij,jk->ik", x, x),
    "sum of one": lambda x: np.sum(x[0, 1]),
    "product of one": lambda x: np.prod(x[0, 1], keepdims=True),
    "sums over no axis": lambda x: np.sum(x, axis=()),
    "clipped to fewer": lambda x: np.clip(x, 1, 5),
    "clipped to all": lambda x: np.clip(x, -(10**9), 10**9) if x.dtype != bool else x,
}


@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.int16, np.int32, np.int64])
@pytest.mark.parametrize("name", WHOLE)
def test_whole_numbers_are_as_wide_as_numpys(name: str, dtype: Any) -> None:
    function, x = WHOLE[name], np.array([[0, 200, 3], [100, 7, 1], [5, 0, 90]]).astype(dtype)
    expected, found = np.asarray(function(x)), np.asarray(cr.compile(function)(x))
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)
