"""Permutation importance: from closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.data import permutation_importance
from chainrule.data.importance import Importance
from chainrule.errors import ShapeError

COLUMNS = [slice(0, 1), slice(1, 2), slice(2, 4)]


def test_of_a_linear_model() -> None:
    """Shuffled x' of x: the mean of (w x' − w x)² is 2 w² var(x), for columns that are independent."""
    X = np.random.default_rng(0).normal(size=(4000, 4)) * [1, 2, 1, 1]
    w = np.array([3.0, 0.0, 1.0, 1.0])
    found = permutation_importance(lambda Z: float(np.mean((Z @ w - X @ w) ** 2)), X, COLUMNS, repeats=8)
    assert found.loss == 0
    np.testing.assert_allclose(found.mean, [2 * 9 * 1, 0, 2 * 2], rtol=0.06)
    assert (found.spread[[0, 2]] > 0).all()
    assert found.spread[1] == 0


def test_features_of_one_column_move_together() -> None:
    """A one-hot pair always sums to one, so its sum tells nothing whatever is shuffled."""
    X = np.eye(2)[np.random.default_rng(1).integers(2, size=100)]
    together = permutation_importance(lambda Z: float(np.mean((Z.sum(1) - 1) ** 2)), X, [slice(0, 2)])
    apart = permutation_importance(lambda Z: float(np.mean((Z.sum(1) - 1) ** 2)), X, [slice(0, 1)])
    assert together.mean == 0
    assert apart.mean > 0.2


def test_every_column_is_shuffled_from_the_rows_as_they_are_and_these_stay() -> None:
    X = np.arange(12.0).reshape(6, 2)
    seen = []
    permutation_importance(
        lambda Z: float(seen.append(Z.copy()) or 0), X, [slice(0, 1), slice(1, 2)], repeats=2
    )
    assert X.tolist() == np.arange(12.0).reshape(6, 2).tolist()
    assert len(seen) == 5
    for Z in seen[1:3]:
        np.testing.assert_array_equal(Z[:, 1], X[:, 1])
        np.testing.assert_array_equal(np.sort(Z[:, 0]), X[:, 0])
    for Z in seen[3:]:
        np.testing.assert_array_equal(Z[:, 0], X[:, 0])
        np.testing.assert_array_equal(np.sort(Z[:, 1]), X[:, 1])


def test_one_repeat_has_no_spread() -> None:
    assert np.isnan(
        permutation_importance(lambda Z: 0.0, np.ones((2, 1)), [slice(0, 1)], repeats=1).spread
    ).all()


def test_the_spread_of_losses_whose_squares_no_number_holds() -> None:
    found = Importance(0.0, np.array([[1e300, 3e300], [-1e-300, 1e-300], [2.0, 2.0]]))
    np.testing.assert_allclose(found.spread, np.sqrt(2) * np.array([1e300, 1e-300, 0]), rtol=1e-15)


def test_there_must_be_rows() -> None:
    with pytest.raises(ShapeError):
        permutation_importance(lambda Z: 0.0, np.empty((0, 2)), COLUMNS)
