"""Targets in the form that the losses take, and what they refuse."""

import numpy as np
import pytest

from chainrule.errors import DataError, ShapeError
from chainrule.nn.targets import class_targets, probability_targets, real_targets


def test_one_column_may_be_a_vector():
    np.testing.assert_array_equal(real_targets(np.array([1, 2, 3]), 1), [[1.0], [2.0], [3.0]])


def test_whole_numbers_and_booleans_become_floating_point():
    assert real_targets(np.array([1, 2]), 1).dtype == np.float64
    assert probability_targets(np.array([True, False]), 1).tolist() == [[1.0], [0.0]]
    assert real_targets(np.ones(2, np.float32), 1).dtype == np.float32


@pytest.mark.parametrize(
    "y", [np.array([0, 2, 1]), np.array([[0.0], [2.0], [1.0]]), np.array([0, 2, 1], np.uint8)]
)
def test_labels_become_integers(y):
    labels = class_targets(y, 3)
    assert labels.dtype == np.int64
    assert labels.tolist() == [0, 2, 1]


def test_one_hot_rows_stay_rows():
    np.testing.assert_array_equal(class_targets(np.eye(3)[[0, 2]], 3), np.eye(3)[[0, 2]])


def test_one_output_takes_zeros_and_ones():
    assert class_targets(np.array([0, 1, 1]), 1).tolist() == [[0.0], [1.0], [1.0]]


@pytest.mark.parametrize(
    ("check", "y", "outputs", "message"),
    [
        (real_targets, np.zeros((4, 2)), 3, r"y has shape \(4, 2\).*\(n, 3\)"),
        (real_targets, np.zeros(4), 3, r"y has shape \(4,\).*\(n, 3\)"),
        (class_targets, np.zeros((4, 2)), 3, r"y has shape \(4, 2\).*\(n, 3\)"),
    ],
)
def test_wrong_shapes_say_what_the_network_has(check, y, outputs, message):
    with pytest.raises(ShapeError, match=f"(?s){message}"):
        check(y, outputs)


@pytest.mark.parametrize(
    ("check", "y", "outputs", "message"),
    [
        (real_targets, [0.0, np.nan], 1, r"y\[1\] is nan"),
        (class_targets, [0, 3, 1], 3, r"y\[1\] is 3 .*from 0 to 2"),
        (class_targets, [0, -1, 1], 3, r"y\[1\] is -1"),
        (class_targets, [0, 1.5, 1], 3, r"y\[1\] is 1.5"),
        (class_targets, [0, np.nan, 1], 3, r"y\[1\] is nan"),
        (class_targets, [0, 2], 1, r"y\[1, 0\] is 2.*0 or 1"),
        (class_targets, [[0.5, 0.2], [1, 0]], 2, r"sum of y\[0\] is 0.7"),
        (probability_targets, [[0.5, 1.2]], 2, r"y\[0, 1\] is 1.2"),
    ],
)
def test_wrong_values_are_named_with_their_place(check, y, outputs, message):
    with pytest.raises(DataError, match=f"(?s){message}"):
        check(np.array(y), outputs)
