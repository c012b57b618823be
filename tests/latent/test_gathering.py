"""Missing values in streams: as if all rows had been at hand, and every row counted for itself."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.latent import PPCA, FactorAnalysis, Gaussian
from chainrule.latent.factor_fit import incomplete_factors
from chainrule.latent.gathering import Gathered
from chainrule.latent.gaussian_em import gaussian_step
from chainrule.latent.incomplete import Incomplete

MAKERS = {"gaussian": Gaussian, "ppca": lambda: PPCA(2), "fa": lambda: FactorAnalysis(2)}


def rows_with_gaps(n=240, m=5, seed=0, offset=0.0):
    """Correlated rows, of which a third miss some values, and one all of them."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, 2)) @ rng.standard_normal((2, m)) + 0.5 * rng.standard_normal((n, m)) + offset
    gap = (rng.random((n, m)) < 0.3) & (rng.random(n) < 0.3)[:, None]
    gap[n // 2] = True
    return np.where(gap, np.nan, X)


def assert_same(one, other, rtol=1e-4):
    """The fits agree as well as two ends of an EM do, whose last cycle gains nothing worth counting."""
    scale = np.sqrt(np.diag(other.covariance))
    assert (np.abs(one.mean - other.mean) < rtol * scale).all()
    assert (np.abs(one.covariance - other.covariance) < rtol * np.outer(scale, scale)).all()


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@given(cuts=st.lists(st.integers(0, 240), max_size=5), offset=st.sampled_from([0.0, 1e8]))
@settings(max_examples=4)
def test_any_pieces_give_the_fit_of_all_rows(make, cuts, offset):
    X = rows_with_gaps(offset=offset)
    pieces = np.split(X, sorted(cuts))
    whole = make().fit(X)
    assert_same(make().fit(iter(pieces)), whole)
    continued = make()
    for piece in pieces:
        continued.partial_fit(piece)
    assert_same(continued, whole)


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_rows_one_by_one_merged_models_and_complete_rows_first(make):
    X = rows_with_gaps()
    whole = make().fit(X)
    assert_same(make().fit(row[None] for row in X), whole)
    assert_same(make().fit(X[:100]).merge(make().fit(X[100:])), whole)
    complete = ~np.isnan(X).any(axis=1)
    assert_same(make().fit(X[complete]).partial_fit(X[~complete]), whole)
    assert_same(make().fit(iter([X[~complete], X[complete]])), whole)


@given(st.integers(1, 6), st.integers(1, 60), st.integers(0, 2**32 - 1))
@settings(max_examples=30)
def test_gathered_rows_have_the_likelihood_and_the_step_of_all_rows(m, n, seed):
    """At any parameters, not at those of the fit only: so they lead the same way."""
    rng = np.random.default_rng(seed)
    X = 3.0 * rng.standard_normal((n, m)) + 1.0
    X[rng.random((n, m)) < 0.1] = np.nan
    X[0] = 1.0
    every, gathered = Incomplete.of(X, one_scale=False), Gathered().add(X).incomplete(one_scale=False)
    assert gathered.count == every.count
    assert gathered.observed == pytest.approx(every.observed)
    np.testing.assert_allclose(gathered.shift, every.shift, rtol=1e-9)
    np.testing.assert_allclose(gathered.scale, every.scale, rtol=1e-9)
    root, mean = rng.standard_normal((m, m + 2)), rng.standard_normal(m)
    after, likelihood = gaussian_step(every, mean, root @ root.T)
    found, likelihood_found = gaussian_step(gathered, mean, root @ root.T)
    assert likelihood_found == pytest.approx(likelihood, rel=1e-9, abs=1e-9)
    np.testing.assert_allclose(found, after, rtol=1e-8, atol=1e-8)


def test_few_weighted_rows_stand_for_many_complete_ones():
    X = rows_with_gaps(n=2000)
    gathered = Gathered().add(X).incomplete(one_scale=True)
    every = Incomplete.of(X, one_scale=True)
    incomplete = int((np.isnan(X).any(axis=1) & ~np.isnan(X).all(axis=1)).sum())
    assert len(gathered.values) == incomplete + 2 * 5
    assert gathered.count == every.count == 1999
    (one, ascent), (other, expected) = (
        incomplete_factors(each, 2, one_noise=True, least=1e-10) for each in (gathered, every)
    )
    assert ascent.log_likelihoods[-1] == pytest.approx(expected.log_likelihoods[-1], rel=1e-9)
    np.testing.assert_allclose(one.W @ one.W.T, other.W @ other.W.T, atol=1e-4)


def test_a_constant_column_stays_one():
    X = rows_with_gaps()
    X[:, 3] = np.where(np.isnan(X[:, 3]), np.nan, 0.1)
    for make in (Gaussian, MAKERS["fa"]):
        model = make().fit(iter(np.split(X, 8)))
        assert not model.covariance[3].any()
        assert model.mean[3] == 0.1
