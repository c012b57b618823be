"""PPCA, flows and VAEs as scikit-learn estimators."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_wine
from sklearn.decomposition import PCA
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from chainrule.estimators import PPCA, FlowDensity, NetworkClassifier, VAETransformer

X, CULTIVAR = load_wine(return_X_y=True)
X = StandardScaler().fit_transform(X)


def test_ppca_has_the_likelihood_and_the_plane_of_pca() -> None:
    own, theirs = PPCA(3).fit(X), PCA(3, svd_solver="full").fit(X)
    n = len(X)
    sigma2 = theirs.noise_variance_ * (n - 1) / n  # scikit-learn divides by n - 1
    assert own.noise_variance_ == pytest.approx(sigma2, rel=1e-10)
    assert np.linalg.norm(own.components_ @ theirs.components_.T) ** 2 == pytest.approx(
        np.linalg.norm(own.components_) ** 2, rel=1e-10
    )
    assert own.score(X) >= theirs.score(X)
    assert own.inverse_transform(own.transform(X)).shape == X.shape
    assert own.get_covariance() == pytest.approx(own.components_.T @ own.components_ + sigma2 * np.eye(13))


def test_ppca_takes_missing_values() -> None:
    holes = np.where(np.random.default_rng(0).random(X.shape) < 0.2, np.nan, X)
    assert np.isfinite(PPCA(2).fit(holes).transform(holes)).all()


def test_latent_values_feed_a_classifier_and_are_searched_over() -> None:
    network = NetworkClassifier((8,), learning_rate=0.02, epochs=40)
    search = GridSearchCV(make_pipeline(PPCA(), network), {"ppca__n_components": [1, 4]}, cv=3)
    assert search.fit(X, CULTIVAR).best_params_ == {"ppca__n_components": 4}
    assert search.best_score_ > 0.9


def test_densities_are_compared_by_held_out_likelihood() -> None:
    folds = KFold(3, shuffle=True, random_state=0)
    scores = [cross_val_score(PPCA(k), X, cv=folds).mean() for k in (0, 3)]
    assert scores[1] > scores[0]


@pytest.mark.parametrize(
    ("model", "prefix"),
    [
        (PPCA(2), "ppca"),
        (VAETransformer(2, hidden=(4,), epochs=2), "vaetransformer"),
        (FlowDensity("affine", depth=2, hidden=(4,), epochs=2), "flowdensity"),
    ],
)
def test_frames_out(model: PPCA, prefix: str) -> None:
    frame = clone(model).set_output(transform="pandas").fit_transform(X)
    assert frame.columns[:2].tolist() == [f"{prefix}0", f"{prefix}1"]


def test_a_flow_inverts_and_its_density_is_its_models() -> None:
    flow = FlowDensity("affine", depth=2, hidden=(8,), epochs=3).fit(X)
    assert flow.inverse_transform(flow.transform(X)) == pytest.approx(X, abs=1e-9)
    assert flow.score(X) == pytest.approx(flow.score_samples(X).mean())
    assert (flow.sample(3, random_state=1) == flow.sample(3, random_state=1)).all()
