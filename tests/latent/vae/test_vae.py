"""The model: what it gives back, what it refuses, and how it fares on tables of known origin."""

import numpy as np
import pytest

from chainrule.errors import ArgumentError, DataError, NonFiniteError, ShapeError
from chainrule.latent import PPCA, VAE, Training
from chainrule.train import SGD, Adam

QUICK = Training(epochs=2, batch_size=32)
SMALL = {"hidden": (6,), "importance_samples": 20, "training": QUICK}
MIXED = ["gaussian", "bernoulli", "categorical"]


def curved(n, rng):
    """Points near a piece of a parabola."""
    t = rng.uniform(-1.5, 1.5, n)
    return np.column_stack([t, t**2, -t]) + 0.1 * rng.standard_normal((n, 3))


def mixed(n, rng):
    """A number, a flag and a code that all follow one hidden variable."""
    h = rng.standard_normal(n)
    return np.column_stack([h + 0.1 * rng.standard_normal(n), h > 0, np.digitize(h, [-0.5, 0.5])])


@pytest.fixture(scope="module")
def mixed_model():
    rng = np.random.default_rng(0)
    training = Training(epochs=60, batch_size=32)
    model = VAE(1, decoder=MIXED, hidden=(16,), input_dropout=0.3, importance_samples=500, training=training)
    return model.fit(mixed(600, rng)), mixed(300, rng)


@pytest.mark.parametrize("decoder", ["gaussian", "bernoulli", "categorical"])
@pytest.mark.parametrize("m", [1, 3])
def test_every_decoder(decoder, m):
    X = (np.random.default_rng(0).random((60, m)) < 0.4).astype(float)
    vae = VAE(2, decoder=decoder, **SMALL).fit(X)
    assert vae.log_likelihood(X).shape == (60,)
    assert vae.encode(X).mean.shape == (60, 2)
    assert vae.decode(vae.encode(X)).shape == vae.sample(60).shape == (60, m)
    assert 0 <= vae.active_units(X) <= 2
    if decoder != "gaussian":
        assert set(np.unique(vae.sample(50))) <= {0.0, 1.0}


def test_a_curve_is_learnt_that_ppca_cannot():
    rng = np.random.default_rng(1)
    X, fresh = curved(1000, rng), curved(500, rng)
    training = Training(epochs=100, batch_size=64, optimizer=Adam(0.01))
    vae = VAE(1, hidden=(32,), importance_samples=500, training=training).fit(X)
    assert vae.score(fresh) > PPCA(1).fit(X).score(fresh) + 0.5
    assert (vae.sigma < 0.7 * X.std(axis=0)).all()
    assert vae.active_units(X) == 1
    sample = vae.sample(2000, seed=0)
    assert np.abs(sample[:, 1] - sample[:, 0] ** 2).mean() < 0.5
    assert vae.history.validation_loss.min() < vae.history.validation_loss[0]


def test_mixed_columns_follow_each_other(mixed_model):
    vae, X = mixed_model
    independent = np.log(2.0) + 0.5 * np.log(2 * np.pi * np.e * X[:, 0].var()) + np.log(3.0)
    assert -vae.score(X) < independent - 1.0
    sample = vae.sample(500, seed=1)
    assert set(np.unique(sample[:, 1])) == {0.0, 1.0}
    assert set(np.unique(sample[:, 2])) == {0.0, 1.0, 2.0}
    assert np.corrcoef(sample[:, 0], sample[:, 2])[0, 1] > 0.7


def test_probabilities_of_a_discrete_column_sum_to_one(mixed_model):
    """Over the flag and the code, and over a grid of the number: the density is normalised."""
    vae, _ = mixed_model
    grid = np.linspace(-8, 8, 321)
    total = 0.0
    for flag in (0, 1):
        for code in (0, 1, 2):
            rows = np.column_stack([grid, np.full(321, flag), np.full(321, code)])
            total += np.exp(vae.log_likelihood(rows)).sum() * (grid[1] - grid[0])
    assert total == pytest.approx(1.0, abs=0.03)


def test_missing_values_are_summed_out(mixed_model):
    vae, _ = mixed_model
    rows = np.array([[0.4, np.nan, 1.0]])
    both = np.array([[0.4, 0.0, 1.0], [0.4, 1.0, 1.0]])
    joint = np.logaddexp(*vae.importance_log_likelihood(both, samples=20_000))
    assert vae.importance_log_likelihood(rows, samples=20_000)[0] == pytest.approx(joint, abs=0.02)
    assert vae.log_likelihood(np.full((1, 3), np.nan)).tolist() == [0.0]


def test_missing_values_are_predicted_from_the_others(mixed_model):
    vae, X = mixed_model
    hidden = X.copy()
    hidden[:, 1] = np.nan
    filled, std = vae.impute(hidden, return_std=True)
    assert np.array_equal(filled[:, [0, 2]], X[:, [0, 2]])
    assert (std[:, [0, 2]] == 0).all()
    assert np.mean((filled[:, 1] > 0.5) == X[:, 1]) > 0.9
    hidden = X.copy()
    hidden[:, 2] = np.nan
    assert np.mean(vae.impute(hidden)[:, 2] == X[:, 2]) > 0.85
    hidden = X.copy()
    hidden[:, 0] = np.nan
    draws = vae.impute(hidden, draws=50, seed=0)
    filled, std = vae.impute(hidden, return_std=True)
    assert np.abs(draws[..., 0].mean(axis=0) - filled[:, 0]).mean() < 0.2
    covered = np.abs(X[:, 0] - filled[:, 0]) < 2 * std[:, 0]
    assert 0.88 < covered.mean() <= 1.0
    assert vae.sample(4, given={1: 1.0})[:, 1].tolist() == [1.0] * 4


