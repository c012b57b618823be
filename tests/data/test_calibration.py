"""Calibration: by hand, and what is known of probabilities that are right."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.data import calibration, wilson_interval
from chainrule.errors import DataError, ShapeError


def test_by_hand() -> None:
    """Three rows at 0.2 of which one happened, one at 0.9 that did: ECE = ¾·|⅓ − 0.2| + ¼·|1 − 0.9|."""
    found = calibration([True, False, False, True], [0.2, 0.2, 0.2, 0.9])
    assert found.counts.tolist() == [3, 1]
    np.testing.assert_allclose(found.predicted, [0.2, 0.9])
    np.testing.assert_allclose(found.observed, [1 / 3, 1])
    assert found.error == pytest.approx(0.75 * (1 / 3 - 0.2) + 0.25 * 0.1)
    np.testing.assert_allclose([found.low[0], found.high[0]], wilson_interval(1, 3))


def test_edges_belong_to_the_bin_above_and_one_to_the_last() -> None:
    found = calibration([False, True, True], [0.0, 0.5, 1.0], bins=2)
    assert found.counts.tolist() == [1, 2]
    assert found.predicted.tolist() == [0.0, 0.75]


def test_what_chance_alone_gives() -> None:
    """One bin of n rows at p = ½: |k/n − ½| exceeds 1.96 · ½/√n one time in 20."""
    n = 400
    found = calibration(np.arange(n) % 2 == 0, np.full(n, 0.5), bins=10)
    assert found.error == 0
    assert found.unusual == pytest.approx(1.96 * 0.5 / np.sqrt(n), rel=0.2)


def test_certain_and_right_is_no_error_by_chance() -> None:
    found = calibration([True, False], [1.0, 0.0])
    assert (found.error, found.unusual) == (0, 0)


def test_overconfidence_is_unusual() -> None:
    rng = np.random.default_rng(0)
    p = rng.uniform(0.5, 1, 2000)
    right, over = calibration(rng.random(2000) < p, p), calibration(rng.random(2000) < p - 0.3, p)
    assert right.error < right.unusual
    assert over.error == pytest.approx(0.3, abs=0.04)
    assert over.error > over.unusual


@pytest.mark.parametrize(
    ("happened", "p", "error"),
    [
        ([], [], DataError),
        ([True], [1.5], DataError),
        ([True], [np.nan], DataError),
        ([True, False], [0.5], ShapeError),
        ([[True]], [[0.5]], ShapeError),
    ],
)
def test_refusals(happened, p, error) -> None:
    with pytest.raises(error):
        calibration(happened, p)
