"""How many components are chosen, how eigenvectors are found, how W is turned, and how sure σ² is."""

import numpy as np
import pytest

from chainrule.errors import ArgumentError
from chainrule.latent import PPCA
from chainrule.latent.canonical import canonical, varimax
from chainrule.latent.order import bayesian_information, held_out_log_likelihoods, minka_evidence


def latent_rows(n, m, k, seed, noise=0.5):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, k)) @ rng.standard_normal((k, m)) + noise * rng.standard_normal((n, m))


@pytest.mark.parametrize("rule", ["bic", "minka", "cv"])
@pytest.mark.parametrize(("n", "m"), [(200, 20), (100, 100)])
def test_the_true_order_is_found(rule, n, m):
    for seed in range(5):
        assert PPCA(rule).fit(latent_rows(n, m, 5, seed)).n_components == 5


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["bic", "minka", "cv"])
@pytest.mark.parametrize(("n", "m"), [(200, 20), (100, 100)])
def test_the_true_order_is_found_nearly_always(rule, n, m):
    right = sum(PPCA(rule).fit(latent_rows(n, m, 5, seed, 1.0)).n_components == 5 for seed in range(100))
    assert right >= 95


@pytest.mark.parametrize("rule", ["bic", "minka", "cv"])
def test_noise_alone_has_no_components(rule):
    found = [
        PPCA(rule).fit(np.random.default_rng(s).standard_normal((150, 8))).n_components for s in range(10)
    ]
    assert np.mean(np.array(found) == 0) >= 0.8


def test_few_rows_of_many_columns_are_not_taken_for_signal():
    assert PPCA("bic").fit(latent_rows(50, 1000, 5, 0)).n_components == 5


def test_a_share_of_the_variance():
    X = np.sqrt(4) * np.vstack([np.eye(4), -np.eye(4)]) * np.sqrt([6.0, 3.0, 2.0, 1.0])
    shares = {0.1: 1, 0.5: 1, 0.51: 2, 0.75: 2, 0.8: 3, 0.9166: 3, 0.99: 3}
    assert {share: PPCA(share).fit(X).n_components for share in shares} == shares


def test_bic_is_its_formula():
    values = np.array([5.0, 2.0, 1.0, 0.5])
    # n/2 [4 log 2π + log 5 + 3 log(3.5/3) + 4] + ½ (4 + 4 + 1) log 30
    expected = -15 * (4 * np.log(2 * np.pi) + np.log(5) + 3 * np.log(3.5 / 3) + 4) - 4.5 * np.log(30)
    assert bayesian_information(values, 30, 1) == pytest.approx(expected, rel=1e-14)


def test_minkas_evidence_of_one_component_in_two_columns():
    """Worked by hand: d = 2, k = 1, λ = (4, 1), N = 50."""
    n, (large, small) = 50, (4.0, 1.0)
    log_prior = -np.log(2.0) - np.log(np.pi)  # 2⁻¹ Γ(1) π⁻¹
    gap = (1.0 - 0.25) * (large - small) * n
    fit = -0.5 * n * (np.log(large) + np.log(small))
    expected = log_prior + fit + 0.5 * (2 * np.log(2 * np.pi) - np.log(gap) - np.log(n))
    assert minka_evidence(np.array([large, small]), n, 1) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("shape", [(60, 7), (12, 30)])
def test_held_out_likelihoods_are_those_of_the_fitted_models(shape):
    X = latent_rows(*shape, 2, seed=3)
    seen, unseen = X[:-4], X[-4:]
    found = held_out_log_likelihoods(seen, unseen)
    for k in range(found.shape[1]):
        expected = PPCA(k).fit(seen).log_likelihood(unseen)
        np.testing.assert_allclose(found[:, k], expected, rtol=1e-8)


@pytest.mark.parametrize("solver", ["covariance", "gram", "svd", "randomized"])
@pytest.mark.parametrize("shape", [(90, 12), (20, 60)])
def test_solvers_that_are_asked_for(solver, shape):
    X = latent_rows(*shape, 3, seed=1) + 1e6
    expected, found = PPCA(3).fit(X), PPCA(3, solver=solver).fit(X)
    assert found.solver == solver
    assert found.sigma2 == pytest.approx(expected.sigma2, rel=1e-8)
    np.testing.assert_allclose(found.W, expected.W, atol=1e-7)
    np.testing.assert_allclose(found.eigenvalues[:3], expected.eigenvalues[:3], rtol=1e-9)


def test_large_tables_are_solved_by_projections_to_all_digits():
    X = latent_rows(600, 700, 5, seed=2)
    found, expected = PPCA(5).fit(X), PPCA(5, solver="gram").fit(X)
    assert found.solver == "randomized"
    assert found.sigma2 == pytest.approx(expected.sigma2, rel=1e-12)
    np.testing.assert_allclose(found.eigenvalues, expected.eigenvalues[:5], rtol=1e-11)
    np.testing.assert_allclose(found.W, expected.W, atol=1e-7)
    np.testing.assert_allclose(found.log_likelihood(X), expected.log_likelihood(X), rtol=1e-9)


