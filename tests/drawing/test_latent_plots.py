"""Pictures of latent-variable models show the numbers that the models have."""

import numpy as np
import pytest

from chainrule.drawing.latent_intervals import INTERVAL, latent_intervals
from chainrule.drawing.latent_samples import latent_samples
from chainrule.drawing.latent_scatter import RADIUS, latent_scatter
from chainrule.drawing.latent_scree import latent_scree
from chainrule.errors import ArgumentError, ShapeError
from chainrule.latent import PPCA, FactorAnalysis, Gaussian

RNG = np.random.default_rng(0)
FULL = RNG.standard_normal((60, 2)) @ RNG.standard_normal((2, 5)) + 0.4 * RNG.standard_normal((60, 5))
GAPS = np.where(RNG.random(FULL.shape) < 0.25, np.nan, FULL)


@pytest.mark.parametrize("X", [FULL, GAPS], ids=["complete", "gaps"])
def test_scree(X):
    model = PPCA(2).fit(X)
    ax = latent_scree(model).axes[0]
    shown = np.concatenate([line.get_ydata() for line in ax.lines if line.get_marker() == "o"])
    assert set(model.eigenvalues.tolist()) <= set(shown.tolist())
    assert any(np.allclose(line.get_ydata(), model.sigma2) for line in ax.lines)


def test_scree_of_rows_in_a_plane():
    assert latent_scree(PPCA(1).fit(FULL[:1])).axes[0].get_yscale() == "linear"
    assert latent_scree(PPCA(2).fit(FULL[:2])).axes


@pytest.mark.parametrize("X", [FULL, GAPS], ids=["complete", "gaps"])
@pytest.mark.parametrize("make", [PPCA, FactorAnalysis])
def test_scatter_has_an_ellipse_for_each_row(make, X):
    model = make(2).fit(X)
    ax = latent_scatter(model, X, labels=np.arange(60) % 3).axes[0]
    posterior = model.encode(X)
    assert len(ax.patches) == 60
    points = np.concatenate([each.get_offsets() for each in ax.collections])
    np.testing.assert_allclose(np.sort(points, axis=0), np.sort(posterior.mean, axis=0))
    covariance = np.broadcast_to(posterior.covariance, (60, 2, 2))[7]
    axes = np.sort([ax.patches[7].width, ax.patches[7].height])
    np.testing.assert_allclose(axes, 2 * RADIUS * np.sqrt(np.linalg.eigvalsh(covariance)), rtol=1e-9)


def test_half_of_a_posterior_is_in_its_ellipse():
    z = np.random.default_rng(1).standard_normal((100_000, 2))
    assert (np.linalg.norm(z, axis=1) < RADIUS).mean() == pytest.approx(0.5, abs=0.01)


def test_samples_stand_beside_rows():
    model = Gaussian().fit(FULL)
    ax = latent_samples(model, FULL, columns=(1, 4), seed=3).axes[0]
    np.testing.assert_array_equal(ax.collections[0].get_offsets(), FULL[:, [1, 4]])
    np.testing.assert_array_equal(ax.collections[1].get_offsets(), model.sample(60, 3)[:, [1, 4]])


def test_intervals_are_the_predictive_ones():
    model = PPCA(2).fit(GAPS)
    ax = latent_intervals(model, GAPS, 2, truth=FULL).axes[0]
    missing = np.isnan(GAPS[:, 2])
    mean, std = model.impute(GAPS, return_std=True)
    bars = np.array(ax.containers[0].lines[2][0].get_segments())
    np.testing.assert_allclose(bars[:, 1, 1] - bars[:, 0, 1], 2 * INTERVAL * std[missing, 2], rtol=1e-9)
    np.testing.assert_allclose(bars[:, :, 1].mean(axis=1), mean[missing, 2], rtol=1e-9)


def test_what_cannot_be_drawn_is_refused():
    model = PPCA(2).fit(FULL)
    for wrong in (
        lambda: latent_scatter(model, FULL, components=(0, 0)),
        lambda: latent_scatter(PPCA(1).fit(FULL), FULL),
        lambda: latent_samples(model, FULL, columns=(0, 9)),
        lambda: latent_intervals(model, FULL, 0),
    ):
        with pytest.raises(ArgumentError):
            wrong()
    with pytest.raises(ShapeError, match="labels has shape"):
        latent_scatter(model, FULL, labels=[1, 2])
