"""Layers without a non-linearity between them are one layer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.nn import Network


def with_random_biases(net, seed=0):
    rng = np.random.default_rng(seed)
    return net.with_parameters({name: rng.normal(size=array.shape) for name, array in net.parameters.items()})


def test_the_lectures_formula():
    net = with_random_biases(Network([3, 5, 2], activation="identity"))
    p, q = net.parameters, net.collapse().parameters
    np.testing.assert_array_equal(q["W1"], p["W2"] @ p["W1"])
    np.testing.assert_array_equal(q["b1"], p["W2"] @ p["b1"] + p["b2"])


@given(sizes=st.lists(st.integers(1, 5), min_size=2, max_size=6), bias=st.booleans())
def test_a_linear_network_is_one_layer(sizes, bias):
    net = with_random_biases(Network(sizes, activation="identity", bias=bias))
    single = net.collapse()
    assert single.sizes == (sizes[0], sizes[-1])
    X = np.random.default_rng(1).normal(size=(7, sizes[0]))
    np.testing.assert_allclose(single.predict(X), net.predict(X), rtol=1e-10, atol=1e-10)


@given(activations=st.lists(st.sampled_from(["identity", "relu", "tanh"]), min_size=1, max_size=5))
def test_only_linear_layers_fold_and_the_function_stays(activations):
    sizes = [3, *range(4, 4 + len(activations)), 2]
    net = with_random_biases(Network(sizes, activation=activations, output_activation="sigmoid"))
    folded = net.collapse()
    assert [layer.activation.name for layer in folded.layers[:-1]] == [
        a for a in activations if a != "identity"
    ]
    X = np.random.default_rng(1).normal(size=(7, 3))
    np.testing.assert_allclose(folded.predict(X), net.predict(X), rtol=1e-9, atol=1e-9)


def test_a_network_without_linear_layers_stays_as_it_is():
    net = with_random_biases(Network([2, 3, 4, 1]))
    for name, array in net.collapse().parameters.items():
        np.testing.assert_array_equal(array, net.parameters[name])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_stays(dtype):
    assert Network([2, 3, 1], activation="identity", dtype=dtype).collapse().dtype == dtype


def test_no_linear_network_does_better_on_xor_than_one_half_everywhere():
    X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
    solution = np.linalg.lstsq(X, np.array([0.0, 1.0, 1.0, 0.0]), rcond=None)[0]
    net = Network([2, 1]).with_parameters({"W1": solution[None, :2], "b1": solution[2:]})
    np.testing.assert_allclose(net.predict(X[:, :2]), 0.5, atol=1e-14)
