"""PPCA where arithmetic is hard: offsets, short floats, wide tables, tiny noise, and no noise at all."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from chainrule.errors import DataError
from chainrule.latent import PPCA, Gaussian, distances, gaussian_log_likelihood


def integer_rows(n, m, seed=0):
    """Rows of small whole numbers: adding 1e8 to them is exact, so every covariance stays the same."""
    return np.random.default_rng(seed).integers(-50, 50, (n, m)).astype(np.float64)


@pytest.mark.parametrize("shape", [(200, 6), (5, 9)], ids=["tall", "wide"])
@pytest.mark.parametrize("offset", [1e4, -1e8, 1e12])
def test_an_offset_moves_the_mean_and_nothing_else(shape, offset):
    X = integer_rows(*shape)
    near, far = PPCA(2).fit(X), PPCA(2).fit(X + offset)
    assert far.sigma2 == pytest.approx(near.sigma2, rel=1e-12)
    np.testing.assert_allclose(far.eigenvalues, near.eigenvalues, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(far.W, near.W, atol=1e-10)
    np.testing.assert_allclose(far.b, near.b + offset, rtol=1e-15)
    np.testing.assert_allclose(
        Gaussian().fit(X + offset).covariance, Gaussian().fit(X).covariance, rtol=1e-12, atol=1e-10
    )


def test_likelihood_and_posterior_survive_an_offset():
    X = integer_rows(200, 6)
    near, far = PPCA(2).fit(X), PPCA(2).fit(X + 1e8)
    # b itself is rounded to 1.5e-8 there, which is 3e-10 of a standard deviation
    np.testing.assert_allclose(far.log_likelihood(X + 1e8), near.log_likelihood(X), rtol=1e-8)
    np.testing.assert_allclose(far.encode(X + 1e8).mean, near.encode(X).mean, atol=1e-8)


def test_an_outlier_in_the_first_row_costs_no_digits():
    """The reference row must not be a place from which everything else looks the same."""
    X = integer_rows(300, 4)
    X[0] = 1e9
    expected = np.cov(X.astype(np.longdouble).T, bias=True).astype(np.float64)
    np.testing.assert_allclose(Gaussian().fit(X).covariance, expected, rtol=1e-12)
    first_last = PPCA(1).fit(X[::-1])
    np.testing.assert_allclose(PPCA(1).fit(X).eigenvalues, first_last.eigenvalues, rtol=1e-10)


def test_float32_rows_are_accumulated_in_float64():
    X = (integer_rows(5000, 5) / 64 + 1000).astype(np.float32)
    short, long = PPCA(2).fit(X), PPCA(2).fit(X.astype(np.float64))
    assert short.sigma2 == long.sigma2
    assert np.array_equal(short.W, long.W)
    assert np.array_equal(short.log_likelihood(X), long.log_likelihood(X.astype(np.float64)))
    assert short.sample(1, seed=0).dtype == np.float64


def test_blocks_of_rows_add_up():
    """More rows than one block holds, with a mean that drifts from block to block."""
    X = np.random.default_rng(0).standard_normal((90_000, 3)) + np.linspace(0, 1e6, 90_000)[:, None]
    expected = np.cov(X.T, bias=True)
    np.testing.assert_allclose(Gaussian().fit(X).covariance, expected, rtol=1e-10)


def test_noise_is_always_divided_by_all_discarded_directions():
    """With n < m the zero eigenvalues count too: σ² is tr S without its leading part, over m - k."""
    X = np.random.default_rng(1).standard_normal((20, 100))
    model = PPCA(3).fit(X)
    S = np.cov(X.T, bias=True)
    leading = np.linalg.eigvalsh(S)[-3:].sum()
    assert model.solver == "gram"
    assert model.sigma2 == pytest.approx((np.trace(S) - leading) / 97, rel=1e-12)
    expected = gaussian_log_likelihood(X, X.mean(axis=0), model.covariance)
    np.testing.assert_allclose(model.log_likelihood(X), expected, rtol=1e-10)


@pytest.mark.parametrize("shape", [(60, 8), (6, 40)], ids=["tall", "wide"])
def test_every_solver_finds_the_same_model(shape):
    X = np.random.default_rng(2).standard_normal(shape)
    centred = X - X.mean(axis=0)
    values = np.zeros(shape[1])
    singular_values = np.linalg.svd(centred, compute_uv=False)
    values[: singular_values.size] = singular_values**2 / shape[0]
    for solver, scale in (("covariance" if shape[0] > shape[1] else "gram", 1.0), ("svd", 1e4)):
        Y = X.copy()
        Y[:, 0] *= scale
        model = PPCA(2).fit(Y)
        assert model.solver == solver
        covariance = np.cov(Y.T, bias=True)
        V = model.W / np.linalg.norm(model.W, axis=0)
        np.testing.assert_allclose(covariance @ V, V * model.eigenvalues[:2], atol=1e-12 * scale**2)
        if scale == 1.0:
            np.testing.assert_allclose(model.eigenvalues, values, atol=1e-13)


@pytest.mark.parametrize("sigma", [1e-4, 1e-7, 1e-10])
@pytest.mark.parametrize("n", [40, 6])
def test_tiny_noise_keeps_its_digits(sigma, n):
    """Rows built from exactly orthogonal factors: the discarded eigenvalues are known, however small."""
    rng = np.random.default_rng(3)
    m, k = 9, 2
    scores, _ = np.linalg.qr(np.hstack([np.ones((n, 1)), rng.standard_normal((n, min(n - 1, m)))]))
    axes, _ = np.linalg.qr(rng.standard_normal((m, m)))
    scales = np.concatenate([[5.0, 2.0], sigma * np.linspace(2, 1, scores.shape[1] - 1 - k)])
    X = np.sqrt(n) * (scores[:, 1:] * scales) @ axes[:, : scales.size].T
    model = PPCA(k).fit(X)
    assert model.solver == "svd"
    # forming X rounds each entry to 1e-16 of its size, and so its noise to 1e-15 / σ of itself
    assert model.sigma2 == pytest.approx((scales[k:] ** 2).sum() / (m - k), rel=1e-11 + 1e-14 / sigma)
    expected = -0.5 * (
        m * np.log(2 * np.pi) + 2 * np.log(scales[:k]).sum() + (m - k) * np.log(model.sigma2) + m
    )
    assert model.score(X) == pytest.approx(expected, rel=1e-9 + 1e-17 / sigma)


PLANES = {
    "identical rows": (np.full((6, 4), 2.5), 0),
    "one row": (np.array([[1.0, -2.0, 1e8, 0.1]]), 0),
    "two rows": (np.array([[1.0, 2.0, 3.0, 4.0], [2.0, 4.0, 6.0, 0.0]]), 1),
    "rank two": (integer_rows(30, 2) @ integer_rows(2, 4, seed=9) + 1e6, 2),
    "no more rows than components": (np.random.default_rng(0).standard_normal((3, 50)), 2),
}


@pytest.mark.parametrize("k", [2, 3])
@pytest.mark.parametrize(("X", "rank"), PLANES.values(), ids=PLANES)
def test_rows_in_a_plane_have_no_noise_and_no_density(X, rank, k):
    model = PPCA(k).fit(X)
    assert model.sigma2 == 0.0
    assert (model.eigenvalues > 0).sum() == rank
    assert (model.W[:, rank:] == 0.0).all()
    for ask in (model.log_likelihood, model.score):
        with pytest.raises(DataError, match="there is no density: σ² = 0"):
            ask(X)
    # by the limit σ² → 0 the rows are encoded without loss, and unused directions keep the prior
    mean, covariance = model.encode(X)
    np.testing.assert_allclose(model.decode(mean), X, rtol=1e-12, atol=1e-12)
    expected = np.diag([0.0] * min(rank, k) + [1.0] * (k - min(rank, k)))
    np.testing.assert_allclose(covariance, expected, atol=1e-12)
    drawn = model.sample(20, seed=0)
    np.testing.assert_allclose(model.decode(model.encode(drawn).mean), drawn, rtol=1e-9, atol=1e-9)


def test_the_error_names_the_largest_number_of_components_with_a_density():
    X = PLANES["rank two"][0]
    with pytest.raises(DataError, match=r"n_components=1 or fewer"):
        PPCA(2).fit(X).score(X)
    assert np.isfinite(PPCA(1).fit(X).score(X))


def test_constant_columns_are_fine_while_other_noise_is_left():
    X = np.hstack([integer_rows(50, 3), np.full((50, 2), 1e8 + 1 / 3)])
    model = PPCA(1).fit(X)
    assert (model.W[3:] == 0.0).all()
    assert model.b[3] == 1e8 + 1 / 3
    assert np.isfinite(model.score(X))


def test_tied_eigenvalues_leave_the_covariance_unique():
    """An orthogonal design: all eigenvalues are 2, so no direction stands out and W is zero."""
    X = np.sqrt(8.0) * np.vstack([np.eye(4), -np.eye(4)])
    model = PPCA(2).fit(X)
    np.testing.assert_allclose(model.eigenvalues, 2.0, rtol=1e-14)
    np.testing.assert_allclose(model.covariance, 2.0 * np.eye(4), atol=1e-14)
    assert np.isfinite(model.encode(X).mean).all()
    stretched = X * np.array([3.0, 3.0, 1.0, 1.0])
    expected = np.diag([18.0, 18.0, 2.0, 2.0])
    np.testing.assert_allclose(PPCA(2).fit(stretched).covariance, expected, atol=1e-12)


def test_signs_do_not_hang_on_the_last_digit():
    """The first axis is (1, -1, 0)/√2: rounding must not decide which of the two entries is the larger."""
    X = np.array([[3.0, -3.0, 0.0], [-3.0, 3.0, 0.0], [1.0, 1.0, 1.0], [-1.0, -1.0, -1.0]])
    for seed in range(20):
        noise = 1e-13 * np.random.default_rng(seed).standard_normal(X.shape)
        assert PPCA(1).fit(X + noise).W[0, 0] > 0


@pytest.mark.parametrize("scale", [1e-130, 1e-9, 1e9, 1e130])
def test_the_unit_of_the_data_does_not_matter(scale):
    X = integer_rows(40, 5)
    one, other = PPCA(2).fit(X), PPCA(2).fit(X * scale)
    assert other.sigma2 == pytest.approx(one.sigma2 * scale**2, rel=1e-10)
    np.testing.assert_allclose(other.W, one.W * scale, rtol=1e-9)
    expected = one.log_likelihood(X) - 5 * np.log(scale)
    np.testing.assert_allclose(other.log_likelihood(X * scale), expected, rtol=1e-9)


def test_dependent_columns_leave_no_negative_eigenvalue():
    """One-hot columns sum to one: the last eigenvalue is zero, and rounding would make some negative."""
    for seed in range(10):
        X = np.eye(6)[np.random.default_rng(seed).integers(0, 6, 100)]
        model = PPCA(2).fit(X)
        assert model.solver == "covariance"
        assert (model.eigenvalues >= 0.0).all()
        assert model.eigenvalues[-1] == pytest.approx(0.0, abs=1e-15)


def test_without_noise_dependent_latent_directions_share_by_least_norm():
    """Three latent variables that x knows two sums of: the prior settles the rest, off the plane too."""
    rng = np.random.default_rng(0)
    for _ in range(5):
        seen = np.linalg.qr(rng.standard_normal((3, 2)))[0]
        plane = rng.standard_normal((5, 2))
        X = rng.standard_normal((4, 5))
        mean, covariance = PPCA.from_parameters(plane @ seen.T, np.zeros(5), 0.0).encode(X)
        np.testing.assert_allclose(mean, X @ np.linalg.pinv(plane).T @ seen.T, atol=1e-10)
        np.testing.assert_allclose(covariance, np.eye(3) - seen @ seen.T, atol=1e-10)


def test_a_row_beyond_the_range_of_floats_has_no_likelihood():
    model = PPCA.from_parameters([[1.0], [0.0]], [0.0, 0.0], 1e-40)
    assert model.log_likelihood([[0.0, 1e139]]).tolist() == [-np.inf]


@pytest.mark.parametrize("n", [3, 40])
def test_very_many_rows_have_the_same_likelihoods(n, monkeypatch):
    """Compiled, in calls of 16 rows, of which the last begin before the one before ends; with far rows."""
    rng = np.random.default_rng(n)
    model = PPCA.from_parameters(rng.standard_normal((5, 2)), rng.standard_normal(5), 0.25)
    X = model.sample(n, seed=1)
    X[1] += 1e7 * model.W[:, 0]
    few = model.log_likelihood(X)
    monkeypatch.setattr(distances, "WORTH_COMPILING", 1)
    monkeypatch.setattr(distances, "COMPILED_ROWS", 16)
    np.testing.assert_allclose(model.log_likelihood(X), few, rtol=1e-12)
    np.testing.assert_allclose(
        few[2:], multivariate_normal(model.b, model.covariance).logpdf(X)[2:], rtol=1e-9
    )
    X[0, 0] = np.inf
    with pytest.raises(DataError, match="is inf"):
        model.log_likelihood(X)
    X[0] = [np.nan] * 4 + [model.b[4]]
    expected = -0.5 * np.log(2 * np.pi * model.covariance[4, 4])
    assert model.log_likelihood(X)[0] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("sigma2", [1.0, 1e-8, 1e-20])
def test_dependent_latent_directions_keep_their_density(sigma2):
    """(w, w) maps two standard normals where √2 w maps one, but its WᵀW + σ² I rounds to a singular one."""
    w = np.array([[1.0], [0.1], [0.7]])
    X = np.array([[2.0], [-1.0]]) @ w.T + np.sqrt(sigma2) * np.array([[1.0, 0.0, -1.0], [0.5, 2.0, 0.0]])
    twice = PPCA.from_parameters(np.hstack([w, w]), np.zeros(3), sigma2)
    once = PPCA.from_parameters(np.sqrt(2.0) * w, np.zeros(3), sigma2)
    np.testing.assert_allclose(twice.log_likelihood(X), once.log_likelihood(X), rtol=1e-5)