def test_noise_alone_is_no_case_for_projections():
    X = np.random.default_rng(0).standard_normal((500, 600))
    found = PPCA(5).fit(X)
    assert found.solver == "gram"
    exact = np.linalg.svd(X - X.mean(axis=0), compute_uv=False) ** 2 / 500
    np.testing.assert_allclose(found.eigenvalues[:5], exact[:5], rtol=1e-10)


def test_wide_rows_keep_the_divisor_of_the_noise():
    """50 rows of 1000 columns: held-out rows are near the truth, and hundreds of nats away at n - k."""
    X = latent_rows(100, 1000, 5, seed=0)
    model = PPCA(5).fit(X[:50])
    wrong = PPCA.from_parameters(model.W, model.b, model.sigma2 * 995 / 45)
    assert model.score(X[50:]) > wrong.score(X[50:]) + 500


def test_varimax_is_simple_and_changes_no_density():
    rng = np.random.default_rng(0)
    simple = np.kron(np.eye(3), np.ones((4, 1))) * rng.uniform(1.0, 2.0, (12, 1))
    turned = simple @ np.linalg.qr(rng.standard_normal((3, 3)))[0]
    W = varimax(turned)
    assert (np.sort(np.abs(W), axis=1)[:, :2] < 1e-3).all()
    np.testing.assert_allclose(W @ W.T, turned @ turned.T, atol=1e-12)
    X = latent_rows(200, 8, 3, seed=4)
    plain, rotated = PPCA(3).fit(X), PPCA(3, rotation="varimax").fit(X)
    np.testing.assert_allclose(rotated.log_likelihood(X), plain.log_likelihood(X), rtol=1e-12)
    fourth = [np.sum(W**4) - np.sum(np.sum(W**2, axis=0) ** 2) / 8 for W in (plain.W, rotated.W)]
    assert fourth[1] > fourth[0]


def test_a_canonical_map_has_orthogonal_columns_and_the_same_square():
    W = np.random.default_rng(1).standard_normal((6, 3))
    found = canonical(W)
    np.testing.assert_allclose(found @ found.T, W @ W.T, atol=1e-13)
    gram = found.T @ found
    np.testing.assert_allclose(gram, np.diag(np.diag(gram)), atol=1e-13)
    assert (np.diff(np.diag(gram)) < 0.0).all()


def test_standard_errors_are_the_spread_over_repetitions():
    W, n = np.array([[2.0], [1.0], [0.0], [0.0], [0.5]]), 400
    true = PPCA.from_parameters(W, np.zeros(5), 0.5)
    fits = [PPCA(1).fit(true.sample(n, seed)) for seed in range(300)]
    errors = fits[0].standard_errors
    assert np.std([each.sigma2 for each in fits]) == pytest.approx(errors.sigma2, rel=0.15)
    assert np.std([each.eigenvalues[0] for each in fits]) == pytest.approx(errors.eigenvalues[0], rel=0.2)


def test_what_makes_no_sense_is_refused():
    X = latent_rows(20, 4, 1, seed=0)
    for wrong in (
        lambda: PPCA(0.0),
        lambda: PPCA(1.0),
        lambda: PPCA("aic"),
        lambda: PPCA(1, rotation="quartimax"),
        lambda: PPCA(1, solver="fast"),
        lambda: PPCA(1, solver="svd").fit(iter([X])),
    ):
        with pytest.raises(ArgumentError):
            wrong()


@pytest.mark.parametrize("rule", ["bic", "minka", "cv"])
def test_rows_that_hardly_differ_have_no_components(rule):
    for X in (np.full((6, 3), 7.0), np.full((1, 3), 7.0), np.array([[1.0, 2.0, 4.0], [3.0, 2.0, 1.0]])):
        assert PPCA(rule).fit(X).n_components == 0


@pytest.mark.parametrize("scale", [1e-120, 1e120])
def test_orders_rotations_and_projections_do_not_depend_on_the_unit(scale):
    X = latent_rows(100, 8, 2, seed=5)
    for model in (
        lambda: PPCA("bic"),
        lambda: PPCA("minka"),
        lambda: PPCA("cv"),
        lambda: PPCA(2, rotation="varimax"),
        lambda: PPCA(2, solver="randomized"),
    ):
        one, other = model().fit(X), model().fit(X * scale)
        assert other.n_components == one.n_components == 2
        np.testing.assert_allclose(other.W, one.W * scale, rtol=1e-7, atol=1e-9 * scale)
