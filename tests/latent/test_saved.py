"""A model's state is JSON-able settings and arrays, and gives the same model back, bit for bit."""

import json

import numpy as np
import pytest

from chainrule.errors import ModelFileError
from chainrule.latent import PPCA, FactorAnalysis, Gaussian, PPCAMixture

X = np.random.default_rng(0).standard_normal((30, 4))
MODELS = [
    Gaussian().fit(X),
    PPCA(2).fit(X),
    PPCA(0).fit(X),
    PPCA.from_parameters([[1.0], [2.0]], [0.0, 0.5], 0.1),
    PPCA(3).fit(X[:1]),
]


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_state_round_trip(model):
    kind, config, arrays = model.to_state()
    assert kind == model.kind
    again = type(model).from_state(
        json.loads(json.dumps(config)), {name: array.copy() for name, array in arrays.items()}
    )
    assert repr(again) == repr(model)
    for name, array in again.to_state()[2].items():
        assert isinstance(arrays[name], np.ndarray)
        np.testing.assert_array_equal(array, arrays[name])
    assert again.to_state()[1] == config
    assert np.array_equal(again.sample(5, seed=1), model.sample(5, seed=1))


def test_a_loaded_model_gives_the_same_bits_in_every_method():
    """Also where W came from an SVD or a rotation, whose result lies in memory column by column."""
    gaps = np.where(np.random.default_rng(1).random(X.shape) < 0.3, np.nan, X)
    models = [
        PPCA(2, rotation="varimax").fit(X),
        PPCA(2, solver="svd").fit(X),
        PPCA(3).fit(np.column_stack([X, X[:, :2]])),
        FactorAnalysis(2, rotation="varimax").fit(gaps),
        PPCAMixture(2, 1).fit(gaps),
        Gaussian().fit(gaps),
    ]
    for model in models:
        _, config, arrays = model.to_state()
        again = type(model).from_state(
            config, {name: np.array(each.tolist()) for name, each in arrays.items()}
        )
        rows = np.full((1, model.n_features), np.nan)
        rows[0, 0] = 0.7
        for answer in (
            lambda each, rows=rows: each.impute(rows, return_std=True),
            lambda each, rows=rows: each.impute(rows, draws=3, seed=2),
            lambda each: each.sample(4, seed=3, given={0: 0.5}),
            lambda each, rows=rows: each.encode(rows)[0],
            lambda each, rows=rows: each.log_likelihood(rows) if each.kind != "ppca" else each.sample(2),
        ):
            np.testing.assert_array_equal(answer(again), answer(model), err_msg=repr(model))


def changed(model, drop=None, **replaced):
    _, config, arrays = model.to_state()
    merged = {**config, **arrays, **replaced}
    merged.pop(drop, None)
    return type(model).from_state(
        {name: merged[name] for name in config if name in merged},
        {name: merged[name] for name in arrays if name in merged},
    )


@pytest.mark.parametrize("model", [MODELS[0], MODELS[1]], ids=repr)
def test_a_missing_entry_is_named(model):
    _, config, arrays = model.to_state()
    for name in (*config, *arrays):
        with pytest.raises(ModelFileError, match=f"has no '{name}'"):
            changed(model, drop=name)


@pytest.mark.parametrize(
    ("model", "replaced", "message"),
    [
        (MODELS[0], {"mean": np.zeros(3)}, "covariance has shape"),
        (MODELS[0], {"covariance": -np.eye(4)}, "not positive semi-definite"),
        (MODELS[0], {"mean": np.full(4, np.nan)}, r"mean\[0\] is nan"),
        (MODELS[1], {"W": np.zeros((4, 3))}, "W has shape"),
        (MODELS[1], {"W": np.zeros((3, 2))}, "W has shape"),
        (MODELS[1], {"n_components": "2"}, "n_components='2'"),
        (MODELS[1], {"sigma2": np.array(-1.0)}, "sigma2=-1.0"),
        (MODELS[1], {"eigenvalues": np.zeros(3)}, "eigenvalues has shape"),
        (MODELS[1], {"b": np.array(["a"] * 4)}, "b has dtype"),
    ],
)
def test_a_damaged_entry_is_named(model, replaced, message):
    with pytest.raises(ModelFileError, match=message) as caught:
        changed(model, **replaced)
    assert caught.value.one_line().startswith(f"the saved {model.kind} model is not valid: ")


def test_representations():
    assert repr(Gaussian()) == "Gaussian()"
    assert repr(MODELS[0]) == "Gaussian(n_features=4)"
    assert repr(PPCA(3)) == "PPCA(n_components=3)"
    assert repr(MODELS[3]) == "PPCA(n_components=1, n_features=2, sigma2=0.1)"
