"""Flows are densities: they integrate to one, and where the answer is known they give it."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

import chainrule as cr
from chainrule.latent import Flow, Training
from chainrule.latent.flows import Affine, Conditioner, Coupling, LULinear, Spline
from chainrule.latent.flows.state import change_of_variables


def total(flow, *axes):
    """The integral of a flow's density over a grid, by the midpoint rule."""
    middles = [(axis[1:] + axis[:-1]) / 2 for axis in axes]
    points = np.stack(np.meshgrid(*middles, indexing="ij"), axis=-1).reshape(-1, len(axes))
    cell = np.prod([axis[1] - axis[0] for axis in axes])
    return np.exp(flow.log_likelihood(points)).sum() * cell


def test_the_change_of_variables_is_normal_where_nothing_changes():
    z = np.random.default_rng(0).standard_normal((20, 3))
    expected = multivariate_normal(np.zeros(3), np.eye(3)).logpdf(z)
    np.testing.assert_allclose(change_of_variables(z, np.zeros(20)), expected, rtol=1e-14)


@pytest.mark.parametrize("d", [1, 2, 5])
def test_a_linear_flow_is_a_gaussian(d):
    """z = A (x - shift)/scale makes x normal with covariance B Bᵀ, B = diag(scale) A⁻¹."""
    rng = np.random.default_rng(d)
    L, U = (0.4 * rng.standard_normal((d, d)) for _ in "LU")
    s, shift, scale = rng.standard_normal(d), rng.standard_normal(d), np.exp(rng.standard_normal(d))
    flow = Flow.from_parameters([LULinear()], [{"L": L, "U": U, "s": s}], shift=shift, scale=scale)
    A = (np.tril(L, -1) + np.eye(d)) @ (np.triu(U, 1) + np.diag(np.exp(s)))
    B = scale[:, None] * np.linalg.inv(A)
    X = shift + rng.standard_normal((30, d)) @ B.T
    expected = multivariate_normal(shift, B @ B.T).logpdf(X)
    np.testing.assert_allclose(flow.log_likelihood(X), expected, rtol=1e-10)
    sample = flow.sample(20_000, seed=1)
    np.testing.assert_allclose(np.cov(sample.T, ddof=0), B @ B.T, atol=0.05 * np.abs(B @ B.T).max())


@pytest.mark.parametrize("transform", ["affine", "spline"])
def test_it_integrates_to_one_in_one_dimension(transform):
    X = np.concatenate([np.random.default_rng(0).normal(-2, 0.3, 300), np.full(100, 1.0)])[:, None]
    X[300:, 0] += np.random.default_rng(1).normal(0, 1.0, 100)
    flow = Flow(transform, training=Training(epochs=30)).fit(X)
    assert total(flow, np.linspace(-30, 30, 60_001)) == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("structure", ["coupling", "autoregressive"])
@pytest.mark.parametrize("transform", [Affine(), Spline()])
def test_it_integrates_to_one_in_two_dimensions(structure, transform):
    rng = np.random.default_rng(3)
    x = rng.standard_normal(500)
    X = np.stack([x, x**2 + 0.3 * rng.standard_normal(500)], axis=1)
    flow = Flow(
        transform, structure=structure, depth=2, hidden=(16,), training=Training(epochs=15, batch_size=64)
    ).fit(X)
    axes = np.linspace(-8, 8, 401), np.linspace(-15, 30, 801)
    assert total(flow, *axes) == pytest.approx(1.0, abs=1e-3)


def test_a_conditional_flow_integrates_to_one_for_every_condition():
    rng = np.random.default_rng(4)
    c = rng.uniform(-1, 1, 800)
    X = np.stack([3 * c + (0.2 + 0.1 * c) * rng.standard_normal(800), c], axis=1)
    flow = Flow(given=[1], depth=2, hidden=(16,), training=Training(epochs=25, batch_size=64)).fit(X)
    x = np.linspace(-15, 15, 20_001)
    for condition in (-0.9, 0.0, 0.7):
        rows = np.stack([x, np.full_like(x, condition)], axis=1)
        density = np.exp(flow.log_likelihood(rows))
        assert density.sum() * (x[1] - x[0]) == pytest.approx(1.0, abs=1e-3)
        mean = (x * density).sum() * (x[1] - x[0])
        assert mean == pytest.approx(3 * condition, abs=0.15)
    sample = flow.sample(2000, seed=0, given={1: 0.7})
    assert (sample[:, 1] == 0.7).all()
    assert sample[:, 0].mean() == pytest.approx(2.1, abs=0.1)
    assert sample[:, 0].std() == pytest.approx(0.27, abs=0.08)


def test_the_determinant_after_training_is_that_of_the_jacobian(trained):
    flow, X = trained
    far = X.mean(axis=0) + 50 * (X[:10] - X.mean(axis=0))
    X = np.concatenate([X, far])
    z, log_det = flow.apply(flow.parameters, X)
    jacobian = cr.jacobian(lambda x: flow.apply(flow.parameters, x[None])[0][0])
    expected = [np.linalg.slogdet(jacobian(x).matrix())[1] for x in X]
    np.testing.assert_allclose(log_det, expected, rtol=0, atol=1e-10)
    normal = norm.logpdf(z).sum(axis=1)
    np.testing.assert_allclose(flow.log_likelihood(X), normal + expected, rtol=1e-12, atol=1e-10)


def test_latent_rows_and_rows_are_each_others_images(trained):
    flow, X = trained
    np.testing.assert_allclose(flow.decode(flow.encode(X)), X, rtol=1e-9, atol=1e-9)
    z = np.random.default_rng(0).standard_normal((50, 3)) * np.array([1.0, 3.0, 10.0])
    np.testing.assert_allclose(flow.encode(flow.decode(z)), z, rtol=1e-9, atol=1e-9)


def test_the_density_can_be_differentiated(trained):
    flow, X = trained
    parameters = flow.parameters
    gradient = cr.grad(lambda p: np.mean(flow.log_density(p, X)))(parameters)
    name = next(iter(parameters[0]))
    moved = [dict(own) for own in parameters]
    step = np.zeros_like(moved[0][name])
    step[0] = 1e-6
    moved[0][name] = parameters[0][name] + step
    after = flow.log_density(moved, X).mean()
    moved[0][name] = parameters[0][name] - step
    before = flow.log_density(moved, X).mean()
    assert gradient[0][name][0] == pytest.approx((after - before) / 2e-6, rel=1e-5)


def test_layers_of_ones_own_choice(shaken):
    layers = [Coupling(Affine(), Conditioner((4,))), LULinear()]
    X = np.random.default_rng(0).standard_normal((50, 2)) @ np.array([[2.0, 1.0], [0.0, 0.5]])
    flow = Flow(layers=layers, training=Training(epochs=3)).fit(X)
    assert flow.layers == tuple(layers)
    assert np.isfinite(flow.score(X))
