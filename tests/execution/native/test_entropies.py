"""Products with logarithms, as entropies have them: SciPy's values, by machine code alone."""

import itertools
from typing import Any

import numpy as np
import pytest
import scipy.special

import chainrule as cr

SPECIAL = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    np.inf,
    -np.inf,
    np.nan,
    0.3,
    2.5,
    1e-300,
    1e300,
    5e-324,
    0.999,
    1.001,
    40.0,
    -800.0,
]
RTOL = {np.float64: 1e-13, np.float32: 1e-6}


@pytest.mark.parametrize("dtype", RTOL)
@pytest.mark.parametrize("name", ["xlogy", "xlog1py", "rel_entr", "kl_div"])
def test_of_two(name: str, dtype: Any) -> None:
    with np.errstate(over="ignore", under="ignore"):
        x, y = np.array([*itertools.product(SPECIAL, SPECIAL)]).astype(dtype).T
    check(getattr(scipy.special, name), dtype, x, y)


@pytest.mark.parametrize("dtype", RTOL)
@pytest.mark.parametrize("name", ["entr", "log_expit"])
def test_of_one(name: str, dtype: Any) -> None:
    with np.errstate(over="ignore", under="ignore"):
        x = np.array([*SPECIAL, *np.linspace(-50, 50, 101)]).astype(dtype)
    check(getattr(scipy.special, name), dtype, x)


@pytest.mark.parametrize("dtype", [bool, np.int8, np.int64])
def test_bits_are_inverted(dtype: Any) -> None:
    x = np.array([0, 1, 1, 0, 100]).astype(dtype)
    check(np.invert, np.float64, x)


def check(function: Any, dtype: Any, *args: Any) -> None:
    compiled = cr.compile(lambda *args: function(*args))
    with np.errstate(all="ignore"):
        expected = function(*args)
    found = compiled(*args)
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=RTOL[dtype], atol=RTOL[dtype])
    assert "no machine code: nothing" in compiled.explain(*args)
