"""Constants that move no maximum, and so show in values only: ln 2π, divisors, numbers of parameters."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from chainrule.latent import PPCA
from chainrule.latent.canonical import varimax
from chainrule.latent.factor_em import Factors, expectation
from chainrule.latent.gaussian_em import gaussian_step
from chainrule.latent.incomplete import Incomplete
from chainrule.latent.order import bayesian_penalty


def rows_with_gaps():
    rng = np.random.default_rng(3)
    return np.where(rng.random((40, 4)) < 0.3, np.nan, 2.0 * rng.standard_normal((40, 4)) + 1.0)


def marginals(rows, mean, covariance):
    """The log-density of each row's observed values, by SciPy."""
    found = []
    for value, seen in zip(rows.values, rows.mask.astype(bool), strict=True):
        found.append(multivariate_normal(mean[seen], covariance[np.ix_(seen, seen)]).logpdf(value[seen]))
    return np.array(found)


def test_em_tells_the_likelihood_itself():
    rows = Incomplete.of(rows_with_gaps(), one_scale=True)
    rng = np.random.default_rng(4)
    at = Factors(rng.standard_normal((4, 2)), rng.standard_normal(4), rng.uniform(0.2, 2.0, 4))
    covariance = at.W @ at.W.T + np.diag(at.noise)
    expected = marginals(rows, at.b, covariance)
    np.testing.assert_allclose(expectation(rows, at).log_likelihood, expected, rtol=1e-10)
    assert gaussian_step(rows, at.b, covariance)[1] == pytest.approx(expected.sum(), rel=1e-10)


def test_the_error_of_the_noise_counts_the_discarded_directions():
    """σ² is the mean of n (m - k) squares of normal numbers, each of variance 2 σ⁴."""
    model = PPCA(2).fit(np.random.default_rng(0).standard_normal((500, 5)))
    assert model.standard_errors.sigma2 == pytest.approx(model.sigma2 * np.sqrt(2 / (500 * 3)))


@pytest.mark.parametrize("m", [2, 5])
def test_a_full_ppca_has_as_many_parameters_as_a_gaussian(m):
    """A mean and a symmetric matrix."""
    assert bayesian_penalty(m, m - 1, n=int(1e6)) / (0.5 * np.log(1e6)) == pytest.approx(m + m * (m + 1) / 2)


def test_varimax_puts_the_longest_column_first():
    W = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 3.0], [0.0, 3.0]])
    np.testing.assert_allclose(varimax(W), W[:, ::-1], atol=1e-8)
