"""Intervals: Wilson's against SciPy's, and the bootstrap against what is known of means."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from chainrule.data import bootstrap_interval, wilson_interval
from chainrule.errors import ArgumentError, ShapeError


def mean(means):
    return means[:, 0]


@pytest.mark.parametrize(("k", "n"), [(0, 1), (1, 1), (0, 27), (26, 27), (13, 27), (27, 27), (5, 1000)])
@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
def test_wilson_is_scipys(k, n, level) -> None:
    expected = binomtest(k, n).proportion_ci(level, method="wilson")
    np.testing.assert_allclose(wilson_interval(k, n, level), (expected.low, expected.high), atol=1e-12)


@pytest.mark.parametrize(
    ("k", "n", "level"), [(0, 0, 0.95), (3, 2, 0.95), (-1, 2, 0.95), (1, 2, 1.0), (1, 2, np.nan)]
)
def test_wilson_refuses(k, n, level) -> None:
    with pytest.raises(ArgumentError):
        wilson_interval(k, n, level)


@pytest.mark.parametrize("n", [60, 2000, 2001, 50_000])
def test_the_interval_of_a_mean_is_the_normal_one(n) -> None:
    """For many rows: mean ± 1.96 s/√n, as wide where rows are drawn in groups as where each is."""
    x = np.random.default_rng(n).exponential(size=n)
    low, high = bootstrap_interval(x[:, None], mean, replicates=2000)
    half = 1.959964 * x.std() / np.sqrt(n)
    assert (high - low) / 2 == pytest.approx(half, rel=0.08)
    assert (high + low) / 2 == pytest.approx(x.mean(), abs=0.25 * half)


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(300):
        low, high = bootstrap_interval(rng.normal(size=(50, 1)), mean, replicates=400, seed=rng, level=0.8)
        held += low <= 0 <= high
    low, high = binomtest(held, 300).proportion_ci(0.999)
    assert low < 0.8 < high


def test_groups_of_unequal_size_weigh_as_their_rows() -> None:
    low, high = bootstrap_interval(np.ones((2001, 1)), mean)
    assert low == high == 1


def test_a_statistic_that_is_never_defined_has_no_interval() -> None:
    low, high = bootstrap_interval(np.ones((3, 1)), lambda means: means[:, 0] * np.nan)
    assert np.isnan([low, high]).all()


def test_one_row_does_not_say_how_much_rows_differ() -> None:
    assert np.isnan(bootstrap_interval([[3.0]], mean)).all()


@pytest.mark.parametrize("terms", [np.empty((0, 1)), 3.0, np.ones(4)])
def test_the_bootstrap_refuses_what_has_no_rows(terms) -> None:
    with pytest.raises(ShapeError):
        bootstrap_interval(terms, mean)


def test_the_same_seed_gives_the_same_bits() -> None:
    x = np.random.default_rng(1).normal(size=(5000, 1))
    assert bootstrap_interval(x, mean, seed=3) == bootstrap_interval(x, mean, seed=3)
    assert bootstrap_interval(x, mean, seed=3) != bootstrap_interval(x, mean, seed=4)
