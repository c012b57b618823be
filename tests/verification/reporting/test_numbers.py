"""Numbers are written to the bound and no further."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.verification.reporting.numbers import compared, digits, number, ratio, short

numbers = st.floats(1e-200, 1e200) | st.floats(-1e200, -1e-200)
relative = st.floats(1e-15, 1e-1)


@given(numbers, relative)
def test_what_is_written_lies_within_the_bound(value, part):
    bound = abs(value) * part
    assert abs(float(number(value, digits(abs(value), bound))) - value) <= bound


@given(numbers, relative, st.floats(1.5, 1e3))
def test_a_difference_of_more_than_the_bound_shows(numeric, part, times):
    bound = abs(numeric) * part
    analytic = numeric + times * bound
    given_text, numeric_text = compared(analytic, numeric, bound)
    assert given_text != numeric_text.split(" ±")[0]


@given(numbers, relative)
def test_digits_that_mean_nothing_are_left_out(value, part):
    written = compared(value, value, abs(value) * part)[0]
    mantissa = written.split("e")[0].replace("-", "").replace(".", "").lstrip("0")
    assert len(mantissa) <= max(3, math.ceil(-math.log10(part)) + 2)


@pytest.mark.parametrize(
    ("analytic", "numeric", "bound", "written"),
    [
        (math.nan, 1.0, 1e-3, ("nan", "1 ± 1.0e-03")),
        (1.0, math.nan, math.inf, ("1", "nan ± inf")),
        (0.0, 0.0, 0.0, ("0", "0 ± 0")),
        (-0.0, 0.0, 1e-9, ("0", "0 ± 1.0e-09")),
        (0.1, 0.1, 0.0, ("0.10000000000000001", "0.10000000000000001 ± 0")),
        (math.inf, 2.0, 1e-4, ("inf", "2 ± 1.0e-04")),
    ],
)
def test_numbers_that_are_none(analytic, numeric, bound, written):
    assert compared(analytic, numeric, bound) == written


@pytest.mark.parametrize(
    ("arguments", "written"),
    [
        ((20.0, 1.0, 1e-9), "20"),
        ((-1.0, 1.0, 1e-9), "-1"),
        ((0.0, 1.0, 1e-9), "0"),
        ((1.0, 1.0 + 1e-12, 1e-9), "1"),
        ((1.0 - 1e-6, 1.0, 1e-9), "1 − 1.0e-06"),
        ((1.0, 1e-10, 1e-9), "–"),
        ((math.nan, 1.0, 1e-9), "–"),
        ((1.0, math.nan, 1e-9), "–"),
    ],
)
def test_the_ratio(arguments, written):
    assert ratio(*arguments) == written


def test_bounds_are_short():
    assert [short(value) for value in (0.0, 1.23e-9, math.inf)] == ["0", "1.2e-09", "inf"]
