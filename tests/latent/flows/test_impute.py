"""Missing values are drawn from the conditional density: against Gaussian formulas, and between modes."""

import numpy as np
import pytest

from chainrule.latent import Flow
from chainrule.latent.flows import LULinear
from chainrule.latent.flows.metropolis import CANDIDATES, Metropolis


@pytest.fixture(scope="module")
def gaussian_flow():
    """A linear flow, and the covariance of its rows."""
    rng = np.random.default_rng(2)
    L, U = (0.5 * rng.standard_normal((3, 3)) for _ in "LU")
    shift, scale = np.array([1.0, -2.0, 30.0]), np.array([1.0, 2.0, 10.0])
    flow = Flow.from_parameters([LULinear()], [{"L": L, "U": U, "s": np.zeros(3)}], shift=shift, scale=scale)
    A = (np.tril(L, -1) + np.eye(3)) @ (np.triu(U, 1) + np.eye(3))
    B = scale[:, None] * np.linalg.inv(A)
    return flow, shift, B @ B.T


def test_means_and_deviations_are_the_conditional_gaussians(gaussian_flow):
    flow, mean, covariance = gaussian_flow
    for missing in ([1], [0, 2]):
        seen = [j for j in range(3) if j not in missing]
        x = flow.sample(1, seed=4)[0]
        row = np.where(np.isin(np.arange(3), missing), np.nan, x)
        gain = covariance[np.ix_(missing, seen)] @ np.linalg.inv(covariance[np.ix_(seen, seen)])
        expected = mean[missing] + gain @ (x[seen] - mean[seen])
        spread = np.sqrt(
            np.diag(covariance[np.ix_(missing, missing)] - gain @ covariance[np.ix_(seen, missing)])
        )
        draws = flow.impute(row[None], draws=3000, seed=0)[:, 0]
        assert (draws[:, seen] == x[seen]).all()
        np.testing.assert_allclose(draws[:, missing].mean(axis=0), expected, atol=0.1 * spread.max())
        np.testing.assert_allclose(draws[:, missing].std(axis=0), spread, rtol=0.08)


def test_a_mean_and_its_deviation(gaussian_flow):
    flow, _, _ = gaussian_flow
    X = flow.sample(6, seed=1)
    X[0, 1] = X[3, 0] = np.nan
    filled, std = flow.impute(X, return_std=True)
    seen = ~np.isnan(X)
    assert np.array_equal(filled[seen], X[seen])
    assert (std[seen] == 0).all()
    assert (std[~seen] > 0).all()
    assert np.isfinite(filled).all()
    draws = flow.impute(X, draws=400, seed=9)
    np.testing.assert_allclose(draws.mean(axis=0)[~seen], filled[~seen], atol=0.5 * std.max())


def test_a_row_of_which_nothing_is_known_is_a_sample(gaussian_flow):
    flow, mean, covariance = gaussian_flow
    draws = flow.impute(np.full((1, 3), np.nan), draws=4000, seed=0)[:, 0]
    np.testing.assert_allclose(draws.mean(axis=0), mean, atol=4 * np.sqrt(np.diag(covariance).max() / 4000))


def test_a_condition_is_kept(gaussian_flow):
    flow, _, _ = gaussian_flow
    sample = flow.sample(50, seed=0, given={1: 3.0})
    assert (sample[:, 1] == 3.0).all()
    assert sample[:, 0].std() > 0


def test_chains_visit_both_modes():
    """p(x | y): two narrow bumps of weights 1/4 and 3/4, where y says nothing."""

    def log_density(rows):
        x, y = rows.T
        low = np.log(0.25) - 0.5 * ((x + 4) / 0.2) ** 2
        high = np.log(0.75) - 0.5 * ((x - 4) / 0.2) ** 2
        return np.logaddexp(low, high) - 0.5 * y**2

    rng = np.random.default_rng(0)
    rows = np.column_stack([np.full(4000, np.nan), np.ones(4000)])
    candidates = rng.normal(0.0, 4.0, (CANDIDATES, 4000, 2))
    x, y = Metropolis(log_density, np.zeros(2), np.full(2, 4.0)).draw(rows, candidates, rng).T
    assert (y == 1.0).all()
    assert np.mean(x > 0) == pytest.approx(0.75, abs=0.03)
    assert np.std(x[x > 0]) == pytest.approx(0.2, abs=0.02)


def test_chains_start_in_proportion_to_the_candidates_densities():
    """Two points of densities 1/4 and 3/4, and nothing around them: a chain stays where it starts."""

    def log_density(rows):
        x = rows[:, 0]
        with np.errstate(divide="ignore"):
            return np.log(np.where(x == -1.0, 0.25, np.where(x == 1.0, 0.75, 0.0)))

    rows = np.column_stack([np.full(2000, np.nan), np.ones(2000)])
    candidates = np.full((CANDIDATES, 2000, 2), 0.5)
    candidates[10, :, 0], candidates[40, :, 0] = -1.0, 1.0
    rng = np.random.default_rng(0)
    x, y = Metropolis(log_density, np.zeros(2), np.ones(2)).draw(rows, candidates, rng).T
    assert np.isin(x, [-1.0, 1.0]).all()
    assert np.mean(x > 0) == pytest.approx(0.75, abs=0.04)
    assert (y == 1.0).all()
