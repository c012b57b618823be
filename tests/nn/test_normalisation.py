"""Batch and layer normalisation: moments, invariances, running statistics, gradients."""

from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.nn import Network, training_objective
from chainrule.nn.normalisation import EPSILON
from chainrule.train import SGD, fit
from chainrule.tree import flatten

RNG = np.random.default_rng(5)
X, Y = RNG.normal(3, 2, size=(9, 4)), RNG.normal(size=(9, 2))


def divided(net: Network) -> tuple[Any, Any]:
    named = net.parameters
    untrained = {name: named.pop(name) for name in net.untrained}
    return named, untrained


def in_training(net: Network, rows: np.ndarray) -> cr.Record:
    """Forward propagation of a minibatch, kept."""
    f, arguments = training_objective(net), (*divided(net), {}, rows, Y[: len(rows)])
    return cr.trace(f, *arguments).run(*arguments)


@pytest.mark.parametrize(("kind", "axis"), [("batch", 0), ("layer", 1)])
def test_what_is_normalised_has_mean_zero_and_variance_one(kind: str, axis: int) -> None:
    record = in_training(Network([4, 6, 2], normalisation=kind, seed=1), X)
    z, zhat = record["z1"], record["zhat1"]
    np.testing.assert_allclose(zhat.mean(axis), 0, atol=1e-14)
    np.testing.assert_allclose(zhat.var(axis), z.var(axis) / (z.var(axis) + EPSILON), rtol=1e-12)


def test_scaling_and_shifting_what_comes_in_changes_nothing() -> None:
    """Layer norm of each row; batch norm of each unit, whose weights' length is then of no account."""
    net = Network([4, 6, 2], normalisation="layer", bias=False, seed=1)
    np.testing.assert_allclose(net.predict(1e4 * X), net.predict(X), rtol=1e-4)
    batch = Network([4, 6, 2], normalisation="batch", seed=1)
    scaled = batch.with_parameters(batch.parameters | {"W1": 1e4 * batch.parameters["W1"]})
    np.testing.assert_allclose(
        in_training(scaled, X)["zhat1"], in_training(batch, X)["zhat1"], rtol=1e-4, atol=1e-5
    )
    shifted = in_training(batch, X + 7.0)["zhat1"]
    np.testing.assert_allclose(shifted, in_training(batch, X)["zhat1"], atol=1e-12)


@pytest.mark.parametrize("kind", ["batch", "layer"])
def test_the_gradient_of_training_is_checked(kind: str) -> None:
    net = Network([4, 5, 5, 2], normalisation=kind, activation="tanh", residual=True, seed=2)
    trained, untrained = divided(net)
    f = training_objective(net, l2=0.1)
    assert cr.check(lambda p: f(p, untrained, {}, X, Y)[0], at=(trained,))


def test_derive_and_forward_know_the_parts_by_name() -> None:
    net = Network([4, 3, 2], normalisation="batch", seed=1)
    record = net.forward(X)
    np.testing.assert_allclose(record["h1"], np.maximum(record["zhat1"], 0))
    assert "gamma1" in str(
        cr.derive(cr.nn.objective(net), wrt="parameters/gamma1", at=(net.parameters, X, Y))
    )


@pytest.mark.parametrize("compile", ["native", "reference"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_running_statistics_are_averages_of_the_minibatches(compile: str, dtype: str) -> None:
    """Without learning, after each minibatch m ← 0.9 m + 0.1 mean(z); one row alone is left out."""
    net = Network([4, 6, 2], normalisation="batch", seed=1, dtype=dtype)
    z = X @ net.parameters["W1"].T
    fit(net, X, Y, optimizer=SGD(0.0), batch_size=9, epochs=2, compile=compile)
    mean, variance = (net.parameters[name] for name in net.untrained)
    np.testing.assert_allclose(mean, 0.19 * z.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(variance, 0.81 + 0.19 * z.var(axis=0), rtol=1e-5)
    assert mean.dtype == dtype
    fit(net, X[:1], Y[:1], optimizer=SGD(0.0), batch_size=1, epochs=3, compile=compile)
    np.testing.assert_array_equal(net.parameters["mean1"], mean)


def test_predictions_use_the_running_statistics_and_one_row_is_as_good_as_many() -> None:
    net = Network([4, 6, 2], normalisation="batch", seed=1)
    fit(net, X, Y, optimizer=SGD(0.1), batch_size=4, epochs=30)
    p = net.parameters
    u = (X @ p["W1"].T - p["mean1"]) / np.sqrt(p["variance1"] + EPSILON) * p["gamma1"] + p["beta1"]
    np.testing.assert_allclose(net.predict(X), np.maximum(u, 0) @ p["W2"].T + p["b2"], rtol=1e-10)
    np.testing.assert_allclose([net.predict(row) for row in X], net.predict(X), rtol=1e-10)


def test_statistics_are_not_descended_on_nor_decayed() -> None:
    net = Network([4, 6, 2], normalisation="batch", seed=1)
    f, (trained, untrained) = training_objective(net), divided(net)
    (_, (after, _)), gradient = cr.value_and_grad(f, has_aux=True)(trained, untrained, {}, X, Y)
    assert set(gradient) == {"W1", "gamma1", "beta1", "W2", "b2"}
    assert set(after) == {"mean1", "variance1"} == set(net.untrained)
    assert len(flatten(net.parameters)[0]) == 7


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("activation", [["tanh", "identity", "identity"], "relu"])
def test_collapse_folds_batch_normalisation_into_the_weights(bias: bool, activation: Any) -> None:
    net = Network([4, 5, 5, 3, 2], activation, normalisation="batch", residual=True, bias=bias, seed=3)
    net = net.with_parameters(
        {name: np.abs(RNG.normal(size=value.shape)) for name, value in net.parameters.items()}
    )
    collapsed = net.collapse()
    np.testing.assert_allclose(collapsed.predict(X), net.predict(X), rtol=1e-10)
    assert not any("gamma" in name for name in collapsed.parameters)
    assert len(collapsed.layers) == (4 if activation == "relu" else 2)
    again = Network.from_state(*collapsed.to_state()[1:])
    np.testing.assert_array_equal(again.predict(X), collapsed.predict(X))


def test_collapse_keeps_what_is_normalised_along_each_row() -> None:
    net = Network([4, 5, 5, 2], activation="identity", normalisation="layer", residual=True, seed=3)
    np.testing.assert_allclose(net.collapse().predict(X), net.predict(X), rtol=1e-12)
    assert len(net.collapse().layers) == 3
