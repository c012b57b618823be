"""The model: what it gives back, what it refuses, and that it is the same every time."""

import numpy as np
import pytest

from chainrule.errors import ArgumentError, DataError, NonFiniteError, ShapeError
from chainrule.latent import PPCA, Flow, Training
from chainrule.latent.flows import ActNorm, LULinear
from chainrule.train import SGD, Constant

from .conftest import bent_rows

QUICK = Training(epochs=2, batch_size=32)
SMALL = {"depth": 1, "hidden": (4,), "training": QUICK}


def rows(n=100, d=2, seed=0):
    return bent_rows(n, d, np.random.default_rng(seed))


@pytest.mark.parametrize("d", [1, 2, 3, 5])
@pytest.mark.parametrize("structure", ["coupling", "autoregressive"])
@pytest.mark.parametrize("transform", ["affine", "spline"])
def test_any_number_of_columns(transform, structure, d):
    X = rows(d=d)
    flow = Flow(transform, structure=structure, **SMALL).fit(X)
    assert flow.n_features == d
    assert flow.log_likelihood(X).shape == (100,)
    assert flow.sample(7).shape == (7, d)
    np.testing.assert_allclose(flow.decode(flow.encode(X)), X, rtol=1e-9, atol=1e-9)


def test_training_comes_close_to_the_truth():
    """Given the first column the second is normal, so the entropy is that of two normals at their scales."""
    X, fresh = rows(1500, seed=1), rows(1500, seed=2)
    flow = Flow("spline", depth=2, hidden=(16,), training=Training(epochs=20, batch_size=64)).fit(X)
    truth = -np.log(2 * np.pi) - 1.0 - np.log(100.0)
    assert truth - 0.1 < flow.score(fresh) < truth + 0.05
    assert flow.history.loss[-1] < flow.history.loss[0]
    assert flow.history.validation_loss.min() == pytest.approx(-flow.score(fresh), abs=0.3)


def test_the_same_seed_gives_the_same_bits():
    X = rows()
    first, second, other = (
        Flow(depth=1, hidden=(4,), training=Training(epochs=3, seed=seed)).fit(X) for seed in (5, 5, 6)
    )
    assert np.array_equal(first.log_likelihood(X), second.log_likelihood(X))
    assert not np.array_equal(first.log_likelihood(X), other.log_likelihood(X))
    assert np.array_equal(first.sample(5, seed=1), second.sample(5, seed=1))


@pytest.mark.parametrize("transform", ["affine", "spline"])
def test_machine_code_learns_the_same(transform):
    X = rows()
    native, reference = (
        Flow(
            transform, depth=2, hidden=(4,), training=Training(epochs=3, batch_size=32, compile=compile)
        ).fit(X)
        for compile in ("native", "reference")
    )
    np.testing.assert_allclose(native.history.loss, reference.history.loss, rtol=1e-9)
    np.testing.assert_allclose(native.log_likelihood(X), reference.log_likelihood(X), rtol=1e-7)


def test_float32_rows_train_in_float32_and_give_float64():
    X = rows().astype(np.float32)
    flow = Flow(**SMALL).fit(X)
    assert flow.parameters[0]["b"].dtype == np.float64
    assert flow.log_likelihood(X).dtype == np.float64
    wide = Flow(depth=1, hidden=(4,), training=Training(epochs=2, batch_size=32, dtype=np.float64)).fit(X)
    np.testing.assert_allclose(flow.score(X), wide.score(X), atol=1e-3)


@pytest.mark.parametrize("offset", [0.0, 1e8])
def test_a_large_offset_changes_nothing(offset):
    X = np.random.default_rng(0).integers(-8, 9, (80, 2)) / 4.0 + np.array([0.0, 0.125])
    flow, far = Flow(**SMALL).fit(X), Flow(**SMALL).fit(X + offset)
    np.testing.assert_allclose(far.log_likelihood(X + offset), flow.log_likelihood(X), atol=1e-6)


