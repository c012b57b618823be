"""≥3-layer NNs: the XOR problem."""

from itertools import product

import numpy as np
import pytest

import chainrule as cr

HINT = {"W1": [[1, 1], [2, 2]], "b1": [-1, -1], "W2": [[-3, 1]], "b2": [0]}


def mse(parameters, X, y):
    return np.sum((X @ parameters["w"] + parameters["b"] - y) ** 2) / (2 * len(y))


def test_no_linear_nn_can_solve_the_xor_problem_with_accuracy_better_than_chance(xor):
    """The best linear network predicts ½ everywhere, where the gradient of f_MSE is exactly zero."""
    best = {"w": np.zeros(2), "b": np.array(0.5)}
    gradient = cr.grad(mse)(best, xor.X, xor.y)
    np.testing.assert_array_equal(gradient["w"], [0, 0])
    assert gradient["b"] == 0
    columns = np.column_stack([xor.X, np.ones(4)])
    np.testing.assert_allclose(columns @ np.linalg.lstsq(columns, xor.y)[0], 0.5, rtol=1e-14)


def test_the_least_squares_optimum_is_the_only_one(xor):
    """f_MSE of a linear network is convex: its Hessian, which does not depend on the point, is positive."""

    def flat(p, X, y):
        return mse({"w": p[:2], "b": p[2]}, X, y)

    H = cr.hessian(flat)(np.array([7.0, -3.0, 2.0]), xor.X, xor.y)
    np.testing.assert_array_equal(H, np.array([[2, 1, 2], [1, 2, 2], [2, 2, 4]]) / 4)
    assert np.linalg.eigvalsh(H).min() > 0


def test_gradient_descent_takes_a_linear_network_to_one_half(xor):
    """Trained, a network without a hidden layer predicts ½ for all four points."""
    net = cr.nn.Network([2, 1], seed=0)
    cr.train.fit(net, xor.X, xor.y, loss="mse", optimizer=cr.train.SGD(0.5), batch_size=4, epochs=2000)
    np.testing.assert_allclose(net.predict(xor.X), 0.5, atol=1e-12)


@pytest.mark.parametrize(("w", "b"), [([1, 1], -1), ([2, -5], 3), ([-1, 4], 0), ([0, 0], 1)])
def test_no_linear_decision_boundary_can_solve_the_xor_problem(xor, w, b):
    """For every linear g, g(0,0) + g(1,1) = g(0,1) + g(1,0), so not both sides can be on their own side."""
    g = xor.X @ np.array(w, float) + b
    assert g[0] + g[3] == g[1] + g[2]
    assert not (max(g[0], g[3]) < 0 < min(g[1], g[2]))


def network(parameters):
    net = cr.nn.Network([2, 2, 1], activation="relu")
    net.parameters = parameters
    return net


def test_we_will_use_a_3_layer_nn(xor):
    """An input layer, a hidden layer and an output layer: from ℝ² through ℝ² to ℝ."""
    net = network(HINT)
    assert net.sizes == (2, 2, 1)
    record = net.forward(xor.X)
    assert [record[name].shape for name in ("X", "z1", "h1", "yhat")] == [(4, 2), (4, 2), (4, 2), (4, 1)]


def test_what_values_will_make_the_4_data_points_linearly_separable(xor):
    """With b⁽¹⁾ = [-1 -1]ᵀ and W⁽¹⁾ of 1s and 2s: W⁽¹⁾ = [[1 1], [2 2]], and then W⁽²⁾ = [-3 1], b⁽²⁾ = 0."""
    np.testing.assert_array_equal(network(HINT).predict(xor.X)[:, 0], xor.y)


def test_the_hidden_layer_collapses_two_data_points_onto_one(xor):
    """(0,1) and (1,0) meet in the hidden space, and a line separates that point from the two others."""
    h = network(HINT).forward(xor.X)["h1"]
    np.testing.assert_array_equal(h, [[0, 0], [0, 1], [0, 1], [1, 3]])
    np.testing.assert_array_equal(np.sign(h @ [-3, 1] - 0.5), 2 * xor.y - 1)


