"""Forward propagation against the layers written out by hand, and what a network refuses."""

import gc
import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import chainrule as cr
from chainrule.errors import ArgumentError, DtypeError, ShapeError
from chainrule.nn import ACTIVATIONS, Activation, Network
from chainrule.nn.prediction import CALLS_WORTH_COMPILING

XOR = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])


def xor_network():
    """The lecture's weights: b⁽¹⁾ = [-1 -1]ᵀ, W⁽¹⁾ of ones and twos."""
    weights = {"W1": [[1, 1], [2, 2]], "b1": [-1, -1], "W2": [[-3, 1]], "b2": [0]}
    return Network([2, 2, 1], activation="relu").with_parameters(weights)


def test_the_lectures_weights_solve_xor_by_collapsing_two_points_onto_one():
    net = xor_network()
    record = net.forward(XOR)
    np.testing.assert_array_equal(record["h1"], [[0, 0], [0, 1], [0, 1], [1, 3]])
    np.testing.assert_array_equal(net.predict(XOR)[:, 0], [0, 1, 1, 0])


@given(
    sizes=st.lists(st.integers(1, 6), min_size=2, max_size=5),
    name=st.sampled_from(sorted(ACTIVATIONS)),
    output=st.sampled_from(sorted(ACTIVATIONS)),
    rows=st.integers(1, 4),
    bias=st.booleans(),
)
def test_predict_is_the_layers_one_after_another(sizes, name, output, rows, bias):
    net = Network(sizes, name, output, seed=1, bias=bias)
    p = net.parameters
    h = X = np.random.default_rng(2).normal(size=(rows, sizes[0]))
    for k in range(1, len(sizes)):
        σ = ACTIVATIONS[output if k == len(sizes) - 1 else name].function
        h = np.stack([σ(p[f"W{k}"] @ row + (p[f"b{k}"] if bias else 0)) for row in h])
    np.testing.assert_allclose(net.predict(X), h, rtol=1e-12, atol=1e-14)


def test_a_single_example_is_a_row_of_a_batch():
    net = Network([3, 4, 2], activation="tanh", output_activation="softmax")
    X = np.random.default_rng(0).normal(size=(5, 3))
    np.testing.assert_allclose(net.predict(X[2]), net.predict(X)[2], rtol=1e-14)


def test_the_record_names_every_value_of_forward_propagation():
    net = Network([3, 4, 5, 2], activation=["tanh", "relu"], output_activation="sigmoid", seed=5)
    X, p = np.random.default_rng(0).normal(size=(6, 3)), net.parameters
    record = net.forward(X)
    z1 = X @ p["W1"].T + p["b1"]
    z2 = np.tanh(z1) @ p["W2"].T + p["b2"]
    z3 = np.maximum(z2, 0) @ p["W3"].T + p["b3"]
    values = {
        "z1": z1,
        "h1": np.tanh(z1),
        "z2": z2,
        "h2": np.maximum(z2, 0),
        "z3": z3,
        "yhat": 1 / (1 + np.exp(-z3)),
    }
    for name, value in values.items():
        np.testing.assert_allclose(record[name], value, rtol=1e-13, err_msg=name)
    np.testing.assert_array_equal(record.output, net.predict(X))


def test_a_linear_output_is_yhat_itself():
    record = Network([2, 3, 1]).forward([1.0, 2.0])
    assert {"z1", "h1", "yhat"} <= set(record)
    assert "z2" not in record


def test_gradient_of_one_weight_is_the_lectures():
    """∂ŷ/∂w₁ = w₅ x₁ where w₁ x₁ + w₂ x₂ + b₁ > 0, else 0; ∂ŷ/∂b₂ = w₆ or 0 likewise."""
    net, x = xor_network(), np.array([3.0, 5.0])
    gradient = cr.grad(lambda p, x: net.apply(p, x)[0])(net.parameters, x)
    assert gradient["W1"][0, 0] == -3 * 3.0
    assert gradient["b1"][1] == 1.0
    off = cr.grad(lambda p, x: net.apply(p, x)[0])(net.parameters, -x)
    assert off["W1"][0, 0] == off["b1"][1] == 0


def test_parameters_are_named_by_layer_and_read_only():
    net = Network([2, 8, 1])
    assert {name: array.shape for name, array in net.parameters.items()} == {
        "W1": (8, 2),
        "b1": (8,),
        "W2": (1, 8),
        "b2": (1,),
    }
    assert list(Network([2, 8, 1], bias=False).parameters) == ["W1", "W2"]
    with pytest.raises(ValueError, match="read-only"):
        net.parameters["W1"][0, 0] = 1


def test_with_parameters_leaves_the_original_and_copies():
    net = Network([2, 1])
    before, W = net.parameters["W1"], np.ones((1, 2))
    other = net.with_parameters({"W1": W, "b1": [0]})
    W[:] = 5
    np.testing.assert_array_equal(other.parameters["W1"], [[1, 1]])
    np.testing.assert_array_equal(net.parameters["W1"], before)


def test_arrays_that_nobody_writes_to_are_shared_and_others_copied():
    net = Network([2, 1])
    own = net.parameters
    assert net.with_parameters(own).parameters["W1"] is own["W1"]
    assert net.with_parameters(own, dtype=np.float32).parameters["W1"].dtype == np.float32
    W = np.ones((1, 2))
    view = W[:]
    view.setflags(write=False)
    other = net.with_parameters({"W1": view, "b1": [0]})
    W[:] = 5
    np.testing.assert_array_equal(other.parameters["W1"], [[1, 1]])