def test_it_is_fitted_to_incomplete_rows():
    rng = np.random.default_rng(2)
    complete = curved(800, rng)
    X = np.where(rng.random(complete.shape) < 0.25, np.nan, complete)
    vae = VAE(1, hidden=(16,), importance_samples=200, training=Training(epochs=80, batch_size=64)).fit(X)
    assert vae.encoder.sizes[0] == 6  # told where values are missing
    error = np.abs(vae.impute(X) - complete)[np.isnan(X)].mean()
    assert error < 0.6 * np.abs(complete.mean(axis=0) - complete).mean()


def test_fewer_units_are_active_where_they_cost_more():
    rng = np.random.default_rng(3)
    X = rng.standard_normal((300, 2)) @ rng.standard_normal((2, 6)) + 0.3 * rng.standard_normal((300, 6))
    training = Training(epochs=80, batch_size=32, optimizer=Adam(0.02))
    free, usual, dear = (
        VAE(4, hidden=(), noise="scalar", training=training, **settings).fit(X).active_units(X)
        for settings in ({"free_bits": 2.0}, {}, {"beta": 50.0})
    )
    assert free == usual == 4
    assert dear < 3


def test_the_same_seed_gives_the_same_bits():
    X = curved(80, np.random.default_rng(0))
    first, second, other = (
        VAE(1, hidden=(4,), importance_samples=5, training=Training(epochs=2, seed=seed)).fit(X)
        for seed in (1, 1, 2)
    )
    assert np.array_equal(first.log_likelihood(X), second.log_likelihood(X))
    assert not np.array_equal(first.log_likelihood(X), other.log_likelihood(X))


@pytest.mark.parametrize("settings", [{}, {"input_dropout": 0.3}, {"free_bits": 0.1}])
def test_machine_code_learns_the_same(settings):
    X = curved(100, np.random.default_rng(0))
    X[3, 1] = np.nan
    native, reference = (
        VAE(2, hidden=(5,), training=Training(epochs=3, batch_size=32, compile=compile), **settings).fit(X)
        for compile in ("native", "reference")
    )
    np.testing.assert_allclose(native.history.loss, reference.history.loss, rtol=1e-9)
    np.testing.assert_allclose(native.sigma, reference.sigma, rtol=1e-9)


def test_it_comes_back_from_disk(tmp_path):
    X = mixed(60, np.random.default_rng(0))
    X[4, 0] = np.nan
    vae = VAE(2, decoder=MIXED, **SMALL).fit(X)
    vae.save(tmp_path / "vae")
    again = VAE.load(tmp_path / "vae")
    assert np.array_equal(again.log_likelihood(X), vae.log_likelihood(X))
    assert np.array_equal(again.sample(5), vae.sample(5))
    assert again.n_latent == 2


def test_no_rows_give_no_values():
    vae = VAE(1, **SMALL).fit(curved(40, np.random.default_rng(0)))
    assert vae.log_likelihood(np.zeros((0, 3))).shape == (0,)
    assert vae.encode(np.zeros((0, 3))).mean.shape == (0, 1)
    assert vae.sample(0).shape == (0, 3)
    assert vae.impute(np.zeros((0, 3))).shape == (0, 3)


@pytest.mark.parametrize(
    "settings",
    [
        {"n_latent": 0},
        {"decoder": "poisson"},
        {"decoder": ["gaussian", "poisson"]},
        {"hidden": (0,)},
        {"hidden": (2.5,)},
        {"activation": "none"},
        {"noise": "row"},
        {"beta": -1.0},
        {"beta": np.nan},
        {"warm_up": 1.5},
        {"free_bits": np.inf},
        {"input_dropout": 1.0},
        {"importance_samples": 0},
        {"importance_samples": 10**9},
    ],
)
def test_settings_that_make_no_sense_are_refused(settings):
    with pytest.raises(ArgumentError):
        VAE(**{"n_latent": 1, **settings})


def test_rows_that_do_not_fit_are_refused():
    X = curved(40, np.random.default_rng(0))
    with pytest.raises(DataError, match="column 2 is constant"):
        VAE(1, **SMALL).fit(X * np.array([1.0, 1.0, 0.0]))
    with pytest.raises(ArgumentError, match="decoder names 2 columns"):
        VAE(1, decoder=["gaussian"] * 2, **SMALL).fit(X)
    with pytest.raises(DataError, match="Bernoulli column 0"):
        VAE(1, decoder="bernoulli", **SMALL).fit(X)
    with pytest.raises(DataError, match="column 0 is constant"):
        VAE(1, noise="scalar", **SMALL).fit(X[:1])
    with pytest.raises(ShapeError, match="X has 2 columns"):
        VAE(1, **SMALL).fit(X).log_likelihood(X[:, :2])
    with pytest.raises(ShapeError, match="h has 2 columns"):
        VAE(1, **SMALL).fit(X).decode(X[:, :2])


def test_a_learning_rate_that_is_too_large_is_explained():
    X = curved(100, np.random.default_rng(0))
    with pytest.raises(NonFiniteError, match="became"):
        VAE(1, hidden=(4,), training=Training(epochs=50, optimizer=SGD(1e6))).fit(X)
