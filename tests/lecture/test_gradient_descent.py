"""Training neural networks: gradient descent on the XOR network's nine parameters."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.nn import mse

# w₁ … w₆, b₁, b₂, b₃; the points of each case lie where its name says
W = (2.0, -1.0, 1.0, 3.0, 5.0, -7.0)
CASES = {
    "both units active": ((*W, 1.0, 2.0, 0.5), (3.0, 1.0)),
    "only the first unit active": ((*W, 1.0, -9.0, 0.5), (3.0, 1.0)),
    "only the second unit active": ((*W, -6.0, 2.0, 0.5), (3.0, 1.0)),
    "no unit active": ((*W, -9.0, -9.0, 0.5), (3.0, 1.0)),
    "first unit on the boundary z = 0": ((*W, -5.0, 2.0, 0.5), (3.0, 1.0)),
    "second unit on the boundary z = 0": ((*W, 1.0, -6.0, 0.5), (3.0, 1.0)),
    "both units on the boundary z = 0": ((*W, -5.0, -6.0, 0.5), (3.0, 1.0)),
    "an input of 0": ((*W, 1.0, 2.0, 0.5), (0.0, 0.25)),
}


def by_hand(parameters, x):
    """The nine partial derivatives of ŷ as the slides find them, with σ′(z) = 0 for z ≤ 0 and 1 for z > 0."""
    w1, w2, w3, w4, w5, w6, b1, b2, _ = parameters
    x1, x2 = x
    z1, z2 = w1 * x1 + w2 * x2 + b1, w3 * x1 + w4 * x2 + b2
    s1, s2 = float(z1 > 0), float(z2 > 0)
    return {
        "w1": w5 * s1 * x1,
        "w2": w5 * s1 * x2,
        "w3": w6 * s2 * x1,
        "w4": w6 * s2 * x2,
        "w5": max(0, z1),
        "w6": max(0, z2),
        "b1": w5 * s1,
        "b2": w6 * s2,
        "b3": 1.0,
    }


def test_we_can_define_g(network, xor):
    """ŷ = W⁽²⁾σ(W⁽¹⁾x + b⁽¹⁾) + b⁽²⁾ = w₅σ(w₁x₁ + w₂x₂ + b₁) + w₆σ(w₃x₁ + w₄x₂ + b₂) + b₃."""
    parameters = CASES["both units active"][0]
    net = cr.nn.Network([2, 2, 1], activation="relu")
    net.parameters = network.as_matrices(*parameters)
    for x in xor.X:
        assert net.predict(x)[0] == network.yhat(*parameters, *x)


@pytest.mark.parametrize("case", CASES)
def test_the_derivative_of_yhat_by_w1(network, case):
    """0 if w₁x₁ + w₂x₂ + b₁ ≤ 0, and w₅x₁ if it is > 0."""
    parameters, (x1, x2) = CASES[case]
    w1, w2, _, _, w5, _, b1, _, _ = parameters
    found = cr.grad(network.yhat, wrt="w1")(*parameters, x1, x2)
    assert found == (w5 * x1 if w1 * x1 + w2 * x2 + b1 > 0 else 0)


@pytest.mark.parametrize("case", CASES)
def test_exercise_the_derivative_of_yhat_by_b2(network, case):
    """0 if w₃x₁ + w₄x₂ + b₂ ≤ 0, and w₆ if it is > 0."""
    parameters, (x1, x2) = CASES[case]
    _, _, w3, w4, _, w6, _, b2, _ = parameters
    found = cr.grad(network.yhat, wrt="b2")(*parameters, x1, x2)
    assert found == (w6 if w3 * x1 + w4 * x2 + b2 > 0 else 0)


@pytest.mark.parametrize("case", CASES)
def test_we_also_need_the_other_partial_derivatives(network, case):
    """All nine at once, exactly, in both cases of ReLU and on the boundary between them."""
    parameters, x = CASES[case]
    found = cr.grad(network.yhat, wrt=network.names)(*parameters, *x)
    assert dict(zip(network.names, map(float, found), strict=True)) == by_hand(parameters, x)


@pytest.mark.parametrize("c", [3.0, -0.5])
@pytest.mark.parametrize("w1", [2.0, -2.0, 0.0])
def test_recall_the_derivative_of_c_sigma_z(c, w1):
    """∂/∂w₁ [c σ(z)] = c · ∂σ/∂z(z) · ∂z/∂w₁ for z = w₁x₁."""
    x1 = 5.0
    whole = cr.grad(lambda w1: c * np.maximum(w1 * x1, 0))(w1)
    outer = cr.grad(lambda z: np.maximum(z, 0))(w1 * x1)
    inner = cr.grad(lambda w1: w1 * x1)(w1)
    assert whole == c * outer * inner


def f_mse(parameters, network, X, y):
    yhat = [network.yhat(*parameters, *x) for x in X]
    return sum((a - b) ** 2 for a, b in zip(yhat, y, strict=True)) / (2 * len(y))


@pytest.mark.parametrize("case", CASES)
def test_from_yhat_we_can_compute_the_cost(network, xor, case):
    """f_MSE = 1/(2n) Σ (ŷ⁽ⁱ⁾ - y⁽ⁱ⁾)²."""
    parameters, _ = CASES[case]
    net = cr.nn.Network([2, 2, 1], activation="relu")
    net.parameters = network.as_matrices(*parameters)
    yhat = net.predict(xor.X)[:, 0]
    assert mse(yhat, xor.y) == f_mse(parameters, network, xor.X, xor.y)


def gradient_by_hand(parameters, network, X, y):
    """∂f_MSE/∂p = 1/n Σ (ŷ⁽ⁱ⁾ - y⁽ⁱ⁾) ∂ŷ⁽ⁱ⁾/∂p, summed in the order of the rows."""
    rows = [by_hand(parameters, x) for x in X]
    errors = [network.yhat(*parameters, *x) - target for x, target in zip(X, y, strict=True)]
    return {
        name: sum(error * row[name] for error, row in zip(errors, rows, strict=True)) / len(y)
        for name in network.names
    }


@pytest.mark.parametrize("case", CASES)
def test_the_derivative_of_f_mse_by_each_parameter_by_the_chain_rule(network, xor, case):
    """The nine-scalar gradient is 1/n Σ (ŷ - y) ∂ŷ/∂p, exactly: all numbers are short binary fractions."""
    parameters, _ = CASES[case]

    def f(w1, w2, w3, w4, w5, w6, b1, b2, b3):
        return f_mse((w1, w2, w3, w4, w5, w6, b1, b2, b3), network, xor.X, xor.y)

    found = cr.grad(f, wrt=network.names)(*parameters)
    expected = gradient_by_hand(parameters, network, xor.X, xor.y)
    assert dict(zip(network.names, map(float, found), strict=True)) == expected


@pytest.mark.parametrize("name", ["w1", "w6", "b1", "b3"])
def test_based_on_these_we_can_compute_the_gradient_terms(network, xor, name):
    """∂f_MSE/∂p = ∂f_MSE/∂ŷ · ∂ŷ/∂p: a row of n numbers times a column of n, one for each example."""
    parameters = CASES["both units active"][0]
    at = dict(zip(network.names, parameters, strict=True)) | dict(zip(["x1", "x2"], xor.X.T, strict=True))
    by_yhat = cr.jacobian(lambda yhat: mse(yhat, xor.y))(network.yhat(**at)).matrix()
    by_p = cr.jacobian(network.yhat, wrt=name)(**at).matrix()
    assert (by_yhat.shape, by_p.shape) == ((1, 4), (4, 1))
    assert by_yhat @ by_p == gradient_by_hand(parameters, network, xor.X, xor.y)[name]


@pytest.mark.parametrize("case", CASES)
def test_gradient_descent_any_3_layer_nn_the_gradients_are_matrices_of_the_partial_derivatives(
    network, xor, case
):
    """∇_W⁽¹⁾ f_MSE = [[∂f/∂w₁ ∂f/∂w₂], [∂f/∂w₃ ∂f/∂w₄]], and so for the other parameters."""
    parameters, _ = CASES[case]

    def f(W1, b1, W2, b2):
        yhat = np.maximum(xor.X @ W1.T + b1, 0) @ W2.T + b2
        return mse(yhat[:, 0], xor.y)

    matrices = network.as_matrices(*parameters)
    found = cr.grad(f, wrt=tuple(matrices))(**matrices)
    expected = network.as_matrices(**gradient_by_hand(parameters, network, xor.X, xor.y))
    for matrix, name in zip(found, expected, strict=True):
        np.testing.assert_array_equal(matrix, expected[name])


def descend(parameters, network, X, y, learning_rate):
    """One step for the minibatch, p ← p - ε ∂f_MSE/∂p for each of the nine."""
    gradient = gradient_by_hand(parameters, network, X, y)
    return tuple(
        p - learning_rate * gradient[name] for p, name in zip(parameters, network.names, strict=True)
    )


def test_gradient_descent_on_the_nine_numbers_is_gradient_descent_on_the_matrices(network, xor):
    """Step by step the same: the first two exactly, and 200 epochs to rounding."""
    parameters = (1.0, 0.5, -0.5, 1.0, 1.0, -1.0, 0.25, -0.25, 0.5)
    net = cr.nn.Network([2, 2, 1], activation="relu")
    net.parameters = network.as_matrices(*parameters)
    sgd = cr.train.SGD(0.125)
    for epoch in range(200):
        cr.train.fit(net, xor.X, xor.y, loss="mse", optimizer=sgd, batch_size=4, epochs=1, progress=False)
        parameters = descend(parameters, network, xor.X, xor.y, 0.125)
        expected = network.as_matrices(*parameters)
        for name, value in net.parameters.items():
            if epoch < 2:
                np.testing.assert_array_equal(value, expected[name])
            np.testing.assert_allclose(value, expected[name], rtol=1e-12, atol=1e-13)


def test_for_each_epoch_for_each_minibatch(network, xor):
    """A minibatch of one row takes four steps in an epoch, each with the gradient of that row alone."""
    start = (1.0, 0.5, -0.5, 1.0, 1.0, -1.0, 0.25, -0.25, 0.5)
    X, y = np.tile(xor.X[1], (4, 1)), np.tile(xor.y[1], 4)
    net = cr.nn.Network([2, 2, 1], activation="relu")
    net.parameters = network.as_matrices(*start)
    cr.train.fit(net, X, y, loss="mse", optimizer=cr.train.SGD(0.125), batch_size=1, epochs=3, progress=False)
    parameters = start
    for _ in range(12):
        parameters = descend(parameters, network, X[:1], y[:1], 0.125)
    for name, expected in network.as_matrices(*parameters).items():
        np.testing.assert_allclose(net.parameters[name], expected, rtol=1e-14)


@pytest.mark.parametrize("hidden", [[3], [4, 3], [5, 4, 3, 2]])
def test_deriving_the_gradient_terms_can_be_automated_for_d_layers(hidden):
    """∇_W⁽ᵏ⁾ and ∇_b⁽ᵏ⁾ for every layer k come from one call, and the numerical check confirms each entry."""
    net = cr.nn.Network([2, *hidden, 1], activation="tanh", seed=3)
    rng = np.random.default_rng(3)
    X, y = rng.normal(size=(6, 2)), rng.normal(size=(6, 1))

    def f(parameters):
        return mse(net.apply(parameters, X), y)

    gradient = cr.grad(f)(net.parameters)
    assert list(gradient) == list(net.parameters)
    report = cr.check(f, gradient, at=(net.parameters,), mode="full")
    assert report, report
    assert len(report.rows) == sum(p.size for p in net.parameters.values())