def test_units_change_the_density_by_their_ratio():
    X = rows()
    flow, other = Flow(**SMALL).fit(X), Flow(**SMALL).fit(X * np.array([1e6, 1e-6]))
    change = other.log_likelihood(X * np.array([1e6, 1e-6])) - flow.log_likelihood(X)
    np.testing.assert_allclose(change, 0.0, atol=1e-8)
    third = Flow(**SMALL).fit(X * 1024.0)
    change = third.log_likelihood(X * 1024.0) - flow.log_likelihood(X)
    np.testing.assert_allclose(change, -2 * np.log(1024.0), atol=1e-10)


def test_rows_far_outside_have_finite_or_no_density():
    flow = Flow(**SMALL).fit(rows())
    values = flow.log_likelihood([[1e10, 0.0], [1e139, -1e139], [0.0, 0.0]])
    assert (values[:2] < -1e10).all()
    assert np.isfinite(values[2])


def test_no_rows_give_no_values():
    flow = Flow(**SMALL).fit(rows())
    assert flow.log_likelihood(np.zeros((0, 2))).shape == (0,)
    assert flow.encode(np.zeros((0, 2))).shape == (0, 2)
    assert flow.decode(np.zeros((0, 2))).shape == (0, 2)
    assert flow.sample(0).shape == (0, 2)


def test_it_comes_back_from_disk(tmp_path):
    X = rows(d=3)
    for k, flow in enumerate(
        [
            Flow("spline", given=[1], **SMALL).fit(X),
            Flow("affine", structure="autoregressive", **SMALL).fit(X),
            Flow(layers=[ActNorm(), LULinear()], training=QUICK).fit(X),
        ]
    ):
        flow.save(tmp_path / str(k))
        again = Flow.load(tmp_path / str(k))
        assert again.layers == flow.layers
        assert np.array_equal(again.log_likelihood(X), flow.log_likelihood(X))
        assert again.history is None


def test_a_layer_of_ones_own_is_not_saved(tmp_path):
    class Own:
        def shapes(self, d, c):
            return {}

        def initial(self, x, context, rng):
            return {}

        def forward(self, parameters, x, context):
            return -x, np.zeros((), x.dtype)

        def inverse(self, parameters, z, context):
            return -z

    flow = Flow(layers=[Own(), ActNorm()], training=QUICK).fit(rows())
    assert np.isfinite(flow.score(rows()))
    with pytest.raises(ArgumentError, match="a layer of your own class, Own"):
        flow.save(tmp_path / "flow")
    assert not (tmp_path / "flow").exists()


@pytest.mark.parametrize(
    "settings",
    [
        {"transform": "bent"},
        {"structure": "ring"},
        {"depth": 0},
        {"depth": 1.5},
        {"hidden": (0,)},
        {"activation": "none"},
        {"transform": 3},
    ],
)
def test_settings_that_make_no_sense_are_refused(settings):
    with pytest.raises(ArgumentError):
        Flow(**settings)


@pytest.mark.parametrize(
    "settings",
    [
        {"epochs": 0},
        {"batch_size": -1},
        {"validation": 1.0},
        {"validation": np.nan},
        {"patience": 0},
        {"patience": 3, "validation": 0},
        {"optimizer": "best"},
        {"compile": "fast"},
    ],
)
def test_training_settings_that_make_no_sense_are_refused(settings):
    with pytest.raises(ArgumentError):
        Training(**settings)


def test_rows_without_a_density_are_refused():
    X = rows()
    with pytest.raises(DataError, match="column 1 is constant"):
        Flow(**SMALL).fit(np.stack([X[:, 0], np.full(100, 3.3)], axis=1))
    with pytest.raises(DataError, match="column 0 is constant"):
        Flow(**SMALL).fit(X[:1])
    with pytest.raises(DataError, match=r"column 1 has no value in row 4 of X"):
        Flow(**SMALL).fit(np.where(np.arange(200).reshape(100, 2) == 9, np.nan, X))
    with pytest.raises(ArgumentError, match="all 2 columns are given"):
        Flow(given=[0, 1], **SMALL).fit(X)
    with pytest.raises(ArgumentError, match="there is no column 2"):
        Flow(given=[2], **SMALL).fit(X)
    with pytest.raises(ArgumentError, match="is not fitted"):
        Flow().sample(1)


