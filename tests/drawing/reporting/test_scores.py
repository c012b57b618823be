"""Scores and their intervals: against the metrics of tables, and by hand."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.data import ClassScores, NumberScores, majority_baseline, mean_baseline, wilson_interval
from chainrule.drawing.reporting.judged import Judged
from chainrule.drawing.reporting.scores import class_scores, number_scores

RNG = np.random.default_rng(0)


def classes(n: int = 200) -> Judged:
    p = RNG.dirichlet(np.ones(3), n)
    truth = np.array([RNG.choice(3, p=row) for row in p])
    return Judged("test", np.arange(n), truth, p, np.array([0.2, 0.5, 0.3]))


def numbers(truth, predicted, mean: float) -> Judged:
    return Judged("test", np.arange(len(truth)), np.array(truth), np.array(predicted), np.asarray(mean))


def test_scores_of_classes_are_those_of_tables() -> None:
    judged = classes()
    accuracy, loss, brier = class_scores(judged, seed=0)
    known = ClassScores.of(judged.truth, judged.predicted)
    usual = majority_baseline([0, 0, 1, 1, 1, 1, 1, 2, 2, 2], judged.truth, 3)
    assert (accuracy.model, accuracy.baseline) == pytest.approx((known.accuracy, usual.accuracy))
    assert (loss.model, loss.baseline) == pytest.approx((known.log_loss, usual.log_loss))
    one_hot = np.eye(3)[judged.truth]
    assert brier.model == pytest.approx(np.mean(np.sum((judged.predicted - one_hot) ** 2, axis=1)))
    assert accuracy.interval == wilson_interval(round(known.accuracy * 200), 200)
    for score in (accuracy, loss, brier):
        assert score.interval[0] < score.model < score.interval[1]
        assert score.gain_interval[0] < score.gain < score.gain_interval[1]
    assert loss.gain == pytest.approx(loss.baseline - loss.model)


def test_scores_of_numbers_are_those_of_tables() -> None:
    y = RNG.normal(size=100) * 3 + 50
    judged = numbers(y, y + RNG.normal(size=100), 49.0)
    determination, rmse, absolute = number_scores(judged, seed=0)
    known, usual = NumberScores.of(y, judged.predicted), mean_baseline([49.0], y)
    assert (determination.model, determination.baseline) == pytest.approx((known.r_squared, usual.r_squared))
    assert (rmse.model, rmse.baseline) == pytest.approx((known.rmse, usual.rmse))
    assert absolute.model == pytest.approx(np.abs(judged.predicted - y).mean())
    assert rmse.interval[0] < rmse.model < rmse.interval[1]


@pytest.mark.parametrize("unit", [1e-200, 1.0, 1e200])
def test_no_unit_is_too_small_or_too_large(unit) -> None:
    y = np.array([1.0, 2.0, 4.0, 8.0])
    determination, rmse, _ = number_scores(numbers(y * unit, (y + 0.5) * unit, 0.0), seed=0)
    assert rmse.model == pytest.approx(0.5 * unit)
    assert determination.model == pytest.approx(1 - 0.25 / np.var(y))


def test_of_equal_targets_nothing_is_explained() -> None:
    determination, rmse, _ = number_scores(numbers([3.3, 3.3, 3.3], [3.0, 3.3, 3.6], 1.1), seed=0)
    assert np.isnan(determination.model)
    assert rmse.model == pytest.approx(0.3 * np.sqrt(2 / 3))


def test_what_is_no_better_than_the_baseline_is_not_said_to_be() -> None:
    y = RNG.normal(size=60)
    _, rmse, _ = number_scores(numbers(y, np.zeros(60), 0.0), seed=0)
    assert rmse.gain == 0
    assert rmse.gain_interval == (0, 0)


def test_shares_have_three_decimals_and_more_where_little_is_left() -> None:
    y = np.arange(100.0)
    rough, fine = (number_scores(numbers(y, y + size * np.cos(y), 40.0), seed=0)[0] for size in (8.0, 0.1))
    assert rough.write(rough.model) == f"{rough.model:.3f}"
    assert fine.write(fine.model) == f"{fine.model:.5f}"
    assert rough.write(-0.0001) == "0.000"
