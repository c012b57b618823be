"""Truth values and whole numbers: values and dtypes are NumPy's."""

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest

import chainrule as cr

DTYPES = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
LARGEST = [np.iinfo(dtype).max for dtype in DTYPES[1:]]
FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "square": lambda x: x**2,
    "cube": lambda x: x**3,
    "powers of itself": lambda x: x**x,
    "power by name": lambda x: np.power(x, 2),
    "size": np.abs,
    "size as a floating-point number": np.fabs,
    "sum": np.sum,
    "product": np.prod,
    "running sum": np.cumsum,
    "mean": np.mean,
    "mean of some": lambda x: np.mean(x, where=x > 0),
    "average": np.average,
    "weighted average": lambda x: np.average(100 * x, weights=100 * x),
    "copy": np.copy,
    "copied by method": lambda x: x.copy(),
    "real part": np.real,
    "variance": np.var,
}
COMPARISONS = [np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal]


def require_numpys(function: Callable[..., Any], *arguments: Any) -> None:
    with np.errstate(all="ignore"):
        expected = np.asarray(function(*arguments))
        graph = cr.trace(function, *arguments)
        found = [np.asarray(graph.run(*arguments).output), np.asarray(cr.compile(function)(*arguments))]
    for each in found:
        assert each.dtype == expected.dtype
        np.testing.assert_allclose(each, expected, rtol=2e-3 if expected.dtype == np.float16 else 1e-12)


def array(dtype: str) -> Any:
    return np.array([1, 0, 3, 1]).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_of_one_array(name: str, dtype: str) -> None:
    require_numpys(FUNCTIONS[name], array(dtype))


@pytest.mark.parametrize("dtype", ["int64", "uint64"])
def test_means_of_numbers_whose_sum_is_beyond_their_dtype(dtype: str) -> None:
    x = np.full(5, np.iinfo(dtype).max)
    x[0] -= 2**62
    for function in (np.mean, np.average, np.var, np.std, np.nanmean):
        require_numpys(function, x)


@pytest.mark.parametrize("name", ["power", "floor_divide", "remainder", "left_shift", "right_shift"])
def test_of_each_pair_of_dtypes(name: str) -> None:
    function = getattr(np, name)
    for arguments in product(map(array, DTYPES), repeat=2):
        with np.errstate(all="ignore"):
            try:
                expected = function(*arguments)
            except TypeError:  # NumPy has no such function of them
                continue
            found = cr.trace(function, *arguments).run(*arguments).output
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("compare", COMPARISONS, ids=lambda ufunc: ufunc.__name__)
def test_comparisons_with_numbers_beyond_the_dtype(compare: np.ufunc) -> None:
    for dtype in DTYPES[1:]:
        x = np.array([np.iinfo(dtype).min, 1, np.iinfo(dtype).max], dtype)
        for number in (*LARGEST, -1, -300, -(2**63), 2**63, 2**100, -(2**100)):
            for function in (lambda x, n=number: compare(x, n), lambda x, n=number: compare(n, x)):
                graph = cr.trace(function, x)
                np.testing.assert_array_equal(graph.run(x).output, function(x))
    require_numpys(lambda x: compare(x, 300), np.array([-128, 127], "int8"))
