"""Means and spreads against exact rational arithmetic."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.data.moments import mean_and_scale, root_mean_square

NUMBERS = st.floats(-1e9, 1e9, allow_subnormal=False)


def exact_moments(values):
    """The mean and the variance, without any rounding."""
    numbers = [Fraction(float(value)) for value in values]
    mean = sum(numbers) / len(numbers)
    return mean, sum((number - mean) ** 2 for number in numbers) / len(numbers)


@given(st.lists(NUMBERS, min_size=1, max_size=30), st.sampled_from([0.0, 1e6, -1e12]))
def test_against_exact_arithmetic(values, offset):
    data = np.array(values) + offset
    mean, variance = exact_moments(data)
    found_mean, found_scale = mean_and_scale(data)
    assert found_mean == pytest.approx(float(mean), rel=1e-14, abs=1e-15 * float(np.abs(data).max()))
    if variance:
        # The offset costs no digit of the spread but those that the data themselves do not have.
        assert found_scale == pytest.approx(float(variance) ** 0.5, rel=1e-9)


@pytest.mark.parametrize("value", [0.0, 0.1, -1e300, 5e-324, 1e16 + 2])
def test_a_constant_has_scale_one(value):
    assert mean_and_scale(np.full(7, value)) == (value, 1.0)


@pytest.mark.parametrize("factor", [2.0**1000, 2.0**-1000])
def test_extreme_magnitudes(factor):
    mean, scale = mean_and_scale(np.array([1.0, 3.0, 8.0]) * factor)
    assert mean / factor == 4.0
    assert scale / factor == pytest.approx((26 / 3) ** 0.5, rel=1e-15)


@given(st.lists(st.floats(-1e308, 1e308), min_size=1))
def test_root_mean_square_lies_between_zero_and_the_largest(values):
    found = root_mean_square(np.array(values))
    largest = float(np.abs(values).max())
    assert 0 <= found <= largest * (1 + 1e-15)
    assert found >= largest / len(values) ** 0.5 * (1 - 1e-15)
