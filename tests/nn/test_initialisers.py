"""The distributions that weights are drawn from, against their published variances."""

import numpy as np
import pytest
from scipy import stats

from chainrule.errors import ArgumentError
from chainrule.nn import Network
from chainrule.nn.initialisers import constant, glorot, he, normal

SHAPE = (300, 200)


def draw(initialiser, seed=0):
    return initialiser(np.random.default_rng(seed), SHAPE).ravel()


@pytest.mark.parametrize(
    ("initialiser", "distribution"),
    [
        (he, stats.norm(scale=np.sqrt(2 / 200))),
        (glorot, stats.uniform(-np.sqrt(6 / 500), 2 * np.sqrt(6 / 500))),
        (normal(0.3), stats.norm(scale=0.3)),
    ],
)
def test_weights_follow_their_distribution(initialiser, distribution):
    assert stats.kstest(draw(initialiser), distribution.cdf).pvalue > 1e-3


def test_constant_is_constant():
    assert set(draw(constant(0.25))) == {0.25}


@pytest.mark.parametrize("make", [lambda: normal(-1), lambda: normal(np.nan), lambda: constant(np.inf)])
def test_senseless_numbers_are_refused(make):
    with pytest.raises(ArgumentError):
        make()


def test_he_keeps_the_second_moment_through_relu_layers():
    net = Network([500] * 6, activation="relu", initializer="he", bias=False)
    X = np.random.default_rng(1).normal(size=(200, 500))
    hidden = X
    for layer in net.layers[:-1]:
        hidden = np.maximum(layer.pre_activation(net.parameters, hidden), 0)
    assert 0.5 < 2 * np.mean(hidden**2) / np.mean(2 * X**2) * 1 < 2


def test_auto_suits_each_layer_to_its_activation():
    net = Network([4, 30, 30, 2], activation=["relu", "tanh"], seed=7)
    rng = np.random.default_rng(7)
    np.testing.assert_array_equal(net.parameters["W1"], he(rng, (30, 4)))
    np.testing.assert_array_equal(net.parameters["W2"], glorot(rng, (30, 30)))
    np.testing.assert_array_equal(net.parameters["W3"], glorot(rng, (2, 30)))


def test_same_seed_same_bits_in_either_precision():
    first, again = Network([3, 5, 2], seed=3), Network([3, 5, 2], seed=np.random.default_rng(3))
    single = Network([3, 5, 2], seed=3, dtype=np.float32)
    for name, array in first.parameters.items():
        np.testing.assert_array_equal(array, again.parameters[name])
        np.testing.assert_array_equal(array.astype(np.float32), single.parameters[name])
    assert not np.array_equal(first.parameters["W1"], Network([3, 5, 2], seed=4).parameters["W1"])
