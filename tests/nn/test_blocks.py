"""Residual layers, and every kind of layer through repr, files, pickles, copies and the fast path."""

import copy
import itertools
import json
import pickle
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import ArgumentError, ModelFileError
from chainrule.nn import Network
from chainrule.train import fit

RNG = np.random.default_rng(7)
X, Y = RNG.normal(size=(12, 3)), RNG.integers(0, 2, 12)
KINDS = [
    {"normalisation": normalisation, "dropout": dropout, "residual": residual}
    for normalisation, dropout, residual in itertools.product(
        (None, "batch", "layer"), (0.0, [0.5, 0.0]), (False, True)
    )
]


def named(kind: dict[str, Any]) -> str:
    return "-".join(str(value) for value in kind.values())


def test_a_residual_layer_without_weights_is_the_identity() -> None:
    net = Network([3, 4, 4, 4, 2], residual=True, seed=1)
    silent = {name: 0 * value if name[-1] in "23" else value for name, value in net.parameters.items()}
    record = net.with_parameters(silent).forward(X)
    np.testing.assert_array_equal(record["h3"], record["h1"])
    assert [layer.residual for layer in net.layers] == [False, True, True, False]


def test_a_residual_layer_adds_what_it_was_given() -> None:
    record = Network([3, 4, 4, 2], activation="tanh", residual=True, seed=1).forward(X)
    np.testing.assert_allclose(record["h2"], record["h1"] + np.tanh(record["z2"]), rtol=1e-15)
    chosen = Network([4, 4, 4, 2], residual=[False, True])
    assert [layer.residual for layer in chosen.layers] == [False, True, False]


def test_a_block_of_two_layers_adds_what_its_first_was_given() -> None:
    net = Network([3, 4, 6, 4, 5, 4, 2], activation="tanh", residual=2, normalisation="layer", seed=1)
    record = net.forward(X)
    assert [layer.residual for layer in net.layers] == [0, 0, 2, 0, 2, 0]
    for number in (3, 5):
        units = np.tanh(record[f"zhat{number}"])  # γ = 1 and β = 0 at first
        np.testing.assert_allclose(record[f"h{number}"], record[f"h{number - 2}"] + units, rtol=1e-14)
    assert [line.split(", ")[-1].split("  ")[0] for line in net.summary().splitlines()[3:6:2]] == [
        "+ h1",
        "+ h3",
    ]
    again = Network.from_state(*net.to_state()[1:])
    np.testing.assert_array_equal(again.predict(X), net.predict(X))
    overlapping = Network([4, 4, 4, 4, 2], residual=2)
    assert [layer.residual for layer in overlapping.layers] == [0, 2, 0, 0]
    assert overlapping.summary().splitlines()[2].endswith("relu, + X   20       0")


@pytest.mark.parametrize("activations", [["identity"] * 4, ["relu", "identity", "identity", "tanh"]])
def test_linear_blocks_collapse_as_far_as_they_can(activations: list[str]) -> None:
    net = Network([3, 4, 4, 4, 4, 2], activation=activations, residual=[0, 0, 2, 1], seed=2)
    np.testing.assert_allclose(net.collapse().predict(X), net.predict(X), rtol=1e-12)


def test_native_training_of_blocks_is_that_of_numpy() -> None:
    found = {}
    for compile in ("native", "reference"):
        net = Network([3, 4, 4, 4, 1], activation="tanh", residual=2, seed=3)
        fit(net, X, Y, epochs=5, batch_size=5, compile=compile)
        found[compile] = net.predict(X)
    np.testing.assert_allclose(found["native"], found["reference"], rtol=1e-10)


@pytest.mark.parametrize("kind", KINDS, ids=named)
def test_every_kind_is_trained_saved_and_read_again(kind: dict[str, Any], tmp_path: Any) -> None:
    net = Network([3, 4, 4, 2], output_activation="softmax", seed=1, **kind)
    fit(net, X, Y, loss="cross_entropy", optimizer="adamw", batch_size=5, epochs=2, compile="reference")
    cr.save(net, tmp_path / "model")
    _, config, arrays = net.to_state()
    copies = [
        cr.load(tmp_path / "model"),
        Network.from_state(json.loads(json.dumps(config)), arrays),
        pickle.loads(pickle.dumps(net)),
        copy.deepcopy(net),
        net.with_parameters(net.parameters),
    ]
    for again in copies:
        assert repr(again) == repr(net)
        np.testing.assert_array_equal(again.predict(X), net.predict(X))
    assert eval(repr(net), {"Network": Network}).parameters.keys() == net.parameters.keys()
    np.testing.assert_allclose(net.collapse().predict(X), net.predict(X), rtol=1e-10)


def test_the_fast_path_of_predictions_is_the_same_function() -> None:
    net = Network([3, 4, 4, 2], normalisation="layer", dropout=0.5, residual=True, seed=1)
    slow = net.apply(net.parameters, X[0])
    np.testing.assert_allclose([net.predict(X[0]) for _ in range(600)][-1], slow, rtol=1e-12)


def test_summary_tells_trained_from_untrained() -> None:
    lines = Network([3, 4, 4, 2], normalisation="batch", dropout=0.5, residual=True).summary().splitlines()
    assert lines[1].split()[-2:] == ["20", "8"]  # W1 12, γ 4, β 4; mean 4, variance 4
    assert lines[2].endswith("batch norm, relu, dropout 0.5, + h1  24       8")
    assert lines[-1] == "70 parameters, 54 of them trained; 560 bytes as float64"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"normalisation": "group"}, "normalisation='group'.*'batch', 'layer' or None"),
        ({"dropout": 1.0}, "dropout=1.0.*from 0 to below 1"),
        ({"dropout": -0.1}, "dropout=-0.1"),
        ({"dropout": float("nan")}, "dropout=nan"),
        ({"dropout": [0.1]}, "1 dropouts for 2 hidden layers"),
        ({"residual": 3}, "residual=3"),
        ({"residual": 2}, r"residual=2 with sizes=\[3, 4, 4, 2\].*the layer before it has inputs"),
        ({"residual": [0, 2]}, r"residual=\[0, 2\] with sizes"),
        ({"residual": [True, False]}, r"residual=\[True, False\] with sizes=\[3, 4, 4, 2\]"),
    ],
)
def test_options_that_make_no_sense(options: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=f"(?s){message}"):
        Network([3, 4, 4, 2], **options)
    _, config, arrays = Network([3, 4, 4, 2]).to_state()
    with pytest.raises(ModelFileError):
        Network.from_state(config | options, arrays)


def test_no_layer_that_can_be_residual() -> None:
    with pytest.raises(ArgumentError, match=r"(?s)as many units.*\[64, 128, 128, 10\]"):
        Network([3, 4, 2], residual=True)
