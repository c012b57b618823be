"""Feed-forward neural networks: forward propagation."""

import numpy as np
import pytest

import chainrule as cr

X = np.array([1.0, -2.0])
THREE = {
    "W1": [[1, 2], [3, -1], [0, 1]],
    "b1": [1, 0, 2],
    "W2": [[2, -1, 5]],
    "b2": [7],
}
FOUR = {
    "W1": [[1, 2], [3, -1]],
    "b1": [1, 0],
    "W2": [[0, 1], [2, -1]],
    "b2": [-1, 9],
    "W3": [[1, 2]],
    "b3": [3],
}


def network(sizes, parameters):
    net = cr.nn.Network(sizes, activation="relu")
    net.parameters = parameters
    return net


def g(x, W1, b1, W2, b2):
    """The 3-layer network as one writes it in NumPy."""
    z = cr.name(W1 @ x + b1, "z")
    h = cr.name(np.maximum(z, 0), "h")
    return cr.name(W2 @ h + b2, "yhat")


def test_from_x_w1_and_b1_we_can_compute_z():
    """z = W⁽¹⁾x + b⁽¹⁾."""
    np.testing.assert_array_equal(network([2, 3, 1], THREE).forward(X)["z1"], [-2, 5, 0])


def test_from_z_and_sigma_we_can_compute_h():
    """h = σ(z), here with ReLU."""
    np.testing.assert_array_equal(network([2, 3, 1], THREE).forward(X)["h1"], [0, 5, 0])


def test_from_h_w2_and_b2_we_can_compute_yhat():
    """ŷ = W⁽²⁾h + b⁽²⁾."""
    net = network([2, 3, 1], THREE)
    np.testing.assert_array_equal(net.forward(X)["yhat"], [2])
    np.testing.assert_array_equal(net.predict(X), [2])


def test_forward_propagation_produces_all_the_intermediary_and_final_network_outputs():
    """One run keeps x, the parameters, z, h and ŷ by name, for a function in plain NumPy as for a network."""
    arguments = [X, *(np.array(p, float) for p in THREE.values())]
    record = cr.trace(g, *arguments).run(*arguments)
    assert list(record) == ["x", "W1", "b1", "W2", "b2", "z", "h", "yhat"]
    of_network = network([2, 3, 1], THREE).forward(X)
    for ours, theirs in [("z", "z1"), ("h", "h1"), ("yhat", "yhat")]:
        np.testing.assert_array_equal(record[ours], of_network[theirs])
    np.testing.assert_array_equal(record.output, record["yhat"])


def test_it_can_be_applied_to_a_nn_of_arbitrary_depth():
    """Two hidden layers give z⁽¹⁾, h⁽¹⁾, z⁽²⁾, h⁽²⁾ and ŷ, in this order."""
    record = network([2, 2, 2, 1], FOUR).forward(X)
    assert [name for name in record if name[0] in "zhy"] == ["z1", "h1", "z2", "h2", "yhat"]
    expected = {"z1": [-2, 5], "h1": [0, 5], "z2": [4, 4], "h2": [4, 4], "yhat": [15]}
    for name, value in expected.items():
        np.testing.assert_array_equal(record[name], value)


@pytest.mark.parametrize("depth", [1, 2, 5, 20])
def test_every_layer_has_its_z_and_its_h(depth):
    """A network of d hidden layers produces d pairs and ŷ."""
    record = cr.nn.Network([3, *[4] * depth, 1], seed=0).forward(np.ones(3))
    wanted = [f"{letter}{k}" for k in range(1, depth + 1) for letter in "zh"]
    assert [name for name in record if name[0] in "zhy"] == [*wanted, "yhat"]
    for k in range(1, depth + 1):
        np.testing.assert_array_equal(record[f"h{k}"], np.maximum(record[f"z{k}"], 0))


def test_forward_propagation_results_in_a_computational_graph():
    """The graph prints the key intermediary values in the order in which they depend on each other."""
    arguments = [X, *(np.array(p, float) for p in THREE.values())]
    graph = str(cr.trace(g, *arguments))
    lines = [line.split()[0] for line in graph.splitlines() if "=" in line]
    assert [name for name in lines if name in ("z", "h", "yhat")] == ["z", "h", "yhat"]
    assert "h = np.maximum(z, 0)" in " ".join(graph.split())
