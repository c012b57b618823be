"""Factor analysis and mixtures: true maxima, recovered parameters, hard cases answered."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

import chainrule as cr
from chainrule.errors import ArgumentError, DataError, ShapeError
from chainrule.latent import PPCA, FactorAnalysis, Gaussian, PPCAMixture
from chainrule.latent.factor_profile import negative_profile


def factor_rows(n=500, m=8, k=2, seed=0):
    rng = np.random.default_rng(seed)
    W, noise = rng.standard_normal((m, k)), rng.uniform(0.2, 2.0, m)
    X = rng.standard_normal((n, k)) @ W.T + np.sqrt(noise) * rng.standard_normal((n, m)) + 5.0
    return X, W, noise


def two_clusters(seed=0, n=300):
    rng = np.random.default_rng(seed)
    first = rng.standard_normal((n, 1)) * [3.0, 0.0, 0.0] + 0.3 * rng.standard_normal((n, 3))
    second = rng.standard_normal((n // 2, 1)) * [0.0, 3.0, 0.0] + 0.6 * rng.standard_normal((n // 2, 3))
    return np.vstack([first, second + np.array([0.0, 0.0, 5.0])])


def test_the_density_is_that_of_its_covariance():
    X, _, _ = factor_rows()
    model = FactorAnalysis(2).fit(X)
    expected = multivariate_normal(model.mean, model.covariance).logpdf(X)
    np.testing.assert_allclose(model.log_likelihood(X), expected, rtol=1e-10)


def test_direct_maximisation_finds_nothing_better():
    X, _, _ = factor_rows(n=100, m=4, k=1, seed=2)
    model = FactorAnalysis(1).fit(X)

    def negative_score(theta):
        W, noise = theta[:4, None], np.exp(theta[4:])
        return -multivariate_normal(X.mean(axis=0), W @ W.T + np.diag(noise)).logpdf(X).mean()

    best = minimize(negative_score, np.concatenate([model.W[:, 0] * 0.9, np.log(model.noise + 0.1)]))
    assert model.score(X) == pytest.approx(-best.fun, abs=1e-6)


def test_the_profile_and_its_gradient():
    """The gradient by central differences; the value by the whole Gaussian at the best W."""
    X, _, _ = factor_rows()
    R, k = np.corrcoef(X.T), 2
    theta = np.log(np.random.default_rng(1).uniform(0.1, 0.9, 8))
    _, gradient = negative_profile(theta, R, k)
    steps = 1e-6 * np.eye(8)
    numeric = [
        (negative_profile(theta + e, R, k)[0] - negative_profile(theta - e, R, k)[0]) / 2e-6 for e in steps
    ]
    np.testing.assert_allclose(gradient, numeric, atol=1e-7)


def test_parameters_are_recovered_whatever_the_units():
    X, W, noise = factor_rows(n=20_000)
    unit = np.logspace(-6, 6, 8)
    model, scaled = FactorAnalysis(2).fit(X), FactorAnalysis(2).fit(X * unit)
    np.testing.assert_allclose(model.noise, noise, rtol=0.15)
    np.testing.assert_allclose(model.W @ model.W.T, W @ W.T, atol=0.2)
    np.testing.assert_allclose(scaled.noise / unit**2, model.noise, rtol=1e-4)
    gram = model.W.T @ (model.W / model.noise[:, None])
    assert gram[0, 1] == pytest.approx(0.0, abs=1e-8)
    assert gram[0, 0] > gram[1, 1]


def test_equal_noise_is_ppca():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((4000, 2)) @ rng.standard_normal((2, 6)) + 0.5 * rng.standard_normal((4000, 6))
    np.testing.assert_allclose(FactorAnalysis(2).fit(X).covariance, PPCA(2).fit(X).covariance, atol=0.06)
    assert FactorAnalysis(2).fit(X).score(X) >= PPCA(2).fit(X).score(X)
    assert FactorAnalysis(2).fit(X).score(X) <= Gaussian().fit(X).score(X)


def test_no_factors_are_independent_columns():
    X, _, _ = factor_rows()
    model = FactorAnalysis(0).fit(X)
    np.testing.assert_allclose(model.noise, X.var(axis=0), rtol=1e-10)
    assert model.encode(X).mean.shape == (500, 0)


def test_wide_and_degenerate_tables_have_finite_answers():
    rng = np.random.default_rng(0)
    assert np.isfinite(
        FactorAnalysis(2).fit(rng.standard_normal((5, 12))).score(rng.standard_normal((3, 12)))
    )
    X = np.column_stack([rng.standard_normal((30, 3)), np.full(30, 0.1)])
    model = FactorAnalysis(1).fit(X)
    assert (model.noise[3], model.W[3, 0], model.sample(5)[0, 3]) == (0.0, 0.0, 0.1)
    with pytest.raises(DataError, match="column 3 was constant"):
        model.score(X)
    assert FactorAnalysis(1).fit(X[:1]).sample(2).tolist() == [X[0].tolist()] * 2


def test_factor_analysis_refuses():
    with pytest.raises(ArgumentError, match="n_components=4 for 4 columns"):
        FactorAnalysis(4).fit(np.eye(4))
    with pytest.raises(ArgumentError, match="noise is not positive"):
        FactorAnalysis.from_parameters([[1.0]], [0.0], [0.0])


def test_a_mixtures_density_is_the_weighted_sum():
    X = two_clusters()
    model = PPCAMixture(2, 1).fit(X)
    each = [
        multivariate_normal(b, W @ W.T + s * np.eye(3)).logpdf(X)
        for W, b, s in zip(model.W, model.b, model.sigma2, strict=True)
    ]
    expected = logsumexp(np.stack(each, axis=1) + np.log(model.weights), axis=1)
    np.testing.assert_allclose(model.log_likelihood(X), expected, rtol=1e-10)


def test_clusters_and_their_directions_are_found():
    model = PPCAMixture(2, 1).fit(two_clusters())
    assert model.converged
    np.testing.assert_allclose(model.weights, [2 / 3, 1 / 3], atol=0.01)
    np.testing.assert_allclose(model.b, [[0, 0, 0], [0, 0, 5]], atol=0.6)
    np.testing.assert_allclose(np.sqrt(model.sigma2), [0.3, 0.6], rtol=0.1)
    np.testing.assert_allclose(np.abs(model.W[:, :, 0]), [[3, 0, 0], [0, 3, 0]], atol=0.4)


def test_one_component_is_ppca():
    X = two_clusters()
    mixture, single = PPCAMixture(1, 1).fit(X), PPCA(1).fit(X)
    assert mixture.score(X) == pytest.approx(single.score(X), abs=1e-6)
    np.testing.assert_allclose(mixture.W[0], single.W, atol=1e-2)


def test_more_components_than_clusters_do_no_harm():
    X = two_clusters(n=60)
    found = PPCAMixture(12, 1, starts=1).fit(X)
    shares = found.encode(X).responsibilities.sum(axis=0)
    assert found.size <= 12
    assert shares.min() >= 4.0 - 1e-3
    assert np.isfinite(found.score(X))
    assert PPCAMixture(5, 0).fit(X[:3]).size <= 3


def test_samples_of_a_mixture_have_its_moments():
    model = PPCAMixture(2, 1).fit(two_clusters())
    X = model.sample(100_000, 1)
    mean = model.weights @ model.b
    np.testing.assert_allclose(X.mean(axis=0), mean, atol=0.05)
    assert model.score(X) == pytest.approx(model.score(model.sample(100_000, 2)), abs=0.02)


def test_decoding_what_was_encoded():
    X = two_clusters()
    model = PPCAMixture(2, 1).fit(X)
    posterior = model.encode(X)
    assert ((model.decode(posterior) - X) ** 2).mean() < 0.25
    h = np.ones((4, 2, 1))
    expected = sum(w * (W[:, 0] + b) for w, W, b in zip(model.weights, model.W, model.b, strict=True))
    np.testing.assert_allclose(model.decode(h), np.tile(expected, (4, 1)), rtol=1e-12)
    for wrong in (np.ones((4, 2)), np.ones((4, 3, 1))):
        with pytest.raises(ShapeError, match="h has shape"):
            model.decode(wrong)
    with pytest.raises(ShapeError, match="responsibilities has shape"):
        model.decode(h, np.ones((3, 2)))


@pytest.mark.parametrize("offset", [0.0, 1e8])
def test_an_offset_moves_a_mixtures_means_and_nothing_else(offset):
    X = np.random.default_rng(0).integers(-9, 9, (80, 3)) + np.repeat([[0.0], [60.0]], 40, axis=0)
    near, far = PPCAMixture(2, 1).fit(X), PPCAMixture(2, 1).fit(X + offset)
    np.testing.assert_allclose(far.sigma2, near.sigma2, rtol=1e-6)
    np.testing.assert_allclose(far.b - offset, near.b, atol=1e-5)


def test_mixtures_refuse():
    X = two_clusters()
    for wrong in (
        lambda: PPCAMixture(0, 1),
        lambda: PPCAMixture(2, 3).fit(X),
        lambda: PPCAMixture.from_parameters([0.5, 0.6], np.ones((2, 2, 1)), np.zeros((2, 2)), [1.0, 1.0]),
        lambda: PPCAMixture.from_parameters([1.0], np.ones((1, 2, 1)), np.zeros((1, 2)), [0.0]),
    ):
        with pytest.raises(ArgumentError):
            wrong()
    with pytest.raises(DataError, match="all the same"):
        PPCAMixture(2, 1).fit(np.ones((5, 3)))


@pytest.mark.parametrize("model", [FactorAnalysis(2), PPCAMixture(2, 1)], ids=["fa", "mixture"])
def test_saved_and_loaded(model, tmp_path):
    X, _, _ = factor_rows()
    model.fit(X)
    cr.save(model, tmp_path / "model")
    again = cr.load(tmp_path / "model")
    assert repr(again) == repr(model)
    assert np.array_equal(again.log_likelihood(X), model.log_likelihood(X))
    assert np.array_equal(again.sample(5, 1), model.sample(5, 1))
