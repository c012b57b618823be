"""The Gaussian by maximum likelihood: exact moments, a true maximum, honest about singular covariances."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import multivariate_normal

from chainrule.errors import ArgumentError, DataError, ShapeError
from chainrule.latent import Gaussian


def correlated_rows(n=60, m=3, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, m)) @ rng.standard_normal((m, m)) + rng.standard_normal(m)


def test_mean_and_covariance_have_divisor_n():
    X = correlated_rows()
    model = Gaussian().fit(X)
    np.testing.assert_allclose(model.mean, X.mean(axis=0), rtol=1e-13)
    np.testing.assert_allclose(model.covariance, np.cov(X.T, bias=True), rtol=1e-12)
    assert model.n_features == 3


def test_log_likelihood_equals_scipy():
    X = correlated_rows()
    model = Gaussian().fit(X)
    expected = multivariate_normal(X.mean(axis=0), np.cov(X.T, bias=True)).logpdf(X)
    np.testing.assert_allclose(model.log_likelihood(X), expected, rtol=1e-9)
    assert model.score(X) == pytest.approx(expected.mean(), rel=1e-12)


def test_score_of_the_fit_is_the_entropy_formula():
    """At the maximum the mean squared Mahalanobis distance is m."""
    X = correlated_rows(m=4)
    model = Gaussian().fit(X)
    expected = -0.5 * (4 * np.log(2 * np.pi) + np.linalg.slogdet(np.cov(X.T, bias=True))[1] + 4)
    assert model.score(X) == pytest.approx(expected, rel=1e-12)


def test_direct_numerical_maximisation_finds_nothing_better():
    X = correlated_rows(n=25, m=2)

    def negative_score(theta):
        L = np.array([[np.exp(theta[2]), 0.0], [theta[3], np.exp(theta[4])]])
        return -multivariate_normal(theta[:2], L @ L.T).logpdf(X).mean()

    best = minimize(negative_score, np.zeros(5), method="BFGS", options={"gtol": 1e-7})
    model = Gaussian().fit(X)
    assert model.score(X) == pytest.approx(-best.fun, abs=1e-9)
    np.testing.assert_allclose(model.mean, best.x[:2], atol=1e-5)


def test_which_of_two_candidates_fits_better():
    """The lecture's question: the candidate that the rows were drawn from is the likelier one."""
    along = Gaussian.from_parameters([0.0, 0.0], [[1.0, 0.8], [0.8, 1.0]])
    across = Gaussian.from_parameters([0.0, 0.0], [[1.0, -0.8], [-0.8, 1.0]])
    X = along.sample(20_000, seed=0)
    # log det is the same; E[xᵀ(Σ₂⁻¹ - Σ₁⁻¹)x]/2 = (tr(Σ₂⁻¹ Σ₁) - 2)/2 = 3.56 nats a row
    assert along.score(X) - across.score(X) == pytest.approx(3.56, abs=0.2)
    assert Gaussian().fit(X).score(X) > along.score(X)


def test_sampled_moments_converge():
    covariance = np.array([[4.0, 1.2, 0.0], [1.2, 1.0, -0.3], [0.0, -0.3, 0.5]])
    X = Gaussian.from_parameters([1.0, -2.0, 1e3], covariance).sample(200_000, seed=5)
    np.testing.assert_allclose(X.mean(axis=0), [1.0, -2.0, 1e3], atol=0.03)
    np.testing.assert_allclose(np.cov(X.T), covariance, atol=0.06)


def test_samples_follow_the_seed():
    model = Gaussian().fit(correlated_rows())
    assert np.array_equal(model.sample(4, seed=7), model.sample(4, seed=7))
    assert not np.array_equal(model.sample(4, seed=7), model.sample(4, seed=8))
    generator = np.random.default_rng(7)
    assert np.array_equal(model.sample(4, generator), model.sample(4, seed=7))
    assert not np.array_equal(model.sample(4, generator), model.sample(4, seed=7))
    assert model.sample(0, seed=1).shape == (0, 3)


@pytest.mark.parametrize(
    ("X", "rank"),
    [
        (np.full((5, 2), 3.7), 0),
        (np.array([[1.0, 2.0]]), 0),
        (np.array([[1.0, 5.0], [2.0, 5.0], [4.0, 5.0]]), 1),
        (np.array([[1e8, 3e8 + 1], [1e8 + 1, 3e8 + 4], [1e8 + 5, 3e8 + 16]]), 1),
    ],
    ids=["identical rows", "one row", "constant column", "dependent columns far from zero"],
)
def test_singular_covariance_samples_but_has_no_density(X, rank):
    model = Gaussian().fit(X)
    assert model.state.rank == rank
    drawn = model.sample(50, seed=0)
    assert drawn.shape == (50, 2)
    assert np.linalg.matrix_rank(drawn - model.mean, tol=1e-6) == rank
    with pytest.raises(DataError, match=f"rank {rank}|column 1 was constant"):
        model.log_likelihood(X)
    with pytest.raises(DataError, match="no density"):
        model.score(X)


def test_rank_does_not_depend_on_units():
    units = np.array([1e-9, 1.0, 1e9])
    X = correlated_rows()
    scaled = Gaussian().fit(X * units)
    assert scaled.state.rank == 3
    expected = Gaussian().fit(X).log_likelihood(X) - np.log(units).sum()
    np.testing.assert_allclose(scaled.log_likelihood(X * units), expected, rtol=1e-9)


def test_a_row_beyond_the_range_of_floats_has_no_likelihood():
    model = Gaussian.from_parameters([0.0], [[1e-40]])
    assert model.log_likelihood([[1e139]]).tolist() == [-np.inf]


@pytest.mark.parametrize(
    ("mean", "covariance", "error", "message"),
    [
        ([0.0, 0.0], [[1.0, 0.5], [0.4, 1.0]], ArgumentError, "not symmetric"),
        ([0.0, 0.0], [[1.0, 2.0], [2.0, 1.0]], ArgumentError, "not positive semi-definite"),
        ([0.0, 0.0], [[1.0, 0.0], [0.0, -1e-12]], ArgumentError, "not positive semi-definite"),
        ([0.0, 0.0, 0.0], [[1.0, 0.0], [0.0, 1.0]], ShapeError, r"covariance has shape \(2, 2\)"),
        ([[0.0]], [[1.0]], ShapeError, r"mean has shape \(1, 1\)"),
        ([0.0], [[np.nan]], DataError, r"covariance\[0, 0\] is nan"),
    ],
)
def test_wrong_parameters_are_refused(mean, covariance, error, message):
    with pytest.raises(error, match=message):
        Gaussian.from_parameters(mean, covariance)
