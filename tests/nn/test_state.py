"""A network's state goes through JSON and back, and a damaged one is refused."""

import json

import numpy as np
import pytest

from chainrule.errors import ArgumentError, ModelFileError
from chainrule.nn import Activation, Network


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("bias", [True, False])
def test_state_makes_the_same_network_again(dtype, bias):
    net = Network(
        [3, 5, 4, 2], activation=["relu", "tanh"], output_activation="softmax", dtype=dtype, bias=bias
    )
    kind, config, arrays = net.to_state()
    again = Network.from_state(json.loads(json.dumps(config)), arrays)
    assert kind == "network"
    assert repr(again) == repr(net)
    np.testing.assert_array_equal(again.predict(np.eye(3)), net.predict(np.eye(3)))


def test_an_activation_of_ones_own_has_no_state():
    mine = Activation("relu", lambda z: z, "z")
    with pytest.raises(ArgumentError, match="activation of your own, 'relu'"):
        Network([2, 3, 1], activation=mine).to_state()


@pytest.mark.parametrize(
    "change",
    [
        {"sizes": [2, 3]},
        {"sizes": [2, 3, 0]},
        {"sizes": [2, 3, 10**18]},
        {"sizes": [2, [3], 1]},
        {"sizes": "2"},
        {"activations": ["relu"]},
        {"activations": ["relu", "nonsense"]},
        {"activations": ["relu", 3]},
        {"activations": ["relu", []]},
        {"bias": 1},
        {"bias": False},
        {"dtype": "int8"},
        {"dtype": "float64; import os"},
        {"extra": 1},
    ],
)
def test_a_damaged_configuration_is_refused(change):
    _, config, arrays = Network([2, 3, 1]).to_state()
    with pytest.raises(ModelFileError):
        Network.from_state(config | change, arrays)


@pytest.mark.parametrize("field", ["sizes", "activations", "bias", "dtype"])
def test_a_missing_field_is_refused(field):
    _, config, arrays = Network([2, 3, 1]).to_state()
    del config[field]
    with pytest.raises(ModelFileError, match="expected"):
        Network.from_state(config, arrays)


def test_arrays_of_another_network_are_refused():
    _, config, arrays = Network([2, 3, 1]).to_state()
    with pytest.raises(ModelFileError, match="b2 is missing"):
        Network.from_state(config, {name: arrays[name] for name in ("W1", "b1", "W2")})
    with pytest.raises(ModelFileError, match=r"W1 is of shape \(3, 3\)"):
        Network.from_state(config, arrays | {"W1": np.zeros((3, 3))})
    with pytest.raises(ModelFileError, match="W9"):
        Network.from_state(config, arrays | {"W9": np.zeros(1)})
