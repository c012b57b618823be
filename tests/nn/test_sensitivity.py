"""Input gradients: against finite differences, and by hand."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import ShapeError
from chainrule.nn import Ensemble, Network, mean_absolute_gradients


@pytest.mark.parametrize("n", [1, 7, 1030])
def test_against_differences(n) -> None:
    net = Network([3, 5, 2], activation="tanh", output_activation="softmax", seed=1)
    X = np.random.default_rng(n).normal(size=(n, 3))
    h = 1e-6
    slopes = [(net.predict(X + h * e) - net.predict(X - h * e)) / (2 * h) for e in np.eye(3)]
    expected = np.abs(np.array(slopes)).mean(axis=1).T
    np.testing.assert_allclose(mean_absolute_gradients(net, X), expected, rtol=1e-7, atol=1e-9)


def test_in_single_precision() -> None:
    net = Network([3, 2], dtype=np.float32, seed=1)
    found = mean_absolute_gradients(net, np.ones((4, 3)))
    np.testing.assert_allclose(found, np.abs(net.parameters["W1"]), rtol=1e-6)


@pytest.mark.parametrize("X", [np.ones(3), np.ones((2, 4)), np.empty((0, 3))])
def test_refuses_what_are_no_rows_of_the_network(X) -> None:
    with pytest.raises(ShapeError):
        mean_absolute_gradients(Network([3, 2]), X)


def test_of_an_ensemble_they_are_those_of_the_mean() -> None:
    networks = [Network([3, width, 2], activation="tanh", seed=width) for width in (4, 5)]
    ensemble, X, h = Ensemble(networks), np.random.default_rng(0).normal(size=(9, 3)), 1e-6
    slopes = [(ensemble.predict(X + h * e) - ensemble.predict(X - h * e)) / (2 * h) for e in np.eye(3)]
    expected = np.abs(np.array(slopes)).mean(axis=1).T
    np.testing.assert_allclose(mean_absolute_gradients(ensemble, X), expected, rtol=1e-6, atol=1e-9)
