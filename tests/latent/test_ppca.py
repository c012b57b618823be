"""PPCA is the maximum-likelihood answer: its closed form, the lecture's two steps, and Bayes' rule."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import multivariate_normal

from chainrule.errors import ArgumentError, DataError, ShapeError
from chainrule.latent import PPCA, Gaussian, ppca_log_likelihood

SEEDS = st.integers(0, 2**32 - 1)


def latent_rows(n=80, m=5, k=2, noise=0.3, seed=0):
    rng = np.random.default_rng(seed)
    W, b = rng.standard_normal((m, k)), rng.standard_normal(m)
    return rng.standard_normal((n, k)) @ W.T + b + noise * rng.standard_normal((n, m))


@given(n=st.integers(3, 12), m=st.integers(2, 9), data=st.data(), seed=SEEDS)
def test_closed_form(n, m, data, seed):
    """σ² is the mean discarded eigenvalue, and the model keeps the leading ones with their vectors."""
    k = data.draw(st.integers(0, min(m - 1, n - 2)))
    X = np.random.default_rng(seed).standard_normal((n, m))
    model = PPCA(k).fit(X)
    values, vectors = np.linalg.eigh(np.cov(X.T, bias=True))
    values, vectors = np.maximum(values[::-1], 0.0), vectors[:, ::-1]
    np.testing.assert_allclose(model.b, X.mean(axis=0), atol=1e-14)
    np.testing.assert_allclose(model.eigenvalues, values, atol=1e-13)
    assert model.sigma2 == pytest.approx(values[k:].mean(), rel=1e-11)
    expected = (vectors[:, :k] * (values[:k] - values[k:].mean())) @ vectors[:, :k].T
    np.testing.assert_allclose(model.W @ model.W.T, expected, atol=1e-11)
    np.testing.assert_allclose(
        np.linalg.eigvalsh(model.covariance)[::-1],
        np.concatenate([values[:k], np.full(m - k, model.sigma2)]),
        atol=1e-12,
    )


def test_columns_of_W_are_orthogonal_and_canonically_signed():
    W = PPCA(3).fit(latent_rows(m=6, k=3)).W
    gram = W.T @ W
    np.testing.assert_allclose(gram, np.diag(np.diag(gram)), atol=1e-12)
    assert (np.diff(np.diag(gram)) < 0).all()
    assert (W[np.abs(W).argmax(axis=0), np.arange(3)] > 0).all()


def test_log_likelihood_equals_scipy():
    X = latent_rows()
    model = PPCA(2).fit(X)
    expected = multivariate_normal(model.mean, model.covariance).logpdf(X)
    np.testing.assert_allclose(model.log_likelihood(X), expected, rtol=1e-10)
    assert model.score(X) == pytest.approx(expected.mean(), rel=1e-12)


def test_score_of_the_fit_is_the_profile_likelihood():
    """Tipping and Bishop, equation 7 at the maximum: only eigenvalues are left."""
    X = latent_rows()
    values = np.linalg.eigvalsh(np.cov(X.T, bias=True))[::-1]
    sigma2 = values[2:].mean()
    expected = -0.5 * (5 * np.log(2 * np.pi) + np.log(values[:2]).sum() + 3 * np.log(sigma2) + 5)
    assert PPCA(2).fit(X).score(X) == pytest.approx(expected, rel=1e-12)


def test_direct_numerical_maximisation_finds_nothing_better():
    X = latent_rows(n=30, m=3, k=1)

    def negative_score(theta):
        W, b, sigma2 = theta[:3, None], theta[3:6], np.exp(theta[6])
        return -multivariate_normal(b, W @ W.T + sigma2 * np.eye(3)).logpdf(X).mean()

    model = PPCA(1).fit(X)
    starts = np.random.default_rng(0).standard_normal((4, 7))
    best = min(
        (minimize(negative_score, start, method="BFGS") for start in starts), key=lambda found: found.fun
    )
    assert model.score(X) == pytest.approx(-best.fun, abs=1e-8)
    assert np.exp(best.x[6]) == pytest.approx(model.sigma2, rel=1e-3)
    np.testing.assert_allclose(np.abs(best.x[:3]), np.abs(model.W[:, 0]), atol=1e-3)


def test_gradient_vanishes_at_the_fit():
    """Central differences of the total log-likelihood, in every entry of W, b and σ²."""
    X = latent_rows(n=40, m=4)
    model = PPCA(2).fit(X)
    point = np.concatenate([model.W.ravel(), model.b, [model.sigma2]])

    def score(theta):
        return ppca_log_likelihood(X, theta[:8].reshape(4, 2), theta[8:12], theta[12]).mean()

    def slopes(theta, step=1e-5):
        return np.array([score(theta + e) - score(theta - e) for e in step * np.eye(13)]) / (2 * step)

    assert np.abs(slopes(point)).max() < 1e-6
    assert np.abs(slopes(point * 1.1)).min() > 1e-4


def test_all_components_but_one_give_the_full_gaussian():
    X = latent_rows()
    np.testing.assert_allclose(PPCA(4).fit(X).covariance, Gaussian().fit(X).covariance, rtol=1e-10)


def test_no_components_give_the_isotropic_gaussian():
    X = latent_rows()
    model = PPCA(0).fit(X)
    assert model.sigma2 == pytest.approx(X.var(axis=0).mean(), rel=1e-13)
    expected = multivariate_normal(X.mean(axis=0), model.sigma2).logpdf(X)
    np.testing.assert_allclose(model.log_likelihood(X), expected, rtol=1e-12)
    posterior = model.encode(X)
    assert (posterior.mean.shape, posterior.covariance.shape) == ((80, 0), (0, 0))
    np.testing.assert_array_equal(model.decode(posterior.mean), np.tile(model.b, (80, 1)))


@given(m=st.integers(1, 6), data=st.data(), sigma2=st.floats(1e-2, 1e2), seed=SEEDS)
def test_encode_is_gaussian_conditioning(m, data, sigma2, seed):
    """p(h | x) from the joint covariance [[I, Wᵀ], [W, W Wᵀ + σ² I]] by Schur's complement."""
    k = data.draw(st.integers(0, m))
    rng = np.random.default_rng(seed)
    W, b, X = rng.standard_normal((m, k)), rng.standard_normal(m), rng.standard_normal((4, m))
    gain = W.T @ np.linalg.inv(W @ W.T + sigma2 * np.eye(m))
    mean, covariance = PPCA.from_parameters(W, b, sigma2).encode(X)
    np.testing.assert_allclose(mean, (X - b) @ gain.T, atol=1e-10)
    np.testing.assert_allclose(covariance, np.eye(k) - gain @ W, atol=1e-10)