def test_parameters_that_were_replaced_take_no_more_memory():
    net = Network([2, 1])
    net.predict([1, 2])
    replaced = weakref.ref(net.parameters["W1"])
    gc.disable()  # they are freed without it
    try:
        net.parameters = {"W1": [[1, 2]], "b1": [0]}
        assert replaced() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("calls", [1, CALLS_WORTH_COMPILING])
def test_a_network_that_nobody_holds_takes_no_more_memory(calls):
    net = Network([2, 1])
    for _ in range(calls):
        net.predict([1, 2])
    parameters, net_itself = weakref.ref(net.parameters["W1"]), weakref.ref(net)
    gc.disable()  # it is freed without it
    try:
        del net
        assert (parameters(), net_itself()) == (None, None)
    finally:
        gc.enable()


@pytest.mark.parametrize("dtype", [np.float32, np.float64, "float32"])
def test_everything_is_computed_in_the_networks_dtype(dtype):
    net = Network([2, 4, 3], activation="gelu", output_activation="softmax", dtype=dtype)
    assert {array.dtype for array in net.parameters.values()} == {np.dtype(dtype)}
    for X in (XOR, XOR.astype(np.float32), XOR.tolist()):
        assert net.predict(X).dtype == dtype
    assert net.forward(XOR)["h1"].dtype == dtype


def test_empty_batches_give_empty_outputs():
    assert Network([2, 4, 3], output_activation="softmax").predict(np.empty((0, 2))).shape == (0, 3)


def test_an_activation_of_ones_own_works_like_the_tables():
    swish = Activation("swish", lambda z: z / (1 + np.exp(-z)), "z / (1 + exp(-z))")
    net = Network([2, 3, 1], activation=swish, seed=1)
    z = XOR @ net.parameters["W1"].T
    np.testing.assert_allclose(net.forward(XOR)["h1"], z / (1 + np.exp(-z)))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sizes": [2]}, r"sizes=\[2\].*\[2, 8, 1\]"),
        ({"sizes": "2,1"}, "sizes='2,1'"),
        ({"sizes": 3}, "sizes=3"),
        ({"sizes": [2, 0, 1]}, r"sizes\[1\]=0.*1 or more"),
        ({"sizes": [2, 1.5, 1]}, r"sizes\[1\]=1.5"),
        ({"sizes": [2, True, 1]}, r"sizes\[1\]=True"),
        ({"sizes": [2, 3, 1], "activation": "rellu"}, "unknown activation 'rellu'.*identity, .*'relu'"),
        ({"sizes": [2, 3, 1], "output_activation": "Softmax"}, "unknown activation 'Softmax'"),
        ({"sizes": [2, 3, 4, 1], "activation": ["relu"]}, "1 activations for 2 hidden layers"),
        ({"sizes": [2, 3, 1], "initializer": "hee"}, "unknown initializer 'hee'.*he, glorot"),
        ({"sizes": [2, 3, 1], "seed": -1}, "seed=-1"),
        ({"sizes": [2, 3, 1], "seed": None}, "seed=None"),
    ],
)
def test_senseless_arguments_are_named(arguments, message):
    with pytest.raises(ArgumentError, match=f"(?s){message}"):
        Network(**arguments)


@pytest.mark.parametrize("dtype", [np.int64, np.float16, "text", None, complex])
def test_other_dtypes_are_refused(dtype):
    with pytest.raises(DtypeError, match="float32 or float64"):
        Network([2, 1], dtype=dtype)


@pytest.mark.parametrize("X", [np.zeros((4, 3)), np.zeros(3), np.zeros((1, 2, 2)), 1.0])
def test_inputs_of_another_size_say_which_layer_expects_what(X):
    with pytest.raises(ShapeError, match=r"(?s)layer 1 takes 2 inputs, W1 has shape \(8, 2\)"):
        Network([2, 8, 1]).predict(X)


def test_text_is_no_input():
    with pytest.raises(DtypeError, match="encode text"):
        Network([2, 1]).predict([["a", "b"]])


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"W1": [[1, 2]]}, "parameters W1.*W1, b1"),
        ({"W1": [[1, 2]], "b1": [0], "b2": [0]}, "parameters W1, b1, b2"),
        ({"W1": [[1], [2]], "b1": [0]}, r"W1 has shape \(2, 1\).*\(1, 2\)"),
        ({"W1": [[1, 2], [3]], "b1": [0]}, "W1 is not a rectangular array"),
    ],
)
def test_parameters_of_another_network_are_refused(parameters, message):
    with pytest.raises(ShapeError, match=f"(?s){message}"):
        Network([2, 1]).with_parameters(parameters)


def test_repr_makes_an_equal_architecture_and_summary_counts():
    net = Network([2, 8, 3, 1], activation=["relu", "tanh"], dtype=np.float32)
    again = eval(repr(net), {"Network": Network})
    assert repr(again) == repr(net)
    assert net.summary().splitlines()[1].endswith(" 24       0")
    assert net.summary().splitlines()[-1] == "55 parameters, 55 of them trained; 220 bytes as float32"