def test_missing_values_have_no_likelihood_here():
    """What each error says to write instead works."""
    X = rows()
    gaps = X.copy()
    gaps[3, 1] = np.nan
    with pytest.raises(DataError, match=r"PPCA\(k\).fit\(X\).impute\(X, draws=1\)\[0\]"):
        Flow(**SMALL).fit(gaps)
    flow = Flow(**SMALL).fit(PPCA(1).fit(gaps).impute(gaps, draws=1)[0])
    with pytest.raises(DataError, match=r"X\[~np.isnan\(X\).any\(axis=1\)\]"):
        flow.score(gaps)
    assert np.isfinite(flow.score(gaps[~np.isnan(gaps).any(axis=1)]))
    with pytest.raises(DataError, match=r"encode\(flow.impute\(X, draws=1\)\[0\]\)"):
        flow.encode(gaps)
    assert flow.encode(flow.impute(gaps, draws=1)[0]).shape == X.shape


def test_a_conditional_flow_wants_its_condition():
    X = rows(d=3)
    flow = Flow(given=[2], **SMALL).fit(X)
    with pytest.raises(ArgumentError, match="conditional on columns"):
        flow.sample(3)
    with pytest.raises(DataError, match="has no value in row"):
        flow.sample(3, given={0: 1.0})
    assert flow.sample(3, given={2: 1.0}).shape == (3, 3)
    context = X[:, 2]
    assert np.array_equal(flow.encode(X)[:, 2], context)
    assert np.array_equal(flow.decode(X)[:, 2], context)


def test_a_learning_rate_that_is_too_large_is_explained():
    with pytest.raises(NonFiniteError, match="became"):
        Flow("affine", depth=1, hidden=(4,), training=Training(epochs=50, optimizer=SGD(1e6))).fit(rows())


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ([{"b": [0.0], "s": [0.0]}], ShapeError),
        ([{"b": [0.0, 0.0]}], ShapeError),
        ([], ShapeError),
        ([{"b": [0.0, np.nan], "s": [0.0, 0.0]}], DataError),
    ],
)
def test_parameters_must_fit_the_layers(parameters, error):
    with pytest.raises(error):
        Flow.from_parameters([ActNorm()], parameters, shift=[0.0, 0.0], scale=[1.0, 1.0])
    with pytest.raises(ArgumentError, match="scale"):
        Flow.from_parameters([], [], shift=[0.0], scale=[0.0])


def test_the_learning_rate_rises_for_a_quarter_of_the_epochs():
    def rates(epochs, **settings):
        training = Training(epochs=epochs, optimizer=SGD(0.01), compile="reference", **settings)
        return Flow("affine", depth=1, hidden=(2,), training=training).fit(rows(40)).history.learning_rate

    rising = np.array([0.0, 0.5])  # linearly from 0, and then half a cosine
    falling = (1 + np.cos(np.pi * np.arange(6) / 6)) / 2
    np.testing.assert_allclose(rates(8), 0.01 * np.concatenate([rising, falling]))
    np.testing.assert_allclose(rates(3), 0.01 * np.array([1.0, 0.75, 0.25]))  # too few to rise in
    np.testing.assert_allclose(rates(8, schedule=Constant()), 0.01)


def test_other_rows_are_fitted_by_the_same_machine_code(monkeypatch, tmp_path):
    monkeypatch.setenv("CHAINRULE_CACHE_DIR", str(tmp_path))
    training = Training(epochs=1, batch_size=90, compile="native")
    compiled = set()
    for X in (rows(seed=1), 100 * rows(seed=2) + 5):
        Flow("affine", depth=1, hidden=(2,), training=training).fit(X)
        compiled = compiled or set(tmp_path.iterdir())
        assert compiled == set(tmp_path.iterdir())


def test_early_stopping_ends_training():
    X = rows(60, d=3)
    flow = Flow("affine", depth=2, hidden=(32,), training=Training(epochs=400, patience=5)).fit(X)
    assert flow.history.stopped_by == "early_stopping"
    assert len(flow.history) < 400
