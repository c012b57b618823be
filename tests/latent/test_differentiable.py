"""The library differentiates the models' densities: gradients equal the matrix calculus, zero at the fit."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.latent import PPCA, Gaussian, gaussian_log_likelihood, ppca_log_likelihood

X = np.random.default_rng(0).standard_normal((12, 4)) @ np.diag([3.0, 2.0, 1.0, 0.5]) + 1.0


def ppca_score(W, b, sigma2):
    return np.mean(ppca_log_likelihood(X, W, b, sigma2))


def gaussian_score(mean, covariance):
    return np.mean(gaussian_log_likelihood(X, mean, covariance))


def test_ppca_gradients_equal_the_matrix_calculus():
    """With S the scatter around b, ∇_C = ½ (C⁻¹ S C⁻¹ - C⁻¹), ∇_W = 2 ∇_C W and ∂/∂σ² = tr ∇_C."""
    rng = np.random.default_rng(1)
    W, b, sigma2 = rng.standard_normal((4, 2)), rng.standard_normal(4), 0.7
    inverse = np.linalg.inv(W @ W.T + sigma2 * np.eye(4))
    S = (X - b).T @ (X - b) / len(X)
    slope = 0.5 * (inverse @ S @ inverse - inverse)
    found = cr.grad(ppca_score, wrt=("W", "b", "sigma2"))(W, b, sigma2)
    np.testing.assert_allclose(found[0], 2 * slope @ W, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(found[1], inverse @ (X - b).mean(axis=0), rtol=1e-10, atol=1e-12)
    assert found[2] == pytest.approx(np.trace(slope), rel=1e-10)


def test_gaussian_gradients_equal_the_matrix_calculus():
    mean, root = np.arange(4.0), np.random.default_rng(2).standard_normal((4, 4))
    covariance = root @ root.T + np.eye(4)
    inverse = np.linalg.inv(covariance)
    S = (X - mean).T @ (X - mean) / len(X)
    by_mean, by_covariance = cr.grad(gaussian_score, wrt=("mean", "covariance"))(mean, covariance)
    np.testing.assert_allclose(by_mean, inverse @ (X.mean(axis=0) - mean), rtol=1e-10)
    # of a symmetric matrix only the symmetric part of the gradient is determined
    expected = 0.5 * (inverse @ S @ inverse - inverse)
    np.testing.assert_allclose((by_covariance + by_covariance.T) / 2, expected, rtol=1e-9, atol=1e-12)


def test_gradients_vanish_at_the_fit():
    ppca, gaussian = PPCA(2).fit(X), Gaussian().fit(X)
    gradients = (
        *cr.grad(ppca_score, wrt=("W", "b", "sigma2"))(ppca.W, ppca.b, ppca.sigma2),
        *cr.grad(gaussian_score, wrt=("mean", "covariance"))(gaussian.mean, gaussian.covariance),
    )
    for gradient in gradients:
        np.testing.assert_allclose(gradient, 0.0, atol=1e-12)


def test_the_curvature_at_the_fit_is_that_of_a_maximum():
    """No direction goes up; only rotating the two latent directions into each other stays level."""
    model = PPCA(2).fit(X)
    eigenvalues = np.linalg.eigvalsh(cr.hessian(ppca_score, wrt="W")(model.W, model.b, model.sigma2))
    assert eigenvalues[-1] == pytest.approx(0.0, abs=1e-10)
    assert (eigenvalues[:-1] < -1e-3).all()


def test_gradient_ascent_climbs_to_the_closed_form():
    """The lecture: differential calculus maximises the likelihood; it ends where the eigenvectors are."""
    gradient = cr.grad(ppca_score, wrt=("W", "b", "sigma2"))
    W, b, sigma2 = np.eye(4)[:, :2], np.zeros(4), 1.0
    for _ in range(4000):
        by_W, by_b, by_sigma2 = gradient(W, b, sigma2)
        W, b, sigma2 = W + 0.1 * by_W, b + 0.1 * by_b, float(sigma2 + 0.05 * by_sigma2)
    model = PPCA(2).fit(X)
    np.testing.assert_allclose(W @ W.T, model.W @ model.W.T, atol=1e-4)
    np.testing.assert_allclose(b, model.b, atol=1e-4)
    assert sigma2 == pytest.approx(model.sigma2, abs=1e-4)
