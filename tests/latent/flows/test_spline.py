"""The rational-quadratic spline: monotone, smooth, the identity beyond its bound, inverted without loss."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

import chainrule as cr
from chainrule.latent.flows import Spline

SPLINE = Spline(bins=6, bound=2.0)
SEEDS = st.integers(0, 2**32 - 1)


def raw_of(seed, size=1.5):
    return size * np.random.default_rng(seed).standard_normal(SPLINE.size)


def forward(raw, x):
    x = np.atleast_1d(x)
    y, log_slope = SPLINE.forward(np.broadcast_to(raw, (len(x), 1, raw.size)), x[:, None])
    return y[:, 0], log_slope[:, 0]


def inverse(raw, y):
    y = np.atleast_1d(y)
    return SPLINE.inverse(np.broadcast_to(raw, (len(y), 1, raw.size)), y[:, None])[:, 0]


def knots(raw):
    bins = SPLINE._bins(raw[None, None])
    return bins.x[0, 0], bins.y[0, 0], bins.d[0, 0]


@settings(max_examples=30)
@given(seed=SEEDS)
def test_it_rises_and_its_slope_is_the_derivative(seed):
    raw, x = raw_of(seed), np.linspace(-2.5, 2.5, 301)
    y, log_slope = forward(raw, x)
    assert (np.diff(y) > 0).all()
    h = 1e-6
    numeric = (forward(raw, x + h)[0] - forward(raw, x - h)[0]) / (2 * h)
    # Across a knot the second derivative jumps, and the two-sided difference errs by h times that.
    np.testing.assert_allclose(np.exp(log_slope), numeric, rtol=2e-3)


@settings(max_examples=30)
@given(seed=SEEDS)
def test_knots_are_met_with_their_slopes(seed):
    raw = raw_of(seed)
    x, y, d = knots(raw)
    for side in (0.0, -1e-13, 1e-13):
        found, log_slope = forward(raw, x[1:] + side)
        np.testing.assert_allclose(found, y[1:], atol=1e-10)
        np.testing.assert_allclose(np.exp(log_slope), d[1:-1], rtol=1e-8)


@settings(max_examples=30)
@given(seed=SEEDS)
def test_the_determinant_at_knots_is_that_of_the_jacobian(seed):
    raw = raw_of(seed, size=1.0)
    places = np.concatenate([knots(raw)[0], [2.0, -2.0, 100.0, -100.0]])
    _, log_slope = forward(raw, places)
    slope = cr.jacobian(lambda x: SPLINE.forward(np.broadcast_to(raw, (1, x.size, raw.size)), x[None])[0][0])
    J = slope(places).matrix()
    np.testing.assert_allclose(np.log(np.diag(J)), log_slope, atol=1e-10)


@pytest.mark.parametrize("x", [2.0, -2.0, 2.0000001, 7.5, -1e3, 1e12, np.nextafter(2.0, 3.0)])
def test_beyond_the_bound_it_is_the_identity(x):
    y, log_slope = forward(raw_of(0), x)
    assert y[0] == pytest.approx(x, rel=1e-14)
    assert abs(log_slope[0]) < 1e-12
    assert inverse(raw_of(0), x)[0] == pytest.approx(x, rel=1e-14)


@settings(max_examples=30)
@given(seed=SEEDS, size=st.sampled_from([0.5, 3.0, 30.0]))
def test_the_inverse_solves_it(seed, size):
    """Against a root finder, and as far as the spline is steep enough for its inverse to be determined."""
    raw, y = raw_of(seed, size), np.linspace(-1.99, 1.99, 23)
    x = inverse(raw, y)
    np.testing.assert_allclose(forward(raw, x)[0], y, atol=1e-12)
    expected = brentq(lambda x: forward(raw, x)[0][0] - y[11], -2.0, 2.0, xtol=1e-14)
    assert x[11] == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("size", [1e2, 1e6, 1e300])
def test_extreme_parameters_give_finite_maps(size):
    x = np.linspace(-3.0, 3.0, 41)
    y, log_slope = forward(raw_of(1, size), x)
    assert np.isfinite(y).all()
    assert np.isfinite(log_slope).all()
    np.testing.assert_allclose(forward(raw_of(1, size), inverse(raw_of(1, size), y))[0], y, atol=1e-10)


@pytest.mark.parametrize("steep", [-1e3, 1e3])
def test_the_inverse_subtracts_nothing_where_slopes_change_much(steep):
    """Slopes that go from e⁻⁴ to e⁴ in one bin: the textbook's one formula loses digits there."""
    raw = np.zeros(SPLINE.size)
    raw[2 * SPLINE.bins :: 2] = steep
    raw[2 * SPLINE.bins + 1 :: 2] = -steep
    x = np.linspace(-2.0, 2.0, 1001)
    y, _ = forward(raw, x)
    np.testing.assert_allclose(inverse(raw, y), x, atol=2e-13)
    np.testing.assert_allclose(forward(raw, inverse(raw, x))[0], x, atol=2e-14)


def test_one_bin_is_a_spline_too():
    spline = Spline(bins=1, bound=1.0)
    assert spline.size == 2
    y, log_slope = spline.forward(np.ones((1, 3, 2)), np.array([[-0.5, 0.0, 0.5]]))
    np.testing.assert_allclose(y, [[-0.5, 0.0, 0.5]], atol=1e-15)
    np.testing.assert_allclose(log_slope, 0.0, atol=1e-15)
