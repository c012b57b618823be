"""Missing values: every model answers as conditioning its own Gaussian by brute force does."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

from chainrule.errors import ArgumentError, DataError, DtypeError
from chainrule.latent import PPCA, FactorAnalysis, Gaussian, PPCAMixture

SEEDS = st.integers(0, 2**32 - 1)


def make(kind, m, k, rng):
    W, b = rng.standard_normal((m, k)), 3.0 * rng.standard_normal(m)
    if kind == "gaussian":
        root = rng.standard_normal((m, m + 1))
        return Gaussian.from_parameters(b, root @ root.T)
    if kind == "ppca":
        return PPCA.from_parameters(W, b, rng.uniform(0.05, 2.0))
    return FactorAnalysis.from_parameters(W, b, rng.uniform(0.05, 2.0, m))


def masked(X, rng, share=0.5):
    X = X.copy()
    X[rng.random(X.shape) < share] = np.nan
    return X


def conditioned(row, mean, covariance):
    """The mean and covariance of what is missing given what is not, by the Schur complement."""
    u, o = np.isnan(row), ~np.isnan(row)
    gain = covariance[np.ix_(u, o)] @ np.linalg.inv(covariance[np.ix_(o, o)])
    return mean[u] + gain @ (row[o] - mean[o]), covariance[np.ix_(u, u)] - gain @ covariance[np.ix_(o, u)]


CASES = {
    "kind": st.sampled_from(["gaussian", "ppca", "fa"]),
    "m": st.integers(1, 7),
    "data": st.data(),
    "seed": SEEDS,
}


@given(**CASES)
def test_impute_is_gaussian_conditioning(kind, m, data, seed):
    rng = np.random.default_rng(seed)
    model = make(kind, m, data.draw(st.integers(0, m - 1)), rng)
    X = masked(model.sample(6, rng), rng)
    filled, std = model.impute(X, return_std=True)
    np.testing.assert_array_equal(filled[~np.isnan(X)], X[~np.isnan(X)])
    assert (std[~np.isnan(X)] == 0.0).all()
    for row, mean_row, std_row in zip(X, filled, std, strict=True):
        mean, covariance = conditioned(row, model.mean, model.covariance)
        np.testing.assert_allclose(mean_row[np.isnan(row)], mean, rtol=1e-7, atol=1e-7)
        np.testing.assert_allclose(std_row[np.isnan(row)] ** 2, np.diag(covariance), rtol=1e-7, atol=1e-7)


@given(**CASES)
def test_the_likelihood_is_that_of_the_observed_columns(kind, m, data, seed):
    rng = np.random.default_rng(seed)
    model = make(kind, m, data.draw(st.integers(0, m - 1)), rng)
    X = masked(model.sample(6, rng), rng)
    found = model.log_likelihood(X)
    for row, value in zip(X, found, strict=True):
        o = ~np.isnan(row)
        if not o.any():
            assert value == 0.0
            continue
        marginal = multivariate_normal(model.mean[o], model.covariance[np.ix_(o, o)], allow_singular=False)
        assert value == pytest.approx(marginal.logpdf(row[o]), rel=1e-8, abs=1e-8)


@given(kind=st.sampled_from(["ppca", "fa"]), m=st.integers(1, 7), data=st.data(), seed=SEEDS)
def test_encode_is_gaussian_conditioning(kind, m, data, seed):
    """h given the observed x, from their joint covariance."""
    rng = np.random.default_rng(seed)
    k = data.draw(st.integers(0, m - 1))
    model = make(kind, m, k, rng)
    X = masked(model.sample(5, rng), rng)
    X[0] = np.nan
    mean, covariance = model.encode(X)
    assert (mean.shape, covariance.shape) == ((5, k), (5, k, k))
    joint = np.block([[np.eye(k), model.W.T], [model.W, model.covariance]])
    centre = np.concatenate([np.zeros(k), model.b])
    for row, row_mean, row_covariance in zip(X, mean, covariance, strict=True):
        o = np.concatenate([np.zeros(k, dtype=bool), ~np.isnan(row)])
        known = np.concatenate([np.full(k, np.nan), row])[np.concatenate([np.ones(k, dtype=bool), o[k:]])]
        chosen = np.concatenate([np.arange(k), np.flatnonzero(o)])
        expected = conditioned(known, centre[chosen], joint[np.ix_(chosen, chosen)])
        np.testing.assert_allclose(row_mean, expected[0], rtol=1e-8, atol=1e-8)
        np.testing.assert_allclose(row_covariance, expected[1], rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("kind", ["gaussian", "ppca", "fa"])
def test_draws_have_the_conditional_mean_and_covariance(kind):
    rng = np.random.default_rng(5)
    model = make(kind, 5, 2, rng)
    row = model.sample(1, 3)[0]
    row[[0, 2, 4]] = np.nan
    mean, covariance = conditioned(row, model.mean, model.covariance)
    draws = model.impute(row[None], draws=60_000, seed=1)[:, 0]
    given_row = model.sample(60_000, 1, given=row)
    given_columns = model.sample(60_000, 1, given={1: row[1], 3: row[3]})
    np.testing.assert_array_equal(given_row, given_columns)
    for drawn in (draws, given_row):
        assert (drawn[:, [1, 3]] == row[[1, 3]]).all()
        missing = drawn[:, [0, 2, 4]]
        error = 5 * np.sqrt(np.diag(covariance) / len(drawn))
        assert (np.abs(missing.mean(axis=0) - mean) < error).all()
        np.testing.assert_allclose(np.cov(missing.T), covariance, atol=0.05 * np.diag(covariance).max())


@given(m=st.integers(1, 5), size=st.integers(1, 3), data=st.data(), seed=SEEDS)
@settings(max_examples=40)
def test_a_mixture_conditions_each_component(m, size, data, seed):
    rng = np.random.default_rng(seed)
    k = data.draw(st.integers(0, m - 1))
    W, b = rng.standard_normal((size, m, k)), 2.0 * rng.standard_normal((size, m))
    sigma2, weights = rng.uniform(0.1, 1.0, size), rng.dirichlet(np.full(size, 3.0))
    model = PPCAMixture.from_parameters(weights, W, b, sigma2)
    X = masked(model.sample(4, rng), rng)
    filled, std = model.impute(X, return_std=True)
    shares = model.encode(X).responsibilities
    for i, row in enumerate(X):
        o, u = ~np.isnan(row), np.isnan(row)
        log_joint, means, variances = np.log(weights), [], []
        for z in range(size):
            C = W[z] @ W[z].T + sigma2[z] * np.eye(m)
            if o.any():
                log_joint[z] += multivariate_normal(b[z][o], C[np.ix_(o, o)]).logpdf(row[o])
            mean, covariance = conditioned(row, b[z], C)
            means.append(mean)
            variances.append(np.diag(covariance))
        assert model.log_likelihood(X[i : i + 1])[0] == pytest.approx(logsumexp(log_joint), abs=1e-8)
        r = np.exp(log_joint - logsumexp(log_joint))[:, None]
        np.testing.assert_allclose(shares[i], r[:, 0], rtol=1e-7, atol=1e-9)
        mean = (r * means).sum(axis=0)
        np.testing.assert_allclose(filled[i][u], mean, rtol=1e-7, atol=1e-8)
        variance = (r * (np.array(variances) + (np.array(means) - mean) ** 2)).sum(axis=0)
        np.testing.assert_allclose(std[i][u] ** 2, variance, rtol=1e-6, atol=1e-8)


def test_draws_of_a_mixture_choose_among_components():
    model = PPCAMixture.from_parameters(
        [0.3, 0.7], np.zeros((2, 2, 0)), [[0.0, 0.0], [1.0, 10.0]], [0.04, 0.04]
    )
    row = np.array([[0.5, np.nan]])  # as far from one as from the other
    drawn = model.impute(row, draws=20_000, seed=0)[:, 0, 1]
    assert (drawn > 5.0).mean() == pytest.approx(0.7, abs=0.02)
    assert drawn[drawn > 5.0].mean() == pytest.approx(10.0, abs=0.02)
    assert drawn.std() == pytest.approx(model.impute(row, return_std=True)[1][0, 1], rel=0.02)


@pytest.mark.parametrize("kind", ["gaussian", "ppca", "fa"])
def test_complete_rows_take_another_way_to_the_same_numbers(kind):
    rng = np.random.default_rng(2)
    model = make(kind, 6, 2, rng)
    X = model.sample(50, 1)
    with_gap = np.vstack([X, np.full(6, np.nan)])
    np.testing.assert_allclose(model.log_likelihood(with_gap)[:-1], model.log_likelihood(X), rtol=1e-11)
    one, other = model.encode(X), model.encode(with_gap)
    np.testing.assert_allclose(other.mean[:-1], one.mean, atol=1e-11)
    np.testing.assert_allclose(other.covariance[3], one.covariance, atol=1e-12)
    np.testing.assert_array_equal(model.impute(X), X)


def test_an_empty_row_is_the_prior():
    model = make("ppca", 4, 2, np.random.default_rng(0))
    row = np.full((1, 4), np.nan)
    posterior = model.encode(row)
    np.testing.assert_allclose(posterior.mean, 0.0, atol=1e-15)
    np.testing.assert_allclose(posterior.covariance[0], np.eye(2), atol=1e-14)
    filled, std = model.impute(row, return_std=True)
    np.testing.assert_allclose(filled[0], model.b, rtol=1e-14)
    np.testing.assert_allclose(std[0] ** 2, np.diag(model.covariance), rtol=1e-12)


@pytest.mark.parametrize("offset", [0.0, 1e8])
@pytest.mark.parametrize("sigma", [1e-2, 1e-5])
def test_small_noise_and_large_offsets_keep_their_digits(sigma, offset):
    """One column says what h is up to the noise: the conditional mean and deviation are known in full."""
    w = np.array([[2.0], [1.0], [-1.0]])
    model = PPCA.from_parameters(w, np.full(3, offset), sigma**2)
    filled, std = model.impute([[offset + 4.0, np.nan, np.nan]], return_std=True)
    h, variance = 2.0 * 4.0 / (4.0 + sigma**2), sigma**2 / (4.0 + sigma**2)
    np.testing.assert_allclose(filled[0, 1:] - offset, [h, -h], rtol=1e-12, atol=1e-7 if offset else 0.0)
    np.testing.assert_allclose(std[0, 1:], np.sqrt(variance + sigma**2), rtol=1e-12)
    expected = -0.5 * (np.log(2 * np.pi * (4.0 + sigma**2)) + 16.0 / (4.0 + sigma**2))
    found = model.log_likelihood([[offset + 4.0, np.nan, np.nan]])
    assert found == pytest.approx(expected, rel=1e-12)


def test_without_noise_two_entries_tell_the_rest():
    plane = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [2.0, -1.0]])
    model = PPCA.from_parameters(plane, np.ones(4), 0.0)
    X = np.array([[3.0, np.nan, np.nan, 2.0], [np.nan, 2.0, np.nan, np.nan]])
    filled, std = model.impute(X, return_std=True)
    np.testing.assert_allclose(filled[0], [3.0, 4.0, 6.0, 2.0], rtol=1e-12)
    np.testing.assert_allclose(std[0], 0.0, atol=1e-7)
    np.testing.assert_allclose(filled[1], [1.0, 2.0, 2.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(std[1] ** 2, [1.0, 0.0, 1.0, 4.0], atol=1e-12)


def test_units_of_the_columns_do_not_matter_to_a_gaussian():
    rng = np.random.default_rng(4)
    model = make("gaussian", 4, 0, rng)
    X = masked(model.sample(20, rng), rng)
    unit = np.array([1e-6, 1.0, 1e6, 1e3])
    scaled = Gaussian.from_parameters(model.mean * unit, model.covariance * np.outer(unit, unit))
    np.testing.assert_allclose(scaled.impute(X * unit), model.impute(X) * unit, rtol=1e-9)
    np.testing.assert_allclose(
        scaled.log_likelihood(X * unit), model.log_likelihood(X) - ~np.isnan(X) @ np.log(unit), rtol=1e-9
    )


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (np.inf, ArgumentError, r"given\[0\]=inf"),
        (np.nan, ArgumentError, r"(?s)given\[0\]=nan.*leave out"),
        ([1.0, 2.0], ArgumentError, r"given\[0\]="),
        ("tall", DtypeError, r"given\[0\] has dtype"),
        (1e200, DataError, "size 1e\\+200"),
    ],
)
def test_a_condition_is_a_number(value, error, message):
    with pytest.raises(error, match=message):
        Gaussian.from_parameters([0.0, 1.0], np.eye(2)).sample(2, given={0: value})


def test_what_impute_and_sample_refuse():
    model = make("ppca", 3, 1, np.random.default_rng(0))
    X = np.zeros((2, 3))
    for wrong in (
        lambda: model.impute(X, return_std=True, draws=2),
        lambda: model.impute(X, draws=0),
        lambda: model.sample(2, given={3: 1.0}),
        lambda: model.sample(2, given={"a": 1.0}),
        lambda: model.sample(2, given={0: 1.0}, return_latent=True),
    ):
        with pytest.raises(ArgumentError):
            wrong()
    for ask in (model.impute, model.encode, model.log_likelihood):
        with pytest.raises(DataError, match="is inf"):
            ask([[np.inf, np.nan, 1.0]])
    assert model.sample(0, given={0: 1.0}).shape == (0, 3)


def test_a_gaussians_marginal_and_conditional():
    model = make("gaussian", 5, 0, np.random.default_rng(8))
    part = model.marginal([3, 0])
    np.testing.assert_array_equal(part.mean, model.mean[[3, 0]])
    np.testing.assert_array_equal(part.covariance, model.covariance[np.ix_([3, 0], [3, 0])])
    row = np.array([np.nan, 1.0, np.nan, -2.0, 0.5])
    rest = model.conditional(row)
    mean, covariance = conditioned(row, model.mean, model.covariance)
    np.testing.assert_allclose(rest.mean, mean, rtol=1e-9)
    np.testing.assert_allclose(rest.covariance, covariance, rtol=1e-9, atol=1e-10)
    # p(x) = p(x_o) p(x_u | x_o)
    full = np.array([[0.3, 1.0, -0.7, -2.0, 0.5]])
    parts = model.marginal([1, 3, 4]).score(full[:, [1, 3, 4]]) + rest.score(full[:, [0, 2]])
    assert model.score(full) == pytest.approx(parts, rel=1e-9)
    for wrong in ([], [0, 0], [9], ["a"]):
        with pytest.raises(ArgumentError):
            model.marginal(wrong)
    with pytest.raises(ArgumentError, match="every column is given"):
        model.conditional(np.zeros(5))
