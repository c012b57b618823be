"""Models saved and loaded, of every kind."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.data import Table
from chainrule.errors import ArgumentError, ModelFileError
from chainrule.io import load, read_manifest, save
from chainrule.io.kinds import CLASSES, class_of
from chainrule.nn import ACTIVATIONS, Network


def test_every_kind_comes_back(tmp_path, models, assert_same):
    for kind, model in models.items():
        save(model, tmp_path / kind)
        assert_same(load(tmp_path / kind), model)


@given(
    sizes=st.lists(st.integers(1, 5), min_size=2, max_size=4),
    activation=st.sampled_from(sorted(ACTIVATIONS)),
    dtype=st.sampled_from(["float32", "float64"]),
    bias=st.booleans(),
    seed=st.integers(0, 2**32),
)
def test_networks_of_every_form_come_back(
    tmp_path_factory, assert_same, sizes, activation, dtype, bias, seed
):
    path = tmp_path_factory.mktemp("saved") / "model"
    network = Network(sizes, activation, dtype=dtype, bias=bias, seed=seed)
    save(network, path)
    back = load(path)
    assert_same(back, network)
    X = np.random.default_rng(seed).normal(size=(3, sizes[0]))
    np.testing.assert_array_equal(back.predict(X), network.predict(X))


def test_a_table_model_predicts_the_same_after_loading(tmp_path, models):
    save(models["table-model"], tmp_path / "model")
    table = Table.from_columns({"colour": ["green", "red"], "x": [0.5, 9.0]})
    back = load(tmp_path / "model")
    np.testing.assert_array_equal(back.probabilities(table), models["table-model"].probabilities(table))
    assert back.predict(table).tolist() == models["table-model"].predict(table).tolist()


def test_the_same_model_gives_the_same_bytes(tmp_path, models):
    for name in ("first", "second"):
        save(models["ppca"], tmp_path / name)
    for file in ("model.json", "model.safetensors"):
        assert (tmp_path / "first" / file).read_bytes() == (tmp_path / "second" / file).read_bytes()


def test_model_json_says_what_the_model_is(tmp_path, models):
    save(models["table-model"], tmp_path / "model", training={"epochs": np.int64(30), "loss": float("nan")})
    manifest = read_manifest(tmp_path / "model")
    assert manifest.training == {"epochs": 30, "loss": None}
    assert manifest.model.parts["network"].config["activations"] == ["relu", "softmax"]
    assert manifest.tensors.arrays["network/W1"].shape == (3, 4)
    assert json.loads((tmp_path / "model" / "model.json").read_bytes())["model"]["kind"] == "table-model"


class Own(Network):
    """A class of somebody's own, which a file could not name."""


def test_what_cannot_be_saved(tmp_path, models):
    for thing in (None, {"W": np.eye(2)}, np.eye(2), Own([1, 1])):
        with pytest.raises(ArgumentError, match=f"a {type(thing).__name__} cannot be saved"):
            save(thing, tmp_path / "model")
    with pytest.raises(ArgumentError, match="notes that JSON cannot hold"):
        save(models["gaussian"], tmp_path / "model", training={"data": object()})
    assert not list(tmp_path.iterdir())


def test_a_file_cannot_name_a_class_of_its_own():
    for kind in CLASSES:
        assert {"to_state", "from_state"} <= set(dir(class_of(kind)))
    for kind in ("os:system", "builtins:eval", "", "Network"):
        with pytest.raises(
            ModelFileError, match=r"one of network, ensemble, gaussian, ppca, .*, table-model"
        ):
            class_of(kind)
