"""Rows in any pieces, and models merged in any order, give the fit of all rows at once."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.errors import ArgumentError, DataError, ShapeError
from chainrule.latent import PPCA, FactorAnalysis, Gaussian
from chainrule.latent.gathering import Gathered
from chainrule.latent.moments import RunningMoments


def rows(n=60, m=5, seed=0, offset=0.0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, m)) @ rng.standard_normal((m, m)) + offset


def assert_same(model, expected, rtol=1e-12):
    assert model.sigma2 == pytest.approx(expected.sigma2, rel=rtol)
    np.testing.assert_allclose(model.eigenvalues, expected.eigenvalues, rtol=max(rtol, 1e-10), atol=1e-12)
    scale = np.abs(expected.W).max()
    np.testing.assert_allclose(model.W, expected.W, atol=rtol * scale)
    np.testing.assert_allclose(model.b, expected.b, rtol=rtol, atol=rtol * scale)


@given(
    n=st.integers(1, 40),
    m=st.integers(2, 12),
    offset=st.sampled_from([0.0, -1e8, 3e5]),
    cuts=st.lists(st.integers(0, 40), max_size=12),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_split_of_the_rows(n, m, offset, cuts, seed):
    X = rows(n, m, seed, offset)
    expected = PPCA(1).fit(X)
    pieces = np.split(X, sorted(cuts))
    streamed, merged, continued = PPCA(1).fit(iter(pieces)), PPCA(1), PPCA(1)
    for piece in pieces:
        continued.partial_fit(piece)
    half = n // 2
    merged = PPCA(1).partial_fit(X[:half]).partial_fit(X[half:])
    for model in (streamed, continued, merged):
        if expected.sigma2 > 1e-10:
            assert_same(model, expected)
        else:
            assert model.sigma2 == pytest.approx(expected.sigma2, abs=1e-12 * np.abs(X).max())


def test_one_row_at_a_time():
    X = rows(700, 4, offset=1e8)
    model = PPCA(2)
    for row in X:
        model.partial_fit(row[None])
    assert_same(model, PPCA(2).fit(X))
    np.testing.assert_allclose(
        Gaussian().fit(row[None] for row in X).covariance, Gaussian().fit(X).covariance, rtol=1e-12
    )


def test_eigenvalues_in_a_stream_at_an_offset_are_exact():
    """Whole numbers: adding 1e8 to them is exact, and so is the reference."""
    X = np.random.default_rng(1).integers(-50, 50, (500, 8)).astype(float)
    expected = np.linalg.eigvalsh(np.cov(X.T, bias=True))[::-1]
    for offset in (0.0, 1e8, -1e8):
        for model in (PPCA(3).fit(X + offset), PPCA(3).fit(np.split(X + offset, 20).__iter__())):
            np.testing.assert_allclose(model.eigenvalues, expected, rtol=1e-11)
            assert model.sigma2 == pytest.approx(expected[3:].mean(), rel=1e-12)


@pytest.mark.parametrize("shape", [(300, 5), (30, 80)])
def test_merging_in_any_order(shape):
    X = rows(*shape, offset=50.0)
    parts = np.array_split(X, 5)
    expected = PPCA(2).fit(X)
    forward, backward = PPCA(2).fit(parts[0]), PPCA(2).fit(parts[-1])
    for part in parts[1:]:
        forward.merge(PPCA(2).fit(part))
    for part in parts[-2::-1]:
        backward.merge(PPCA(2).fit(part))
    assert_same(forward, expected)
    assert_same(backward, expected)
    assert forward.state.count == len(X)


def test_models_of_other_columns_are_not_merged():
    X = np.random.default_rng(0).standard_normal((30, 3))
    model, other, nameless = (PPCA(1).fit(X) for _ in range(3))
    model.name_columns(("a", "b", "c"))
    other.name_columns(("c", "b", "a"))
    with pytest.raises(ArgumentError, match=r"(?s)columns c, b, a to merge.*one of a, b, c"):
        model.merge(other)
    np.testing.assert_allclose(model.merge(nameless).mean, X.mean(axis=0))


def test_merging_leaves_the_other_as_it_was():
    one, other = PPCA(1).fit(rows(seed=1)), PPCA(1).fit(rows(seed=2))
    W = other.W
    one.merge(other)
    assert np.array_equal(other.W, W)
    assert np.array_equal(PPCA(1).fit(rows(seed=2)).W, W)


def test_factor_analysis_and_a_gaussian_go_on_too():
    X = rows(400, 6)
    for make in (Gaussian, lambda: FactorAnalysis(2)):
        expected, found = make().fit(X), make().fit(X[:100]).partial_fit(X[100:])
        np.testing.assert_allclose(found.covariance, expected.covariance, rtol=1e-4, atol=1e-4)
        assert found.score(X) == pytest.approx(expected.score(X), rel=1e-9)


def test_a_stream_with_an_outlier_first():
    """Products lose the digits by which the outlier's variance exceeds the others', and no more."""
    X = rows(400, 4)
    X[0] = 1e5
    assert PPCA(1).fit(X).solver == "svd"
    assert_same(PPCA(1).fit(iter(np.split(X, [3, 100]))), PPCA(1).fit(X), rtol=1e-7)


def test_a_column_that_stays_put_is_exactly_constant():
    X = rows(500, 4)
    X[:, 1], X[:250, 2], X[250:, 2] = 0.1, 5.0, 5.0
    model = Gaussian().fit(iter(np.array_split(X, 33)))
    assert (model.covariance[1] == 0.0).all()
    assert (model.covariance[2] == 0.0).all()
    assert model.mean[1] == 0.1


def test_drifting_rows_of_float32():
    X = (rows(3000, 3) + np.linspace(0, 1e4, 3000)[:, None]).astype(np.float32)
    expected = np.cov(X.astype(np.float64).T, bias=True)
    np.testing.assert_allclose(Gaussian().fit(iter(np.split(X, 30))).covariance, expected, rtol=1e-11)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.integers(1, 6), st.integers(0, 99))
@settings(max_examples=40)
def test_moments_of_pieces(sizes, m, seed):
    X = rows(sum(sizes), m, seed)
    running = RunningMoments()
    for piece in np.split(X, np.cumsum(sizes)[:-1]):
        running.merge(RunningMoments().add(piece))
    moments = running.moments()
    np.testing.assert_allclose(moments.mean, X.mean(axis=0), atol=1e-13)
    np.testing.assert_allclose(moments.covariance, np.cov(X.T, bias=True).reshape(m, m), atol=1e-12)
    assert moments.count == len(X)
    assert moments.total_variance == pytest.approx(X.var(axis=0).sum(), rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("offset", [0.0, 1e8])
def test_numbers_that_products_do_not_vouch_for_are_looked_at(offset):
    """More than one block: all but the first are multiplied before anyone looks at them."""
    X = rows(150_000, 5, seed=1) + offset
    X[140_000, 2] = np.nan
    gathered, whole = Gathered().add(X), np.delete(X, 140_000, axis=0)
    moments = gathered.moments()
    assert gathered.has_gaps
    assert moments.count == len(whole)
    np.testing.assert_allclose(moments.mean, whole.mean(axis=0), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(moments.covariance, np.cov(whole.T, bias=True), rtol=1e-10, atol=1e-10)
    for wrong, message in ((np.inf, r"X\[140000, 2\] is inf"), (1e150, r"size 1e\+150")):
        X[140_000, 2] = wrong
        with pytest.raises(DataError, match=message):
            Gathered().add(X)


def test_what_streams_refuse():
    X = rows()
    infinite = X.copy()
    infinite[3, 1] = np.inf
    with pytest.raises(DataError, match=r"X\[3, 1\] is inf"):
        PPCA(1).fit(iter([X, infinite]))
    with pytest.raises(DataError, match="column 1 of X has no value"):
        PPCA(1).fit(iter([np.where(np.arange(5) == 1, np.nan, X)] * 2))
    with pytest.raises(DataError, match="X is empty"):
        PPCA(1).fit(iter([]))
    with pytest.raises(ShapeError, match="4 columns"):
        PPCA(1).fit(iter([X, X[:, :4]]))
    with pytest.raises(ShapeError, match="a block has 4 columns"):
        PPCA(1).fit(X).partial_fit(X[:, :4])
    with pytest.raises(ShapeError, match="a block has 4 columns"):
        PPCA(1).fit(X).merge(PPCA(1).fit(X[:, :4]))
    with pytest.raises(ArgumentError, match='n_components="cv" for a stream'):
        PPCA("cv").fit(iter([X, X]))


def test_a_refused_block_leaves_the_model_as_it_was():
    X = rows()
    model = PPCA(1).fit(X[:30])
    W = model.W
    with pytest.raises(DataError):
        model.partial_fit(iter([X[30:], np.full((1, 5), np.inf)]))
    assert np.array_equal(model.W, W)
    assert_same(model.partial_fit(X[30:]), PPCA(1).fit(X))


def test_without_the_statistics_of_its_rows_a_model_cannot_go_on(tmp_path):
    X = rows()
    PPCA(1).fit(X).save(tmp_path / "saved")
    for model in (PPCA.load(tmp_path / "saved"), PPCA.from_parameters([[1.0]], [0.0], 1.0)):
        with pytest.raises(ArgumentError, match="no moments of its rows"):
            model.partial_fit(X)
    with pytest.raises(ArgumentError, match="not fitted"):
        PPCA(1).merge(PPCA(1).fit(X))
    with pytest.raises(ArgumentError, match="a Gaussian to merge"):
        PPCA(1).fit(X).merge(Gaussian().fit(X))
