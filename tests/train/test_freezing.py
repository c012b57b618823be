"""Layers that training leaves as they are."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import ArgumentError, ModelFileError
from chainrule.nn import Network
from chainrule.train import Adam, AdamW, fit

RNG = np.random.default_rng(0)
X = RNG.normal(size=(70, 3))
Y = np.sin(X[:, :1]) + X[:, 1:2] * X[:, 2:]


def features(network: Network) -> np.ndarray:
    """The hidden units of the first layer."""
    return np.asarray(network.forward(X)["h1"])


@pytest.mark.parametrize(
    ("compile", "options"),
    [
        ("native", {"normalisation": "batch", "dropout": 0.2, "residual": True}),
        ("reference", {"normalisation": "batch", "dropout": 0.2, "residual": True}),
        ("reference", {"normalisation": "layer", "dtype": "float32"}),
        ("reference", {}),
    ],
)
def test_frozen_layers_stay_and_others_learn(compile: str, options: dict[str, Any]) -> None:
    net = Network([3, 6, 6, 1], seed=1, **options)
    fit(net, X, Y, optimizer=Adam(0.01), epochs=1)  # running statistics, too, are then any numbers
    before, net = net.parameters, net.freeze(1, 2)
    fit(net, X, Y, optimizer=AdamW(0.01), l2=0.1, epochs=2, compile=compile)
    after = net.parameters
    changed = {name for name in after if not np.array_equal(after[name], before[name])}
    assert changed == {"W3", "b3"}


def test_the_last_layer_is_trained_as_a_model_of_the_features() -> None:
    net = Network([3, 6, 1], activation="tanh", seed=1).freeze(1)
    linear = Network([6, 1])
    linear.parameters = {"W1": net.parameters["W2"], "b1": net.parameters["b2"]}
    H = features(net)
    settings = {"optimizer": Adam(0.05), "l1": 0.01, "l2": 0.1, "epochs": 5, "seed": 3}
    losses = [fit(net, X, Y, **settings).loss, fit(linear, H, Y, **settings).loss]
    assert losses[0] == pytest.approx(losses[1], rel=1e-12)
    assert net.parameters["W2"] == pytest.approx(linear.parameters["W1"], rel=1e-9)


@pytest.mark.parametrize("normalisation", [None, "batch"])
def test_lbfgs_solves_for_the_last_layer(normalisation: str | None) -> None:
    net = Network([3, 6, 1], activation="tanh", normalisation=normalisation, bias=False, seed=1)
    fit(net, X, Y, epochs=1)
    before, net = net.parameters, net.freeze(1)
    fit(net, X, Y, optimizer="lbfgs", l2=0.1)
    H = features(net)
    ridge = np.linalg.solve(H.T @ H / len(X) + 0.1 * np.eye(6), H.T @ Y / len(X))
    assert net.parameters["W2"] == pytest.approx(ridge.T, abs=1e-6)
    assert all(np.array_equal(net.parameters[name], before[name]) for name in net.untrained)


def test_frozen_layers_are_kept_with_the_network(tmp_path: Path) -> None:
    net = Network([3, 6, 1], seed=1).freeze(1)
    cr.save(net, tmp_path / "model")
    for again in (cr.load(tmp_path / "model"), pickle.loads(pickle.dumps(net)), net.reset(seed=5)):
        assert again.untrained == ("W1", "b1")
        assert np.array_equal(again.parameters["W1"], net.parameters["W1"])
    assert not np.array_equal(again.parameters["W2"], net.parameters["W2"])
    assert repr(net).endswith("bias=True).freeze(1)")
    assert net.summary().splitlines()[-1].startswith("31 parameters, 7 of them trained")
    assert net.freeze().untrained == net.collapse().untrained == ()


@pytest.mark.parametrize("numbers", [(0,), (3,), (1, 2), (True,), ("W1",)])
def test_layers_that_cannot_be_frozen(numbers: tuple[Any, ...]) -> None:
    with pytest.raises(ArgumentError, match="numbers from 1 to 2"):
        Network([3, 6, 1]).freeze(*numbers)


@pytest.mark.parametrize("frozen", [1, [7], [[1]], "1"])
def test_files_that_freeze_what_is_not_there(frozen: Any) -> None:
    _, config, arrays = Network([3, 6, 1]).to_state()
    with pytest.raises(ModelFileError, match="frozen"):
        Network.from_state(config | {"frozen": frozen}, arrays)