def test_decode_is_the_affine_map():
    model = PPCA.from_parameters([[1.0, 0.0], [2.0, 1.0], [0.0, -1.0]], [1.0, 2.0, 3.0], 0.5)
    assert model.decode([[1.0, 1.0], [0.0, 0.0]]).tolist() == [[2.0, 5.0, 2.0], [1.0, 2.0, 3.0]]
    with pytest.raises(ShapeError, match="h has 3 columns"):
        model.decode(np.zeros((2, 3)))


def test_sampling_is_the_two_steps_of_the_lecture():
    W, b, sigma2 = np.array([[2.0, 0.0], [1.0, 1.0], [0.0, -1.0]]), np.array([10.0, 0.0, -5.0]), 0.25
    x, h = PPCA.from_parameters(W, b, sigma2).sample(200_000, seed=11, return_latent=True)
    np.testing.assert_allclose(h.mean(axis=0), 0.0, atol=0.015)
    np.testing.assert_allclose(np.cov(h.T), np.eye(2), atol=0.015)
    noise = x - (h @ W.T + b)
    np.testing.assert_allclose(noise.mean(axis=0), 0.0, atol=0.01)
    np.testing.assert_allclose(np.cov(noise.T), sigma2 * np.eye(3), atol=0.005)
    np.testing.assert_allclose(h.T @ noise / len(x), 0.0, atol=0.01)
    np.testing.assert_allclose(np.cov(x.T), W @ W.T + sigma2 * np.eye(3), atol=0.06)


def test_samples_follow_the_seed():
    model = PPCA(2).fit(latent_rows())
    x, h = model.sample(3, seed=4, return_latent=True)
    assert np.array_equal(model.sample(3, seed=np.random.default_rng(4)), x)
    assert not np.array_equal(model.sample(3, seed=5), x)
    assert (x.shape, h.shape, model.sample(0, seed=4).shape) == ((3, 5), (3, 2), (0, 5))


def test_refitting_a_large_sample_recovers_the_model():
    true = PPCA.from_parameters([[3.0, 0.0], [0.0, 2.0], [1.0, 1.0], [0.0, 0.5]], [1.0, 2.0, 3.0, 4.0], 0.1)
    found = PPCA(2).fit(true.sample(50_000, seed=2))
    assert found.sigma2 == pytest.approx(0.1, rel=0.03)
    np.testing.assert_allclose(found.covariance, true.covariance, atol=0.25)
    np.testing.assert_allclose(found.b, true.b, atol=0.06)


def test_given_parameters_are_checked():
    for W, b, sigma2, error, message in [
        ([[1.0]], [0.0], -0.1, ArgumentError, "sigma2=-0.1"),
        ([[1.0, 2.0]], [0.0], 0.1, ShapeError, r"W has shape \(1, 2\)"),
        ([[1.0], [2.0]], [0.0], 0.1, ShapeError, r"W has shape \(2, 1\)"),
        ([1.0], [0.0], 0.1, ShapeError, r"W has shape \(1,\)"),
        ([[1.0]], [0.0], [0.1], ShapeError, r"sigma2 has shape \(1,\)"),
        ([[np.inf]], [0.0], 0.1, DataError, r"W\[0, 0\] is inf"),
        ([[1.0]], [0.0], np.nan, DataError, r"sigma2.* is nan"),
    ]:
        with pytest.raises(error, match=message):
            PPCA.from_parameters(W, b, sigma2)


def test_fitted_parameters_cannot_be_overwritten():
    model = PPCA(1).fit(latent_rows())
    for array in (model.W, model.b, model.eigenvalues):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 7.0
    X = np.eye(2)
    given_b = np.zeros(2)
    other = PPCA.from_parameters(X, given_b, 1.0)
    given_b[0] = 9.0
    assert other.b.tolist() == [0.0, 0.0]
