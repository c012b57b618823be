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


@pytest.mark.parametrize("dtype", RTOL)
@pytest.mark.parametrize("name", ["rel_entr", "kl_div"])
def test_of_two_that_are_near_or_far_apart(name: str, dtype: Any) -> None:
    known = np.finfo(dtype)
    small = [known.tiny, 0.6 * known.tiny, known.smallest_subnormal]
    near = [1 - known.epsneg, 1, 1 + known.eps, 1 + 8 * known.eps]
    x, y = np.array([*itertools.product([*small, *near], [*small, *near, 10, 1e5, 1e15])], dtype).T
    function = getattr(scipy.special, name)
    found, cancelled = cr.compile(lambda x, y: function(x, y))(x, y), 1e-15 * (name == "kl_div")
    np.testing.assert_allclose(found, function(x, y), rtol=RTOL[dtype], atol=cancelled)


def test_the_logarithm_of_a_sigmoid_near_one_is_minus_zero() -> None:
    for x in (np.array([40.0, 800.0, np.inf]), np.float32(120)):
        found = cr.compile(lambda x: scipy.special.log_expit(x))(x)
        np.testing.assert_array_equal(np.signbit(found), True)


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
