"""The log-densities equal SciPy's, integrate to one, and keep their digits where the noise is small."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from chainrule.latent import gaussian_log_likelihood, ppca_log_likelihood

SEEDS = st.integers(0, 2**32 - 1)


@given(n=st.integers(0, 5), m=st.integers(1, 6), seed=SEEDS)
def test_gaussian_equals_scipy(n, m, seed):
    rng = np.random.default_rng(seed)
    root = rng.standard_normal((m, m))
    covariance, mean, X = root @ root.T + 0.1 * np.eye(m), rng.standard_normal(m), rng.standard_normal((n, m))
    found = gaussian_log_likelihood(X, mean, covariance)
    assert found.shape == (n,)
    expected = multivariate_normal(mean, covariance).logpdf(X) if n else np.empty(0)
    np.testing.assert_allclose(found, np.reshape(expected, n), rtol=1e-9, atol=1e-9)


@given(
    n=st.integers(0, 5),
    m=st.integers(1, 7),
    k=st.integers(0, 8),
    sigma2=st.floats(1e-3, 1e3),
    seed=SEEDS,
)
def test_ppca_equals_the_gaussian_with_its_covariance(n, m, k, sigma2, seed):
    rng = np.random.default_rng(seed)
    W, b, X = rng.standard_normal((m, k)), rng.standard_normal(m), rng.standard_normal((n, m))
    found = ppca_log_likelihood(X, W, b, sigma2)
    assert found.shape == (n,)
    expected = gaussian_log_likelihood(X, b, W @ W.T + sigma2 * np.eye(m))
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def test_one_row_gives_a_scalar():
    x, mean, W = np.array([1.0, -2.0, 0.5]), np.zeros(3), np.array([[1.0], [2.0], [0.0]])
    covariance = W @ W.T + np.eye(3)
    expected = multivariate_normal(mean, covariance).logpdf(x)
    assert gaussian_log_likelihood(x, mean, covariance) == pytest.approx(expected, rel=1e-13)
    assert ppca_log_likelihood(x, W, mean, 1.0) == pytest.approx(expected, rel=1e-13)


def test_densities_integrate_to_one():
    axis = np.linspace(-12, 12, 401)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    W, b = np.array([[1.0], [-0.6]]), np.array([0.3, -0.2])
    for density in (
        gaussian_log_likelihood(grid, b, np.array([[1.0, 0.8], [0.8, 1.5]])),
        ppca_log_likelihood(grid, W, b, 0.4),
    ):
        assert np.exp(density).sum() * (axis[1] - axis[0]) ** 2 == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("sigma", [1e-2, 1e-6, 1e-10, 1e-14])
def test_small_noise_does_not_cancel(sigma):
    """Along known axes the density is a product of scalar ones, each exact whatever the noise."""
    W = np.zeros((4, 2))
    W[0, 0], W[1, 1] = 3.0, 0.5
    latent = np.array([[1.5, -0.25], [-4.0, 2.0]])
    noise = sigma * np.array([[1.0, -2.0], [0.5, 3.0]])
    X = np.hstack([latent, noise])
    variances = np.array([9.0 + sigma**2, 0.25 + sigma**2, sigma**2, sigma**2])
    expected = -0.5 * (np.log(2 * np.pi * variances) + X**2 / variances).sum(axis=1)
    found = ppca_log_likelihood(X, W, np.zeros(4), sigma**2)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_rotating_the_latent_space_changes_nothing():
    rng = np.random.default_rng(3)
    X, W, b = rng.standard_normal((6, 5)), rng.standard_normal((5, 3)), rng.standard_normal(5)
    rotation, _ = np.linalg.qr(rng.standard_normal((3, 3)))
    np.testing.assert_allclose(
        ppca_log_likelihood(X, W @ rotation, b, 0.2), ppca_log_likelihood(X, W, b, 0.2), rtol=1e-12
    )


def test_an_indefinite_covariance_is_refused():
    with pytest.raises(np.linalg.LinAlgError):
        gaussian_log_likelihood(np.zeros((1, 2)), np.zeros(2), np.array([[1.0, 2.0], [2.0, 1.0]]))
