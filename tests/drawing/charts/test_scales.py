"""Scales and numbers: what every axis promises."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chainrule.drawing.charts import alike, axes, linear, logarithmic, significant
from chainrule.drawing.charts.plot import CHARACTER

FINITE = st.floats(allow_nan=False, allow_infinity=False, width=64)


@given(FINITE, FINITE)
def test_a_linear_axis_of_any_numbers(one, other) -> None:
    scale = linear(min(one, other), max(one, other), 0.0, 100.0)
    assert 1 <= len(scale.ticks) <= 12
    places = scale(scale.ticks)
    assert ((places >= -1e-6) & (places <= 100 + 1e-6)).all()
    assert (np.diff(places) >= 0).all()
    assert len(scale.names) == len(scale.ticks)


@given(st.integers(-(10**9), 10**9), st.integers(1, 10**6))
@example(1, 143)
def test_neighbours_are_told_apart(low, width) -> None:
    names = linear(low, low + width, 0.0, 100.0).names
    assert len(set(names)) == len(names) >= 2  # a step is up to 1.75 times a fifth of the range


@given(st.floats(1e-300, 1e300), st.floats(1.0, 1e6))
@example(2.2e-298, 1.0)
def test_a_logarithmic_axis(low, ratio) -> None:
    scale = logarithmic(low, low * ratio, 200.0, 0.0)
    assert scale([scale.low])[0] == pytest.approx(200, abs=1e-6)
    assert scale([scale.high])[0] == pytest.approx(0, abs=1e-6)
    middle = np.exp((np.log(scale.low) + np.log(scale.high)) / 2)
    assert scale([middle])[0] == pytest.approx(100, abs=1e-6)
    assert len(scale.ticks) >= 1


@given(st.floats(1e-12, 1e12), st.integers(2, 6))
def test_significant_digits(value, digits) -> None:
    superscripts = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
    text = significant(value, digits).replace(",", "").replace("×10", "e").translate(superscripts)
    assert float(text) == pytest.approx(value, rel=0.51 * 10 ** (1 - digits))


def test_numbers_below_each_other_have_as_many_decimals() -> None:
    write = alike([0.0312, 12.5])
    assert [write(x) for x in (0.0312, 12.5, -1.0, float("nan"))] == [
        "0.0312",
        "12.5000",
        "−1.0000",
        "undefined",
    ]


@given(st.floats(-1e9, 1e9), st.floats(1e-3, 1e9))
def test_what_is_written_across_does_not_touch(low, width) -> None:
    """Numbers such as −300,000 ran into each other below a histogram of residuals."""
    x, _ = axes((low, low + width), (0.0, 1.0))
    ends = [(at, CHARACTER * len(name) / 2) for at, name in zip(x(x.ticks), x.names, strict=True)]
    assert ends
    assert all(a + half < b - other for (a, half), (b, other) in pairwise(ends))
