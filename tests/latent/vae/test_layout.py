"""Each kind of column has its own density, and rows come back from the form that the networks see."""

import numpy as np
import pytest
from scipy import stats

from chainrule.errors import ArgumentError, DataError
from chainrule.latent.scaling import Scaling
from chainrule.latent.vae.layout import Layout, as_kinds

KINDS = ("categorical", "gaussian", "bernoulli", "categorical", "gaussian", "categorical")


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    return np.column_stack(
        [
            rng.integers(3, size=30),
            rng.normal(5.0, 2.0, 30),
            rng.integers(2, size=30),
            rng.integers(2, size=30),
            rng.normal(-1e3, 1e2, 30),
            rng.integers(3, size=30),
        ]
    )


@pytest.fixture
def layout(rows):
    return Layout.of(rows, KINDS, "column")


@pytest.mark.parametrize("exponent", [-1000, -540, 540, 1000])
def test_scaling_is_the_same_in_any_unit(exponent):
    """In units of a power of 2 the scaled numbers are the same bits."""
    rows = np.random.default_rng(0).normal(3.0, 2.0, size=(20, 3))
    far = np.ldexp(rows, exponent)
    np.testing.assert_array_equal(Scaling.of(far).apply(far), Scaling.of(rows).apply(rows))


def test_rows_come_back(layout, rows):
    spread, observed = layout.spread(rows)
    assert spread.shape == observed.shape == (30, layout.width) == (30, 2 + 1 + 2 + 3 + 3)
    np.testing.assert_allclose(layout.collapse(spread), rows, rtol=1e-14)
    assert observed.all()


def expected_density(layout, outputs, log_sigma, rows):
    """By SciPy, column by column and in the columns' own units."""
    scaling, total = layout.scaling, np.zeros(len(rows))
    for j, column in ((1, 0), (4, 1)):
        mean = outputs[:, column] * scaling.scale[j] + scaling.shift[j]
        term = stats.norm(mean, np.exp(log_sigma[column]) * scaling.scale[j]).logpdf(rows[:, j])
        total += np.where(np.isnan(rows[:, j]), 0.0, term)
    p = 1 / (1 + np.exp(-outputs[:, 2]))
    term = stats.bernoulli(p).logpmf(np.nan_to_num(rows[:, 2]))
    total += np.where(np.isnan(rows[:, 2]), 0.0, term)
    for j, start, codes in ((3, 3, 2), (0, 5, 3), (5, 8, 3)):
        logits = outputs[:, start : start + codes]
        shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        for i in range(len(rows)):
            total[i] += 0.0 if np.isnan(rows[i, j]) else np.log(shares[i, int(rows[i, j])])
    return total


@pytest.mark.parametrize("share", [0.0, 0.4])
def test_densities_are_scipys(layout, rows, share):
    rng = np.random.default_rng(1)
    rows = np.where(rng.random(rows.shape) < share, np.nan, rows)
    outputs, log_sigma = rng.standard_normal((30, layout.width)), np.array([-0.3, 0.7])
    target, observed = layout.spread(rows)
    found = layout.log_density(outputs, log_sigma, target, observed)
    np.testing.assert_allclose(found, expected_density(layout, outputs, log_sigma, rows), rtol=1e-12)


def test_logits_far_out_do_not_overflow(layout, rows):
    target, _ = layout.spread(rows)
    outputs = np.full((30, layout.width), 800.0)
    outputs[:, :2] = target[:, :2]
    assert np.isfinite(layout.log_density(outputs, np.zeros(2), target, None)).all()


def test_draws_have_the_means_that_the_outputs_say(layout):
    rng = np.random.default_rng(2)
    output = rng.standard_normal(layout.width)
    outputs = np.broadcast_to(output, (20_000, layout.width))
    drawn = layout.draw(outputs, np.log([0.5, 2.0]), rng)
    spread, _ = layout.spread(drawn)
    np.testing.assert_allclose(spread.mean(axis=0), layout.means(outputs[:1])[0], atol=0.06)
    np.testing.assert_allclose(spread[:, :2].std(axis=0), [0.5, 2.0], rtol=0.03)
    means = layout.means(outputs[:1])
    np.testing.assert_allclose(means[0, [3, 5, 8]] + means[0, [4, 6, 9]] + [0, *means[0, [7, 10]]], 1.0)


def test_resting_outputs_have_the_given_means(layout, rows):
    spread, _ = layout.spread(rows)
    means = spread.mean(axis=0)
    np.testing.assert_allclose(layout.means(layout.resting(means)[None])[0], means, rtol=1e-12, atol=1e-12)


def test_one_scale_for_all_columns_is_the_root_mean_square():
    rows = np.random.default_rng(0).standard_normal((50, 3)) * np.array([1.0, 2.0, 0.0])
    layout = Layout.of(rows, ("gaussian",) * 3, "scalar")
    np.testing.assert_allclose(layout.scaling.scale, np.sqrt(rows.var(axis=0).mean()))


def test_what_a_column_may_hold(rows):
    with pytest.raises(DataError, match="Bernoulli column 0 holds other numbers"):
        Layout.of(rows, ("bernoulli", *KINDS[1:]), "column")
    with pytest.raises(DataError, match="categorical column 1 holds other numbers"):
        Layout.of(rows, ("gaussian", "categorical", *KINDS[2:]), "column")
    with pytest.raises(DataError, match="column 1 is constant"):
        Layout.of(np.where(np.arange(6) == 1, 4.0, rows), KINDS, "column")
    with pytest.raises(DataError, match="column 2 of X has no value in any row"):
        Layout.of(np.where(np.arange(6) == 2, np.nan, rows), KINDS, "column")
    with pytest.raises(DataError, match="categorical column 0 holds 3"):
        Layout.of(rows, KINDS, "column").spread(np.where(np.arange(6) == 0, 3.0, rows))


def test_kinds_are_names_one_a_column():
    assert as_kinds("gaussian", 2) == ("gaussian", "gaussian")
    with pytest.raises(ArgumentError, match="decoder names 1 columns"):
        as_kinds(["gaussian"], 2)
    with pytest.raises(ArgumentError, match="unknown decoder 'gausian'"):
        as_kinds("gausian", 2)


def test_scaling_sees_past_offsets_and_missing_values():
    x = np.array([0.0, 1.0, 2.0, 3.0])
    rows = np.column_stack([x + 2.0**50, np.where(x == 1.0, np.nan, x), np.full(4, 7.0)])
    scaling = Scaling.of(rows)
    np.testing.assert_allclose(scaling.scale, [np.sqrt(1.25), np.std([0.0, 2.0, 3.0]), 1.0], rtol=1e-14)
    np.testing.assert_allclose(scaling.shift[1:], [5 / 3, 7.0], rtol=1e-14)
