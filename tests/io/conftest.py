"""Models of every kind that can be saved."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.data import Table, TableModel, fit_encoder, fit_target
from chainrule.errors import ModelFileError
from chainrule.io import load
from chainrule.io.kinds import CLASSES
from chainrule.latent import PPCA, VAE, FactorAnalysis, Flow, Gaussian, PPCAMixture, Training
from chainrule.nn import Network


def table_model() -> TableModel:
    table = Table.from_columns(
        {"x": [1.0, 2.5, 4.0], "colour": ["red", "blue", "green"], "y": ["a", "b", "a"]}
    )
    encoder, target = fit_encoder(table.drop("y")), fit_target(table.column("y"))
    network = Network([len(encoder.features), 3, target.outputs], output_activation="softmax", seed=2)
    return TableModel(encoder, target, network)


@pytest.fixture
def models():
    """One small model of each kind."""
    rows = np.random.default_rng(0).normal(size=(20, 3))
    found = {
        "network": Network([2, 3, 1], seed=1),
        "gaussian": Gaussian().fit(rows),
        "ppca": PPCA(1).fit(rows),
        "factor-analysis": FactorAnalysis(1).fit(rows),
        "ppca-mixture": PPCAMixture(2, 1, starts=1).fit(rows),
        "vae": VAE(1, hidden=(2,), importance_samples=2, training=Training(epochs=1)).fit(rows),
        "flow": Flow(depth=1, hidden=(2,), training=Training(epochs=1)).fit(rows),
        "table-model": table_model(),
    }
    assert set(found) == set(CLASSES)
    return found


@pytest.fixture(scope="session")
def assert_same():
    """Asserts that two models have the same kind, configuration and arrays, to the last bit."""

    def check(first, second):
        assert type(first) is type(second)
        (kind, config, arrays), (other_kind, other_config, other_arrays) = first.to_state(), second.to_state()
        assert kind == other_kind
        assert config.keys() == other_config.keys()
        for key, value in config.items():
            if hasattr(value, "to_state"):
                check(value, other_config[key])
            else:
                assert value == other_config[key]
        assert arrays.keys() == other_arrays.keys()
        for name, array in arrays.items():
            assert array.dtype == other_arrays[name].dtype
            assert array.shape == other_arrays[name].shape
            assert array.tobytes() == other_arrays[name].tobytes()

    return check


@pytest.fixture(scope="session")
def attempt():
    """Loads a folder, or gives the error, which is one clear line."""

    def load_or_refuse(path):
        try:
            return load(path)
        except ModelFileError as error:
            refusal = error
        assert "\n" not in refusal.one_line()
        return refusal

    return load_or_refuse
