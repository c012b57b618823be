"""The bound's terms, each against an integral, and the bound against a likelihood that is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

import chainrule as cr
from chainrule.latent import PPCA, VAE, Training
from chainrule.latent.scaling import Scaling
from chainrule.latent.vae import gaussian_kl
from chainrule.latent.vae.elbo import Bound
from chainrule.latent.vae.layout import Layout
from chainrule.latent.vae.state import VAEState
from chainrule.nn import Network


@settings(max_examples=25)
@given(mean=st.floats(-3, 3), log_std=st.floats(-2, 1.5))
def test_the_divergence_is_its_integral(mean, log_std):
    q, p = norm(mean, np.exp(log_std)), norm(0, 1)
    low, high = mean - 12 * np.exp(log_std), mean + 12 * np.exp(log_std)
    expected = quad(lambda h: q.pdf(h) * (q.logpdf(h) - p.logpdf(h)), low, high, epsabs=1e-12)[0]
    assert gaussian_kl(np.array(mean), np.array(log_std)) == pytest.approx(expected, abs=1e-8)


def test_the_divergence_from_itself_is_zero():
    assert gaussian_kl(np.zeros(3), np.zeros(3)).tolist() == [0.0, 0.0, 0.0]


def linear_vae(W, b, sigma2):
    """The VAE that is a PPCA of orthogonal columns: its encoder gives the exact posterior."""
    m, k = W.shape
    M = W.T @ W + sigma2 * np.eye(k)
    gain = np.linalg.solve(M, W.T)
    log_std = 0.5 * np.log(sigma2 / np.diag(M))
    encoder = Network([m, 2 * k]).with_parameters(
        {"W1": np.concatenate([gain, np.zeros((k, m))]), "b1": np.concatenate([-gain @ b, log_std])}
    )
    decoder = Network([k, m]).with_parameters({"W1": W, "b1": b})
    layout = Layout(("gaussian",) * m, (1,) * m, Scaling.checked(np.zeros(m), np.ones(m)))
    model = VAE(k, importance_samples=3)
    bound = Bound(encoder, decoder, layout, np.zeros(m), masked=False)
    model._state = VAEState(bound, np.array([0.5 * np.log(sigma2)]))
    return model


@pytest.fixture(scope="module")
def twins():
    """A PPCA, the VAE that equals it, and rows."""
    rng = np.random.default_rng(0)
    W = np.linalg.qr(rng.standard_normal((5, 2)))[0] * np.array([2.0, 0.7])
    ppca = PPCA.from_parameters(W, rng.standard_normal(5), 0.3)
    return ppca, linear_vae(ppca.W, ppca.b, ppca.sigma2), ppca.sample(40, seed=1)


def test_every_importance_weight_is_the_likelihood_where_q_is_the_posterior(twins):
    ppca, vae, X = twins
    np.testing.assert_allclose(vae.log_likelihood(X), ppca.log_likelihood(X), rtol=1e-12)
    np.testing.assert_allclose(
        vae.importance_log_likelihood(X, samples=1), ppca.log_likelihood(X), rtol=1e-12
    )


def test_the_bound_is_then_tight_in_the_mean(twins):
    ppca, vae, X = twins
    assert vae.elbo(X, samples=2000).mean() == pytest.approx(ppca.score(X), abs=0.02)


def test_the_posterior_is_that_of_ppca(twins):
    ppca, vae, X = twins
    ours, expected = vae.encode(X), ppca.encode(X)
    np.testing.assert_allclose(ours.mean, expected.mean, atol=1e-12)
    np.testing.assert_allclose(ours.covariance, np.broadcast_to(expected.covariance, (40, 2, 2)), atol=1e-12)
    np.testing.assert_allclose(vae.decode(ours), ppca.decode(expected.mean), atol=1e-12)


def test_the_bound_is_below_the_likelihood_where_q_is_wrong(twins):
    ppca, vae, X = twins
    other = vae.encoder.parameters
    wrong = vae.encoder.with_parameters(other | {"b1": other["b1"] + 0.4})
    bound = vae.state.bound
    worse = VAE(2, importance_samples=20_000)
    worse._state = VAEState(
        Bound(wrong, bound.decoder, bound.layout, bound.centre, False), vae.state.log_sigma
    )
    elbo, few, many = (
        worse.elbo(X, samples=500).mean(),
        worse.importance_log_likelihood(X, samples=5).mean(),
        worse.score(X),
    )
    assert elbo < few < many
    assert many == pytest.approx(ppca.score(X), abs=0.01)
    # KL(q ‖ posterior) of two Gaussians is what the bound lacks.
    s = np.exp(2 * 0.4)
    variance = np.diag(ppca.encode(X[:1]).covariance)
    lacking = 0.5 * np.sum(s + 0.4**2 / variance - 1 - np.log(s))
    assert ppca.score(X) - elbo == pytest.approx(lacking, abs=0.1)


def test_beta_weight_and_free_bits(twins):
    _, vae, X = twins
    bound, parameters = vae.state.bound, vae.state.parameters
    noise, ones = np.random.default_rng(0).standard_normal((40, 2)), np.ones(40)
    elbo = bound.elbo(parameters, X, noise).mean()
    divergence = gaussian_kl(*bound.encode(parameters, X, None)).mean(axis=0)
    assert bound.loss(parameters, X, noise, ones) == pytest.approx(-elbo)
    heavier = bound.loss(parameters, X, noise, 3.0 * ones)
    assert heavier == pytest.approx(-elbo + 2.0 * divergence.sum())
    floor = divergence.max() + 0.5
    freed = bound.loss(parameters, X, noise, ones, free_bits=floor)
    assert freed == pytest.approx(-elbo - divergence.sum() + 2 * floor)
    between = divergence.mean()
    freed = bound.loss(parameters, X, noise, ones, free_bits=between)
    assert freed == pytest.approx(-elbo + np.maximum(divergence, between).sum() - divergence.sum())


def test_the_gradient_is_that_of_finite_differences(twins):
    _, vae, X = twins
    noise, ones = np.random.default_rng(1).standard_normal((40, 2)), np.ones(40)
    bound, parameters = vae.state.bound, vae.state.parameters
    value, gradient = cr.value_and_grad(lambda p: bound.loss(p, X, noise, ones))(parameters)
    assert value == pytest.approx(bound.loss(parameters, X, noise, ones))
    for network, name, place in (
        ("encoder", "W1", (3, 1)),
        ("decoder", "W1", (2, 0)),
        ("encoder", "b1", (1,)),
    ):
        ends = []
        for step in (1e-6, -1e-6):
            moved = {**parameters, network: dict(parameters[network])}
            moved[network][name] = moved[network][name].copy()
            moved[network][name][place] += step
            ends.append(bound.loss(moved, X, noise, ones))
        assert gradient[network][name][place] == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-6, abs=1e-8)


@pytest.mark.slow
def test_a_linear_vae_reaches_the_maximum_likelihood_of_ppca():
    rng = np.random.default_rng(3)
    W = rng.standard_normal((6, 2)) * np.array([3.0, 1.0])
    X = rng.standard_normal((400, 2)) @ W.T + 0.5 * rng.standard_normal((400, 6)) + 7.0
    training = Training(validation=0, optimizer=cr.train.Adam(0.01))
    vae = VAE(2, hidden=(), noise="scalar", training=training).fit(X)
    ppca = PPCA(2).fit(X)
    assert abs(vae.score(X) - ppca.score(X)) < 0.01
    assert vae.sigma[0] == pytest.approx(np.sqrt(ppca.sigma2), rel=0.02)
    assert vae.active_units(X) == 2