def test_the_hint_has_one_solution_but_for_the_order_of_the_hidden_units(xor):
    """Of the 16 matrices of 1s and 2s, only [[1 1], [2 2]], in either order, allows an exact W⁽²⁾, b⁽²⁾."""
    solving = []
    for entries in product([1.0, 2.0], repeat=4):
        W1 = np.reshape(entries, (2, 2))
        columns = np.column_stack([np.maximum(xor.X @ W1.T - 1, 0), np.ones(4)])
        fitted = columns @ np.linalg.lstsq(columns, xor.y)[0]
        if np.allclose(fitted, xor.y, atol=1e-12):
            solving.append(W1.tolist())
    assert solving == [[[1, 1], [2, 2]], [[2, 2], [1, 1]]]


def test_there_are_other_solutions_as_well(xor):
    """W⁽¹⁾ = [[1 -1], [-1 1]] without biases collapses the two negative points instead."""
    net = network({"W1": [[1, -1], [-1, 1]], "b1": [0, 0], "W2": [[1, 1]], "b2": [0]})
    np.testing.assert_array_equal(net.forward(xor.X)["h1"], [[0, 0], [0, 1], [1, 0], [0, 0]])
    np.testing.assert_array_equal(net.predict(xor.X)[:, 0], xor.y)


def test_other_non_linear_functions_would_also_work_heaviside(xor):
    """With all-or-none units: "one or both" minus "both"."""
    net = cr.nn.Network([2, 2, 1], activation="heaviside")
    net.parameters = {"W1": [[1, 1], [1, 1]], "b1": [-0.5, -1.5], "W2": [[1, -1]], "b2": [0]}
    np.testing.assert_array_equal(net.predict(xor.X)[:, 0], xor.y)


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_other_non_linear_functions_would_also_work(xor, activation):
    """The hint's hidden layer leaves three distinct points, so W⁽²⁾ and b⁽²⁾ solve three linear equations."""
    net = cr.nn.Network([2, 2, 1], activation=activation)
    net.parameters = HINT
    h = net.forward(xor.X)["h1"]
    np.testing.assert_array_equal(h[1], h[2])
    w5, w6, b3 = np.linalg.solve(np.column_stack([h[[0, 1, 3]], np.ones(3)]), xor.y[[0, 1, 3]])
    net.parameters = HINT | {"W2": [[w5, w6]], "b2": [b3]}
    np.testing.assert_allclose(net.predict(xor.X)[:, 0], xor.y, atol=1e-13)


def test_gradient_descent_solves_the_xor_problem(xor):
    """Training neural networks: gradient descent finds values like these by itself."""
    net = cr.nn.Network([2, 8, 1], activation="relu", seed=1)
    cr.train.fit(net, xor.X, xor.y, loss="mse", optimizer=cr.train.SGD(0.1), batch_size=4, epochs=2000)
    np.testing.assert_allclose(net.predict(xor.X)[:, 0], xor.y, atol=1e-3)


def check_collapse(layers):
    net = cr.nn.Network(layers, activation="identity")
    rng = np.random.default_rng(0)
    net.parameters = {name: rng.integers(-3, 4, p.shape) for name, p in net.parameters.items()}
    X = rng.integers(-5, 6, (20, layers[0]))
    collapsed = net.collapse()
    assert list(collapsed.sizes) == [layers[0], layers[-1]]
    np.testing.assert_array_equal(collapsed.predict(X), net.predict(X))
    return net, collapsed


def test_without_non_linearity_a_multi_layer_nn_is_no_more_powerful_than_a_2_layer_network():
    """W⁽²⁾(W⁽¹⁾x + b⁽¹⁾) + b⁽²⁾ = Wx + b with W = W⁽²⁾W⁽¹⁾ and b = W⁽²⁾b⁽¹⁾ + b⁽²⁾."""
    net, collapsed = check_collapse([2, 3, 1])
    p = net.parameters
    np.testing.assert_array_equal(collapsed.parameters["W1"], p["W2"] @ p["W1"])
    np.testing.assert_array_equal(collapsed.parameters["b1"], p["W2"] @ p["b1"] + p["b2"])


def test_without_non_linearity_any_number_of_layers_collapses():
    """Four linear layers are one, too."""
    check_collapse([3, 4, 2, 5, 2])


def test_the_relu_is_what_keeps_the_layers_apart():
    """With the non-linearity nothing collapses."""
    assert network(HINT).collapse().sizes == (2, 2, 1)
