"""The objective's gradient against backpropagation by hand; losses that contain their output activation."""

import numpy as np
import pytest
from scipy import special

import chainrule as cr
from chainrule.errors import ArgumentError
from chainrule.nn import ACTIVATIONS, LOSSES, Network, cross_entropy, objective

rng = np.random.default_rng(0)
X = rng.normal(size=(9, 4))
LABELS = rng.integers(0, 3, size=9)


def test_gradient_is_backpropagation_by_hand():
    """δ⁽²⁾ = (ŷ - y)/n, δ⁽¹⁾ = (δ⁽²⁾ W⁽²⁾) ⊙ σ′(z), ∇W = δᵀ h, ∇b = Σ δ."""
    net, y = Network([4, 6, 2], activation="relu", seed=3), rng.normal(size=(9, 2))
    p = net.parameters
    z = X @ p["W1"].T + p["b1"]
    h = np.maximum(z, 0)
    δ2 = (h @ p["W2"].T + p["b2"] - y) / 9
    δ1 = (δ2 @ p["W2"]) * (z > 0)
    by_hand = {"W1": δ1.T @ X, "b1": δ1.sum(axis=0), "W2": δ2.T @ h, "b2": δ2.sum(axis=0)}
    value, gradient = cr.value_and_grad(objective(net, "mse"))(p, X, y)
    np.testing.assert_allclose(value, np.sum((net.predict(X) - y) ** 2) / 18, rtol=1e-14)
    assert list(gradient) == list(by_hand)
    for name, array in by_hand.items():
        np.testing.assert_allclose(gradient[name], array, rtol=1e-12, atol=1e-15, err_msg=name)


@pytest.mark.parametrize("output_activation", ["softmax", "identity"])
def test_cross_entropy_takes_pre_activations_whatever_predict_shows(output_activation):
    net = Network([4, 5, 3], activation="tanh", output_activation=output_activation, seed=2)
    logits = Network([4, 5, 3], activation="tanh", seed=2).predict(X)
    by_hand = -np.mean(special.log_softmax(logits, axis=1)[np.arange(9), LABELS])
    np.testing.assert_allclose(
        objective(net, "cross_entropy")(net.parameters, X, LABELS), by_hand, rtol=1e-14
    )
    shown = special.softmax(logits, axis=1) if output_activation == "softmax" else logits
    np.testing.assert_allclose(net.predict(X), shown, rtol=1e-13)


def test_logistic_regression_gradient():
    net = Network([4, 1], output_activation="sigmoid", seed=2)
    y = (LABELS > 0).astype(float)[:, None]
    gradient = cr.grad(objective(net, "cross_entropy"))(net.parameters, X, y)
    np.testing.assert_allclose(gradient["W1"], (net.predict(X) - y).T @ X / 9, rtol=1e-12)


def test_cross_entropy_stays_exact_where_a_probability_would_be_zero():
    net = Network([1, 2], output_activation="softmax").with_parameters({"W1": [[0], [1]], "b1": [0, 0]})
    value = objective(net, cross_entropy)(net.parameters, np.array([[2000.0]]), np.array([0]))
    assert value == 2000.0
    assert net.predict([2000.0]).tolist() == [0.0, 1.0]


def test_mse_sees_the_output_activation():
    net = Network([4, 3], output_activation="softmax", seed=2)
    y = np.eye(3)[LABELS]
    np.testing.assert_allclose(
        objective(net, "mse")(net.parameters, X, y), np.sum((net.predict(X) - y) ** 2) / 18, rtol=1e-14
    )


@pytest.mark.parametrize(
    ("outputs", "activation", "loss", "message"),
    [
        (3, "sigmoid", "cross_entropy", "and 3 outputs.*'softmax'.*binary_cross_entropy"),
        (1, "softmax", "cross_entropy", "and 1 output.*'sigmoid'"),
        (3, "relu", "cross_entropy", "output_activation='relu'"),
        (3, "softmax", "binary_cross_entropy", "'sigmoid'"),
    ],
)
def test_an_output_activation_that_the_loss_does_not_contain_is_refused(outputs, activation, loss, message):
    with pytest.raises(ArgumentError, match=f"(?s){message}"):
        objective(Network([4, outputs], output_activation=activation), loss)


@pytest.mark.parametrize("activation", sorted(set(ACTIVATIONS) - {"heaviside"}))
@pytest.mark.parametrize("loss", LOSSES)
def test_every_activation_and_loss_has_the_gradient_that_differences_see(activation, loss):
    net = Network([4, 5, 3], activation, output_activation="identity", seed=6)
    y = np.eye(3)[LABELS]
    f, start = objective(net, loss), net.parameters
    gradient = cr.grad(f)(start, X, y)
    direction = {name: rng.normal(size=array.shape) for name, array in start.items()}
    h = 1e-6

    def along(t):
        return f({name: array + t * direction[name] for name, array in start.items()}, X, y)

    slope = sum(np.sum(gradient[name] * direction[name]) for name in start)
    np.testing.assert_allclose(slope, (along(h) - along(-h)) / (2 * h), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("sizes", [[1, 1], [1, 1, 1], [7, 33, 5], [3, 17, 1, 17, 2]])
@pytest.mark.parametrize("rows", [1, 2, 100])
@pytest.mark.parametrize("bias", [True, False])
def test_odd_sizes(sizes, rows, bias):
    """Euler's theorem: without biases a ReLU network of L layers is homogeneous, ⟨∇ŷ, θ⟩ = L ŷ."""
    net = Network(sizes, bias=bias, seed=8)
    rows_ = rng.normal(size=(rows, sizes[0]))
    gradient = cr.grad(lambda p, X: np.sum(net.apply(p, X)))(net.parameters, rows_)
    inner = sum(np.sum(gradient[name] * array) for name, array in net.parameters.items() if name[0] == "W")
    np.testing.assert_allclose(inner, (len(sizes) - 1) * np.sum(net.predict(rows_)), rtol=1e-10, atol=1e-12)
