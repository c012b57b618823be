"""Metrics against their definitions and identities."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from chainrule.data import (
    accuracy,
    confusion_matrix,
    log_loss,
    majority_baseline,
    mean_baseline,
    r_squared,
    root_mean_squared_error,
)
from chainrule.data.metrics import ClassScores, NumberScores
from chainrule.errors import DataError, ShapeError

LABELS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1).map(np.array)


@given(LABELS)
def test_accuracy_is_the_confusion_matrix_trace(pairs):
    true, predicted = pairs.T
    matrix = confusion_matrix(true, predicted, 4)
    assert matrix.sum() == len(pairs)
    assert matrix.sum(axis=1).tolist() == np.bincount(true, minlength=4).tolist()
    assert matrix.sum(axis=0).tolist() == np.bincount(predicted, minlength=4).tolist()
    assert accuracy(true, predicted) == pytest.approx(np.trace(matrix) / len(pairs))


def test_confusion_matrix_rows_are_the_true_classes():
    assert confusion_matrix([0, 0, 2], [1, 1, 2], 3).tolist() == [[0, 2, 0], [0, 0, 0], [0, 0, 1]]


@given(st.lists(st.integers(0, 2), min_size=1))
def test_log_loss_of_the_frequencies_is_their_entropy(labels):
    counts = np.bincount(labels, minlength=3)
    found = majority_baseline(labels, labels, 3)
    assert found.log_loss == pytest.approx(stats.entropy(counts), abs=1e-12)
    assert found.accuracy == counts.max() / len(labels)


def test_log_loss_against_the_binomial_likelihood():
    p = np.array([0.9, 0.2, 0.7])
    y = np.array([1, 0, 0])
    wanted = -stats.bernoulli(p).logpmf(y).mean()
    assert log_loss(y, np.column_stack([1 - p, p])) == pytest.approx(wanted, rel=1e-14)


def test_a_certain_mistake_costs_a_finite_amount():
    assert log_loss([0], [[0.0, 1.0]]) == pytest.approx(52 * math.log(2))


@given(
    st.lists(st.tuples(st.integers(-(10**6), 10**6), st.integers(-(10**6), 10**6)), min_size=2),
    st.sampled_from([1.0, 1e-200, 1e200]),
    st.sampled_from([0.0, 1e3]),
)
def test_rmse_and_r_squared_against_their_definitions(pairs, unit, offset):
    true, predicted = np.array(pairs).T + offset
    errors, deviations = true - predicted, true - true.mean()
    rmse = math.sqrt(np.mean(errors**2))
    found = root_mean_squared_error(true * unit, predicted * unit)
    assert found == pytest.approx(rmse * unit, rel=1e-9, abs=0)
    if np.ptp(true) > 0:
        wanted = 1 - np.sum(errors**2) / np.sum(deviations**2)
        assert r_squared(true * unit, predicted * unit) == pytest.approx(wanted, rel=1e-6, abs=1e-6)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2).filter(lambda values: np.ptp(values) > 1e-3))
def test_the_mean_explains_nothing_and_the_truth_everything(values):
    assert mean_baseline(values, values).r_squared == pytest.approx(0, abs=1e-9)
    assert r_squared(values, values) == 1.0


def test_r_squared_of_equal_targets_is_undefined():
    assert math.isnan(r_squared([2.0, 2.0], [1.0, 2.0]))


def test_baselines_are_learnt_from_the_training_rows():
    found = majority_baseline([1, 1, 0], [0, 0, 1], 2)
    assert found.accuracy == pytest.approx(1 / 3)
    assert found.log_loss == pytest.approx(-(2 * math.log(1 / 3) + math.log(2 / 3)) / 3)
    assert found.confusion.tolist() == [[0, 2], [0, 1]]
    assert mean_baseline([0.0, 2.0], [4.0, 6.0]) == NumberScores(1 - 16.0 - 1, math.sqrt(17))


def test_scores_of_probabilities():
    found = ClassScores.of([0, 1], [[0.75, 0.25], [0.5, 0.5]])
    assert (found.accuracy, found.confusion.tolist()) == (0.5, [[1, 0], [1, 0]])
    assert found.log_loss == pytest.approx(-math.log(0.75 * 0.5) / 2)


def test_wrong_use():
    with pytest.raises(ShapeError):
        accuracy([0, 1], [0])
    with pytest.raises(ShapeError):
        r_squared([[1.0]], [[1.0]])
    with pytest.raises(ShapeError):
        log_loss([0, 1], [[1.0, 0.0]])
    with pytest.raises(DataError, match="no rows"):
        accuracy([], [])
    with pytest.raises(DataError, match="no rows"):
        mean_baseline([], [1.0])
