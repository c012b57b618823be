"""The network classifier and regressor beyond scikit-learn's own checks."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from scipy import special
from scipy.sparse import issparse
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris, make_multilabel_classification, make_regression
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from chainrule.estimators import NetworkClassifier, NetworkRegressor
from chainrule.nn import Network
from chainrule.train import SGD, Adam, Cosine, EpochRecord, fit

IRIS, SPECIES = load_iris(return_X_y=True)


def quick(**settings: object) -> NetworkClassifier:
    return NetworkClassifier(**{"hidden": (8,), "learning_rate": 0.02, "epochs": 60, **settings})


def test_no_hidden_layer_is_multinomial_logistic_regression() -> None:
    own = NetworkClassifier((), learning_rate=0.3, epochs=2000, standardize=False)
    X = IRIS[:, :2] - IRIS[:, :2].mean(axis=0)
    theirs = LogisticRegression(C=1e9, tol=1e-10, max_iter=2000).fit(X, SPECIES)
    own.fit(X, SPECIES)
    assert log_loss(SPECIES, own.predict_proba(X)) < log_loss(SPECIES, theirs.predict_proba(X)) + 2e-3


def test_no_hidden_layer_is_linear_regression_in_any_unit() -> None:
    X, y = make_regression(60, 3, noise=5.0, random_state=0)
    X = X * [1.0, 1e3, 1e-3] + [0.0, 1e6, 0.0]
    own = NetworkRegressor((), optimizer=SGD(0.3, momentum=0.9), epochs=400).fit(X, 1e4 + y)
    wanted = LinearRegression().fit(X, 1e4 + y).predict(X)
    assert own.predict(X) == pytest.approx(wanted, rel=1e-7)


def test_l2_is_ridge_regression() -> None:
    X, y = make_regression(60, 3, noise=5.0, random_state=0)
    X, y = StandardScaler().fit_transform(X), (y - y.mean()) / y.std()
    own = NetworkRegressor((), optimizer="lbfgs", l2=0.2).fit(X, y)
    assert own.predict(X) == pytest.approx(Ridge(alpha=0.2 * len(X)).fit(X, y).predict(X), abs=1e-6)


def test_l1_leaves_out_what_says_nothing() -> None:
    X, y = make_regression(60, 5, n_informative=2, noise=1.0, random_state=0)
    own = NetworkRegressor((), optimizer=SGD(0.1), schedule="cosine", l1=0.1).fit(X, y)
    assert np.sum(np.abs(own.network_.parameters["W1"]) < 1e-3) == 3


def test_layers_are_those_of_the_library() -> None:
    layers = {"normalisation": "batch", "dropout": 0.2, "residual": True}
    own = quick(hidden=(8, 8), standardize=False, batch_size=50, dtype="float64", **layers).fit(IRIS, SPECIES)
    rng = np.random.default_rng(0)
    net = Network([4, 8, 8, 3], initializer="glorot", seed=rng, **layers)
    fit(net, IRIS, SPECIES, loss="cross_entropy", optimizer=Adam(0.02), batch_size=50, epochs=60, seed=rng)
    assert (own.decision_function(IRIS) == net.predict(IRIS)).all()


def test_targets_of_several_columns() -> None:
    X, y = make_regression(80, 3, n_targets=2, random_state=1)
    own = NetworkRegressor((), optimizer=SGD(0.3, momentum=0.9), epochs=400).fit(X, y * [1.0, 100.0])
    assert own.predict(X[:5]) == pytest.approx(y[:5] * [1.0, 100.0], rel=1e-6)


def test_several_labels_at_once() -> None:
    X, Y = make_multilabel_classification(200, n_classes=3, random_state=0)
    own = quick(epochs=150).fit(X, Y)
    assert own.predict(X).shape == Y.shape
    assert (own.predict(X) == Y).mean() > 0.9
    assert own.predict_proba(X) == pytest.approx(special.expit(own.decision_function(X)))


@pytest.mark.parametrize(
    "names", [np.array(["a", "b", "c"]), np.array([-3, 10, 7]), np.array([1.0, 2.0, 5.0])]
)
def test_classes_of_any_type(names: np.ndarray) -> None:
    own = quick().fit(IRIS, names[SPECIES])
    assert own.classes_.tolist() == sorted(names.tolist())
    assert own.score(IRIS, names[SPECIES]) > 0.9


def test_log_probabilities_do_not_vanish() -> None:
    X, y = np.array([[-1e4], [1e4]] * 5), np.array([0, 1] * 5)
    own = quick(standardize=False, epochs=100).fit(X, y)
    assert np.isfinite(own.predict_log_proba(X)).all()
    assert np.exp(own.predict_log_proba(X[:1] / 1e4)) == pytest.approx(own.predict_proba(X[:1] / 1e4))


def test_a_weight_is_a_number_of_equal_rows() -> None:
    rng = np.random.default_rng(0)
    X, y, weight = rng.standard_normal((20, 3)), rng.integers(0, 3, 20), rng.integers(0, 4, 20)
    weighted = quick().fit(X, y, sample_weight=weight)
    repeated = quick().fit(np.repeat(X, weight, axis=0), np.repeat(y, weight))
    assert weighted.predict_proba(X) == pytest.approx(repeated.predict_proba(X), rel=1e-9)


def test_balanced_classes_move_the_decision() -> None:
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(0, 1, (190, 1)), rng.normal(1, 1, (10, 1))])
    y = np.repeat([0, 1], [190, 10])
    rare = [
        quick(class_weight=each).fit(X, y).predict(X).mean() for each in (None, "balanced", {0: 1, 1: 19})
    ]
    assert rare[0] < 0.05 < 0.15 < rare[1]
    assert rare[1] == rare[2]


def test_early_stopping_watches_the_loss_and_keeps_both_curves() -> None:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((120, 5))
    y = rng.integers(0, 2, 120)  # nothing to be learnt
    own = quick(hidden=(32,), epochs=500, early_stopping=True, patience=5).fit(X, y)
    assert own.n_epochs_ == len(own.loss_curve_) == len(own.validation_loss_curve_) < 500
    assert int(np.argmin(own.validation_loss_curve_)) == own.n_epochs_ - 1 - 5
    assert quick().fit(X, y).validation_loss_curve_ is None


def test_warm_start_goes_on_and_partial_fit_keeps_the_optimisers_state() -> None:
    warm = quick(warm_start=True, epochs=20, batch_size=150)
    first = warm.fit(IRIS, SPECIES).loss_curve_
    assert warm.fit(IRIS, SPECIES).loss_curve_[0] < first[0]
    whole = quick(epochs=30, batch_size=150).fit(IRIS, SPECIES)
    steps = quick(epochs=30, batch_size=150)
    for _ in range(30):
        steps.partial_fit(IRIS, SPECIES)
    assert steps.predict_proba(IRIS) == pytest.approx(whole.predict_proba(IRIS), rel=1e-9)
    assert steps.loss_curve_ == pytest.approx(whole.loss_curve_, rel=1e-9)


def test_partial_fit_wants_all_classes_at_first() -> None:
    with pytest.raises(ValueError, match="partial_fit"):
        quick().partial_fit(IRIS[:100], SPECIES[:100]).partial_fit(IRIS[100:], SPECIES[100:])
    own = quick().partial_fit(IRIS[:100], SPECIES[:100], classes=[0, 1, 2])
    assert own.partial_fit(IRIS[100:], SPECIES[100:]).predict_proba(IRIS).shape == (150, 3)


def test_the_same_state_gives_the_same_bits_and_none_does_not() -> None:
    twice = [quick().fit(IRIS, SPECIES).predict_proba(IRIS) for _ in range(2)]
    assert (twice[0] == twice[1]).all()
    fresh = [quick(random_state=None).fit(IRIS, SPECIES).predict_proba(IRIS) for _ in range(2)]
    assert (fresh[0] != fresh[1]).any()


def test_in_pipelines_searches_and_copies() -> None:
    model = make_pipeline(StandardScaler(), quick(schedule=Cosine(60)))
    assert cross_val_score(model, IRIS, SPECIES, cv=3).mean() > 0.9
    search = GridSearchCV(quick(), {"hidden": [(2,), (8,)], "optimizer": ["sgd", "adam"]}, cv=2).fit(
        IRIS, SPECIES
    )
    assert search.best_score_ > 0.9
    again = pickle.loads(pickle.dumps(search.best_estimator_))
    assert (again.predict(IRIS) == search.predict(IRIS)).all()
    with pytest.raises(NotFittedError):
        clone(again).predict(IRIS)


def test_frames_and_what_a_notebook_shows() -> None:
    frame = pd.DataFrame({"size": IRIS[:, 0], "colour": np.array(["red", "green", "blue"])[SPECIES]})
    encode = ColumnTransformer([("words", OneHotEncoder(), ["colour"])], remainder="passthrough")
    model = make_pipeline(encode, quick()).fit(frame, SPECIES)
    assert model.score(frame, SPECIES) == 1.0
    assert "NetworkClassifier" in model._repr_html_()
    own = quick().fit(frame[["size"]], SPECIES)
    assert own.feature_names_in_.tolist() == ["size"]


def test_sparse_rows_are_those_with_zeros() -> None:
    words = OneHotEncoder().fit_transform(np.round(IRIS[:, :2]).astype(str))
    assert issparse(words)
    model = quick().fit(words, SPECIES)
    dense = quick().fit(words.toarray(), SPECIES)
    assert (model.predict_proba(words) == dense.predict_proba(words.toarray())).all()
    piece = quick().partial_fit(words.tocoo(), SPECIES, classes=range(3))
    assert (piece.predict_proba(words.tocsc()) == piece.predict_proba(words.toarray())).all()


def exact_in_float32(model: NetworkClassifier) -> bool:
    parameters = model.network_.parameters.values()
    return all((value == value.astype(np.float32)).all() for value in parameters)


def test_minibatches_are_trained_in_float32_and_full_batches_as_the_inputs_are() -> None:
    assert exact_in_float32(quick(batch_size=50).fit(IRIS, SPECIES))
    assert exact_in_float32(quick(dtype="float32").fit(IRIS, SPECIES))
    assert exact_in_float32(quick().fit(IRIS.astype(np.float32), SPECIES))
    assert not exact_in_float32(quick().fit(IRIS, SPECIES))
    assert not exact_in_float32(quick(batch_size=50, dtype="float64").fit(IRIS, SPECIES))
    assert not exact_in_float32(quick(batch_size=50, standardize=False).fit(1e30 * IRIS, SPECIES))


def test_predictions_are_float64_whatever_was_trained_in() -> None:
    own = quick(batch_size=50).fit(IRIS, SPECIES)
    W1, b1, W2, b2 = own.network_.parameters.values()
    hidden = np.maximum((IRIS - IRIS.mean(axis=0)) / IRIS.std(axis=0) @ W1.T + b1, 0)
    assert own.decision_function(IRIS) == pytest.approx(hidden @ W2.T + b2, rel=1e-12)
    state = own.partial_fit(IRIS, SPECIES).partial_fit(IRIS, SPECIES).n_epochs_
    assert (state, exact_in_float32(own)) == (62, True)


def test_l_bfgs_takes_all_rows() -> None:
    X = IRIS[:, :2] - IRIS[:, :2].mean(axis=0)
    own = NetworkClassifier((), optimizer="lbfgs", epochs=500, standardize=False).fit(X, SPECIES)
    theirs = LogisticRegression(C=1e9, tol=1e-10, max_iter=2000).fit(X, SPECIES)
    assert own.predict_proba(X) == pytest.approx(theirs.predict_proba(X), abs=1e-3)
    with pytest.raises(ValueError, match="all rows at once"):
        own.partial_fit(X, SPECIES)


def test_callbacks_see_each_epoch_and_may_stop() -> None:
    seen = []

    def stop(record: EpochRecord, network: Network) -> bool:
        seen.append(record.loss)
        return record.epoch == 3

    model = clone(quick(callbacks=[stop])).fit(IRIS, SPECIES)
    assert model.n_epochs_ == 3
    assert seen == model.loss_curve_
    assert model.history_.stopped_by == "callback"


def test_the_usual_rates() -> None:
    for model, y, rate in ((NetworkClassifier, SPECIES, 0.003), (NetworkRegressor, IRIS[:, 0], 0.001)):
        assert model((4,), epochs=2).fit(IRIS, y).history_.learning_rate.tolist() == [rate, rate]


def test_a_plateau_needs_rows_held_out() -> None:
    noise = np.random.default_rng(0).integers(0, 2, len(IRIS))
    settings = {"schedule": "plateau", "learning_rate": 0.1, "patience": 12}
    rates = quick(early_stopping=True, **settings).fit(IRIS, noise).history_.learning_rate
    assert rates[0] == 0.1
    assert rates[-1] < 0.1
    with pytest.raises(ValueError, match="without validation"):
        quick(**settings).fit(IRIS, noise)


@pytest.mark.parametrize("y", [["a", None] * 75, [1, "a", "b"] * 50])
def test_classes_that_have_no_order_are_refused(y: list[object]) -> None:
    with pytest.raises(ValueError, match="y has values of different types"):
        quick().fit(IRIS, np.array(y, dtype=object))


def test_other_dtypes_are_refused() -> None:
    with pytest.raises(TypeError, match="float32 or float64"):
        quick(dtype="int8").fit(IRIS, SPECIES)


def test_one_hidden_layer_may_be_a_number() -> None:
    assert quick(hidden=5).fit(IRIS, SPECIES).network_.sizes == (4, 5, 3)


def test_going_on_needs_the_same_layers_and_classes() -> None:
    own = quick(warm_start=True).fit(IRIS, SPECIES)
    with pytest.raises(ValueError, match=r"hidden=\(3,\)"):
        own.set_params(hidden=(3,)).fit(IRIS, SPECIES)
    with pytest.raises(ValueError, match=r"dropout=0\.5.* to go on with Network"):
        own.set_params(hidden=(8,), dropout=0.5).fit(IRIS, SPECIES)
    own.set_params(dropout=0.0)
    with pytest.raises(ValueError, match="first call, 0, 1, 2"):
        own.set_params(hidden=(8,)).partial_fit(IRIS, SPECIES, classes=[0, 1])
    with pytest.raises(ValueError, match="the class 3"):
        own.fit(IRIS, SPECIES + 1)


@pytest.mark.parametrize("share", [0.0, 1, 2, "a"])
def test_shares_that_are_none(share: object) -> None:
    with pytest.raises(ValueError, match="validation_fraction"):
        quick(early_stopping=True, validation_fraction=share).fit(IRIS, SPECIES)


def test_too_few_rows_to_hold_any_out() -> None:
    some = [0, 1, 60, 61]
    with pytest.raises(ValueError, match="4 rows with validation_fraction"):
        quick(early_stopping=True).fit(IRIS[some], SPECIES[some])


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"optimizer": "adamm"}, "optimizer"),
        ({"batch_size": "all"}, "auto"),
        ({"learning_rate": "fast"}, "auto"),
        ({"activation": "relo"}, "relu"),
        ({"hidden": (0,)}, "1 or more"),
    ],
)
def test_settings_that_make_no_sense(settings: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        quick(**settings).fit(IRIS, SPECIES)


def test_columns_of_classes_are_refused() -> None:
    with pytest.raises(ValueError, match="MultiOutputClassifier"):
        quick().fit(IRIS, np.column_stack([SPECIES, SPECIES]))
