"""Comparing models: held-out likelihoods in the table's own units, best first."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from chainrule.errors import ArgumentError
from chainrule.latent import (
    CANDIDATES,
    PPCA,
    FactorAnalysis,
    Flow,
    Gaussian,
    PPCAMixture,
    Training,
    compare,
)
from chainrule.train.loop import Loop

SIMPLE = {
    "gaussian": lambda m: Gaussian(),
    "round": lambda m: PPCA(0),
    "factors": lambda m: FactorAnalysis(1),
    "mixture": lambda m: PPCAMixture(2, 0),
}


def rows(seed=0, n=150):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, 1)) * [1.0, 2.0, 3.0, 4.0] + rng.standard_normal((n, 4)) * 0.5 + 7.0


def test_the_numbers_are_those_of_folds_by_hand():
    X = rows() * [0.1, 1.0, 10.0, 1.0]
    (found,) = compare(X, {"gaussian": SIMPLE["gaussian"]}, folds=3, seed=5)
    part = np.random.default_rng(5).permutation(len(X)) % 3
    values = np.empty(len(X))
    for fold in range(3):
        seen, unseen = X[part != fold], X[part == fold]
        values[part == fold] = multivariate_normal(seen.mean(0), np.cov(seen.T, bias=True)).logpdf(unseen)
    assert found.mean == pytest.approx(values.mean(), rel=1e-9)
    assert found.standard_error == pytest.approx(values.std(ddof=1) / np.sqrt(len(X)), rel=1e-9)
    assert (found.behind, found.behind_error, found.problem) == (0.0, 0.0, None)


def test_the_best_is_first_and_the_right_one():
    found = compare(rows(), SIMPLE)
    assert found[0].name == "factors"
    assert [each.mean for each in found] == sorted((each.mean for each in found), reverse=True)
    for each in found[1:]:
        assert each.behind == pytest.approx(found[0].mean - each.mean, rel=1e-9)
        assert each.behind_error > 0.0


def test_clusters_are_won_by_the_mixture():
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(0, 1, (80, 3)), rng.normal(9, 1, (80, 3))])
    assert compare(X, SIMPLE)[0].name == "mixture"


def test_a_candidate_without_a_density_is_last_with_its_reason():
    X = np.column_stack([rows(), np.ones(150)])
    found = compare(X, {"gaussian": lambda m: Gaussian(), "round": lambda m: PPCA(1)}, folds=2)
    assert [each.name for each in found] == ["round", "gaussian"]
    assert found[1].mean is None
    assert "there is no density" in found[1].problem


def test_missing_values_are_left_out_of_the_likelihood():
    X = rows()
    X[np.random.default_rng(1).random(X.shape) < 0.2] = np.nan
    found = compare(X, SIMPLE, folds=2)
    assert {each.name for each in found[:2]} == {"factors", "gaussian"}
    assert all(np.isfinite(each.mean) for each in found)


def test_progress_is_told():
    told = []
    compare(rows(), {"a": SIMPLE["round"]}, folds=2, report=lambda name, fold: told.append((name, fold)))
    assert told == [("a", 0), ("a", 1)]


def test_what_would_take_too_long_is_left_out_after_a_fit():
    told = []
    (found,) = compare(
        rows(), {"a": SIMPLE["round"]}, folds=3, seconds=1e-9, report=lambda name, fold: told.append(fold)
    )
    assert told == [0]
    assert (found.mean, found.problem) == (None, "3 fits would take longer than 1e-09 seconds")


def test_what_makes_no_sense_is_refused():
    for arguments in ({"seconds": 0.0}, {"folds": 1}, {"folds": 151}, {"candidates": {}}, {"seed": -1}):
        with pytest.raises(ArgumentError):
            compare(rows(), **{"candidates": SIMPLE, **arguments})


@pytest.mark.parametrize("m", [1, 2, 9])
def test_the_default_candidates_fit_any_number_of_columns(m):
    for make in list(CANDIDATES.values())[:4]:
        X = np.random.default_rng(0).standard_normal((40, m))
        assert np.isfinite(make(m).fit(X).score(X))


def test_ctrl_c_ends_it_although_a_fit_keeps_what_it_learnt(monkeypatch) -> None:
    """A flow that is fitted by itself is of use when its training is cut off; no comparison with it is."""

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Loop, "_look", interrupted)
    X = np.random.default_rng(0).standard_normal((40, 2))
    with pytest.raises(KeyboardInterrupt):
        compare(X, {"flow": lambda m: Flow(depth=1, hidden=(4,), training=Training(epochs=2))}, folds=2)
