"""More on latent variable models (LVMs)."""

import math

import numpy as np
import pytest

import chainrule as cr

DATA = np.array([[1.0, 2.0], [3.0, 2.0], [2.0, 4.0], [2.0, 0.0]])
CENTRED = ([2.0, 2.0], [[1.0, 0.0], [0.0, 2.0]])
ELSEWHERE = ([0.0, 0.0], [[2.0, 1.0], [1.0, 1.0]])


def density(x, mu, Sigma):
    """The slide's formula, letter by letter."""
    mu, Sigma = np.array(mu), np.array(Sigma)
    m = len(mu)
    scale = 1 / math.sqrt((2 * math.pi) ** m * np.linalg.det(Sigma))
    return scale * math.exp(-0.5 * (x - mu) @ np.linalg.inv(Sigma) @ (x - mu))


def test_principal_component_analysis_sampling_in_two_steps():
    """PPCA generates x in two steps: h from N(0, I), then x from N(Wh + b, σ²I)."""
    W, b, sigma2 = np.array([[2.0], [1.0], [-2.0]]), np.array([1.0, 0.0, 3.0]), 0.25
    x, h = cr.latent.PPCA.from_parameters(W, b, sigma2).sample(40_000, seed=1, return_latent=True)
    noise = x - (h @ W.T + b)
    np.testing.assert_allclose(h.mean(0), 0, atol=0.02)
    np.testing.assert_allclose(np.cov(h.T), 1, atol=0.03)
    np.testing.assert_allclose(noise.mean(0), 0, atol=0.01)
    np.testing.assert_allclose(np.cov(noise.T), sigma2 * np.eye(3), atol=0.01)
    np.testing.assert_allclose(noise.T @ h / len(h), 0, atol=0.01)


def test_principal_component_analysis_without_noise_x_is_the_transformed_h():
    """With σ² = 0 the second step adds nothing: x = Wh + b exactly."""
    W, b = np.array([[1.0], [2.0]]), np.array([3.0, 4.0])
    x, h = cr.latent.PPCA.from_parameters(W, b, 0.0).sample(5, seed=0, return_latent=True)
    np.testing.assert_array_equal(x, h @ W.T + b)


def test_which_gaussian_fits_these_data_better():
    """Of two candidate Gaussians, the one around the data has the larger likelihood."""
    centred, elsewhere = (
        cr.latent.Gaussian.from_parameters(*g).log_likelihood(DATA).sum() for g in (CENTRED, ELSEWHERE)
    )
    assert centred > elsewhere


@pytest.mark.parametrize("candidate", [CENTRED, ELSEWHERE])
def test_for_each_data_point_we_can_calculate_the_gaussian_likelihood(candidate):
    """exp(-½ (x-μ)ᵀ Σ⁻¹ (x-μ)) / √((2π)ᵐ det Σ)."""
    likelihood = np.exp(cr.latent.Gaussian.from_parameters(*candidate).log_likelihood(DATA))
    np.testing.assert_allclose(likelihood, [density(x, *candidate) for x in DATA], rtol=1e-14)


def test_likelihood_at_the_mean_by_hand():
    """At x = μ the exponent is 0: with Σ = diag(1, 2) the density is 1 / √((2π)² · 2)."""
    (value,) = cr.latent.Gaussian.from_parameters(*CENTRED).log_likelihood([[2.0, 2.0]])
    assert value == pytest.approx(-math.log(2 * math.pi * math.sqrt(2)), rel=1e-15)


@pytest.mark.parametrize("candidate", [CENTRED, ELSEWHERE])
def test_the_joint_distribution_factors_as_the_product_over_all_n_points(candidate):
    """P(D | μ, Σ) = Πᵢ P(x⁽ⁱ⁾ | μ, Σ), so the log-likelihoods add."""
    joint = cr.latent.Gaussian.from_parameters(*candidate).log_likelihood(DATA).sum()
    assert math.exp(joint) == pytest.approx(math.prod(density(x, *candidate) for x in DATA), rel=1e-13)


def log_likelihood(mu, Sigma):
    """log P(D | μ, Σ) as a plain NumPy function of the parameters, with Σ⁻¹ and det Σ of a 2 × 2 matrix."""
    d1, d2 = (DATA - mu).T
    (s11, s12), (s21, s22) = Sigma
    det = s11 * s22 - s12 * s21
    squares = np.sum(s22 * d1**2 - (s12 + s21) * d1 * d2 + s11 * d2**2) / det
    return -0.5 * (len(DATA) * np.log((2 * np.pi) ** 2 * det) + squares)


def test_we_can_use_differential_calculus_to_maximize_the_log_likelihood():
    """Both gradients vanish at the mean and covariance that maximum likelihood finds, and not elsewhere."""
    fitted = cr.latent.Gaussian().fit(DATA)
    np.testing.assert_array_equal(fitted.mean, [2, 2])
    np.testing.assert_array_equal(fitted.covariance, [[0.5, 0], [0, 2]])
    gradient = cr.grad(log_likelihood, wrt=("mu", "Sigma"))
    for part in gradient(np.array(fitted.mean), np.array(fitted.covariance)):
        np.testing.assert_allclose(part, 0, atol=1e-14)
    by_mu, _ = gradient(np.zeros(2), np.eye(2))
    np.testing.assert_array_equal(by_mu, DATA.sum(0))


def test_no_other_gaussian_fits_better_than_the_fitted_one():
    """The fitted Gaussian's likelihood is above both candidates'."""
    best = cr.latent.Gaussian().fit(DATA).log_likelihood(DATA).sum()
    for candidate in (CENTRED, ELSEWHERE):
        assert best > cr.latent.Gaussian.from_parameters(*candidate).log_likelihood(DATA).sum()


def test_with_pca_as_an_lvm_we_instead_identify_w_and_b():
    """W and b carry a 0-mean, I-covariance h to a Gaussian N(b, WWᵀ + σ²I) that fits the data.

    The data have covariance diag(½, 2): one component keeps the 2 and leaves σ² = ½.
    """
    model = cr.latent.PPCA(1).fit(DATA)
    np.testing.assert_array_equal(model.b, [2, 2])
    assert model.sigma2 == pytest.approx(0.5, rel=1e-15)
    np.testing.assert_allclose(model.W, [[0], [math.sqrt(1.5)]], rtol=1e-15, atol=1e-15)
    np.testing.assert_allclose(model.W @ model.W.T + model.sigma2 * np.eye(2), [[0.5, 0], [0, 2]], atol=1e-15)
    np.testing.assert_allclose(
        model.log_likelihood(DATA), cr.latent.Gaussian().fit(DATA).log_likelihood(DATA), rtol=1e-14
    )


def test_with_pca_this_transformation_is_linear():
    """The Jacobian of h ↦ Wh + b is W wherever it is taken."""
    W, b = np.array([[1.0, 2.0], [0.0, -1.0], [3.0, 0.5]]), np.array([1.0, 2.0, 3.0])
    for h in (np.zeros(2), np.array([5.0, -7.0])):
        np.testing.assert_array_equal(cr.jacobian(lambda h: W @ h + b)(h).matrix(), W)
