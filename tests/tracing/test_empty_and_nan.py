"""Reductions of nothing, and medians of what is no number: as in NumPy."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr

NONE = np.zeros((0, 3))


@pytest.mark.parametrize("reduce", [np.any, np.all])
@pytest.mark.parametrize("options", [{}, {"axis": 0}, {"axis": 0, "keepdims": True}, {"axis": 1}])
def test_truth_over_an_empty_axis(reduce: Callable[..., Any], options: dict[str, Any]) -> None:
    expected = reduce(NONE > 0, **options)
    found = cr.trace(lambda x: reduce(x > 0, **options), NONE).run(NONE).output
    np.testing.assert_array_equal(found, expected)
    assert np.shape(found) == np.shape(expected)
    np.testing.assert_array_equal(cr.compile(lambda x: reduce(x > 0, **options))(NONE), expected)


@pytest.mark.parametrize(
    "x", [[1.0, np.nan, 3.0], [np.nan, 2.0], [1.0, np.inf, 2.0], [-np.inf, 1.0, np.inf, 2.0]]
)
def test_a_median_of_something_that_is_no_number(x: list[float]) -> None:
    values = np.array(x)
    np.testing.assert_array_equal(cr.trace(np.median, values).run(values).output, np.median(values))


@pytest.mark.parametrize("x", [np.array([100, 120], np.int8), np.array([True, True]), np.array([7, 2, 5])])
def test_a_median_of_whole_numbers_is_a_float(x: np.ndarray) -> None:
    for found in (cr.trace(np.median, x).run(x).output, cr.compile(np.median)(x)):
        assert (np.asarray(found).dtype, found) == (np.float64, np.median(x))


def test_a_median_has_the_gradient_of_its_middle() -> None:
    np.testing.assert_array_equal(cr.grad(np.median)(np.array([3.0, 1.0, 2.0, np.inf])), [0.5, 0, 0.5, 0])
