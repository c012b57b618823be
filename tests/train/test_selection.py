"""Learning-rate tests, cross-validation, search and ensembles, where the answer is known."""

import numpy as np
import pytest

from chainrule.errors import ArgumentError, DataError, RunError, ShapeError
from chainrule.nn import Network
from chainrule.runs import Run, list_runs
from chainrule.train import (
    LBFGS,
    SGD,
    RateTest,
    cross_validate,
    evaluate,
    find_learning_rate,
    fit_ensemble,
    parts,
    search,
)
from chainrule.train.folds import fold_rows

RNG = np.random.default_rng(9)
X = RNG.normal(size=(60, 2))
Y = X @ np.array([1.0, -2.0]) + 0.5
LABELS = (Y > 0).astype(int)


@pytest.mark.parametrize("compile", ["native", "reference"])
def test_the_range_test_stays_below_the_rate_at_which_descent_diverges(compile: str) -> None:
    """On a quadratic gradient descent diverges above 2 / λmax, and crawls far below."""
    net = Network([2, 1])
    before = net.parameters["W1"].copy()
    test = find_learning_rate(net, X, Y, batch_size=60, highest=100, compile=compile)
    design = np.hstack([X, np.ones((60, 1))])
    limit = 2 / np.linalg.eigvalsh(design.T @ design / 60).max()
    assert limit / 1000 < test.suggestion < limit
    np.testing.assert_allclose(test.rates[[0, -1]], [1e-6, 100])
    np.testing.assert_allclose(np.diff(np.log(test.rates)), np.log(1e8) / 199, rtol=1e-9)
    assert test.losses[0] == pytest.approx(evaluate(net, X, Y), rel=1e-12)
    np.testing.assert_array_equal(net.parameters["W1"], before)


def test_the_range_test_ends_where_the_loss_does_not_stay_finite() -> None:
    test = find_learning_rate(Network([2, 32, 1], seed=1), X, Y, batch_size=4, highest=1e30, steps=60)
    assert np.isnan(test.losses[-1])
    assert np.isfinite(test.suggestion)


def test_the_range_test_is_plotted() -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    axes = find_learning_rate(Network([2, 1]), X, Y, steps=20).plot()
    assert axes.get_xscale() == "log"
    assert len(axes.lines) == 3


def test_a_range_test_of_what_has_no_rate() -> None:
    for optimizer in ("lbfgs", LBFGS()):
        with pytest.raises(ArgumentError, match="a range test of L-BFGS"):
            find_learning_rate(Network([2, 1]), X, Y, optimizer=optimizer)


def test_what_a_range_test_cannot_have_seen() -> None:
    for rates, losses in (
        ([1.0, 2.0], [1.0, 1.0]),
        (np.ones(12), np.ones(12)),
        (np.arange(12.0), np.ones(12)),
    ):
        with pytest.raises(DataError, match="rates"):
            RateTest.of(rates, losses)
    with pytest.raises(DataError, match="nan before the first step"):
        RateTest.of(np.arange(1.0, 13.0), np.full(12, np.nan))


def test_rates_that_do_not_grow() -> None:
    with pytest.raises(ArgumentError, match=r"rates from 1\.0 to 0\.1"):
        find_learning_rate(Network([2, 1]), X, Y, lowest=1.0, highest=0.1)


def test_folds_are_a_partition_and_spread_every_class() -> None:
    labels = np.repeat([0, 1, 2], [30, 9, 3])
    folds = fold_rows(42, 3, np.random.default_rng(0), labels)
    assert sorted(np.concatenate(folds).tolist()) == list(range(42))
    assert [np.bincount(labels[fold]).tolist() for fold in folds] == [[10, 3, 1]] * 3


def test_each_fold_is_scored_by_a_network_that_has_not_seen_it() -> None:
    """The targets of a fold are its own; a mean learnt from the others is off by a known amount."""
    net, y = Network([2, 1]), RNG.normal(size=60)
    constant = np.zeros((60, 2))
    result = cross_validate(net, constant, y, folds=4, optimizer=SGD(0.5), batch_size=60, epochs=60)
    for fold, score in zip(result.held_out, result.scores, strict=True):
        learnt = np.delete(y, fold).mean()
        assert score == pytest.approx(np.mean((y[fold] - learnt) ** 2) / 2)
    assert result.standard_error == pytest.approx(np.std(result.scores, ddof=1) / 2)
    np.testing.assert_array_equal(net.parameters["b1"], 0)


def test_weights_and_a_score_of_ones_own() -> None:
    result = cross_validate(
        Network([2, 2], output_activation="softmax"), X, LABELS, loss="cross_entropy", folds=3,
        sample_weight=np.ones(60), optimizer="lbfgs", epochs=50, l2=1e-3,
        score=lambda net, X, y: float(np.mean(net.predict(X).argmax(axis=1) == y)),
    )  # fmt: skip
    assert result.mean > 0.9
    with pytest.raises(DataError, match="2 rows in folds=3"):
        cross_validate(Network([2, 1]), X[:2], Y[:2], folds=3)
    with pytest.raises(ArgumentError, match="folds=1"):
        cross_validate(Network([2, 1]), X, Y, folds=1)


def test_a_search_finds_the_rate_that_learns() -> None:
    """Linear candidates that start alike: over five decades of rates, the highest gets farthest in time."""
    options = {"candidates": 8, "epochs": 16, "depths": (0, 0), "rates": (1e-6, 1e-1), "seed": 1}
    found = search(X, Y, initializer="constant", **options)
    assert len(found.trials) == 8
    assert [trial.epochs for trial in found.trials] == [16, 8, 4, 4, 2, 2, 2, 2]
    assert found.best.learning_rate == max(trial.learning_rate for trial in found.trials)
    assert "hidden layers" in str(found)
    again = search(X, Y, initializer="constant", **options)
    assert again.trials == found.trials


def test_a_search_over_networks_of_classes() -> None:
    found = search(
        X, LABELS, outputs=2, loss="cross_entropy", output_activation="softmax", candidates=4, epochs=20,
        widths=(4, 8), normalisation="batch", dropout=0.1, residual=False,
    )  # fmt: skip
    assert np.mean(found.network.predict(X).argmax(axis=1) == LABELS) > 0.85
    with pytest.raises(ArgumentError, match="fit_options with 'optimizer'"):
        search(X, Y, fit_options={"optimizer": "adam"})
    with pytest.raises(ArgumentError, match="keep=1"):
        search(X, Y, keep=1)
    with pytest.raises(ArgumentError, match=r"widths=\(9, 3\)"):
        search(X, Y, widths=(9, 3))
    with pytest.raises(ShapeError, match="y has shape"):
        search(X, Y, outputs=2)


def test_an_ensemble_is_as_good_as_the_mean_of_its_members() -> None:
    """By convexity: its squared error is at most the mean of theirs; the difference is the spread's."""
    ensemble, histories = fit_ensemble(Network([2, 8, 1]), X, Y, members=3, epochs=20)
    errors = [np.mean((net.predict(X)[:, 0] - Y) ** 2) for net in ensemble.networks]
    own = np.mean((ensemble.predict(X)[:, 0] - Y) ** 2)
    assert own == pytest.approx(np.mean(errors) - np.mean(ensemble.spread(X) ** 2) * 2 / 3)
    assert len(histories) == 3
    assert len({net.parameters["W1"].tobytes() for net in ensemble.networks}) == 3


class CutError(Exception):
    """Ends a process, as kill -9 does."""


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
@pytest.mark.parametrize("kind", ["ensemble", "folds", "search"])
def test_a_run_that_was_cut_off_goes_on_with_what_was_finished(
    tmp_path, monkeypatch, kind, optimizer
) -> None:
    def train(run):
        if kind == "search":
            return search(X, Y, candidates=4, epochs=4, widths=(2, 4), run=run).network.parameters
        options = {"epochs": 3, "optimizer": optimizer, "validation": 0.2, "run": run}
        if kind == "folds":
            networks = cross_validate(Network([2, 3, 1]), X, Y, folds=3, **options).networks
        else:
            networks = fit_ensemble(Network([2, 3, 1]), X, Y, members=3, **options)[0].networks
        return {f"{k}{name}": v for k, each in enumerate(networks) for name, v in each.parameters.items()}

    ended, finished, many = [], parts.finish, {"ensemble": 3, "folds": 3, "search": 7}[kind]

    def cut_off(*arguments):
        if len(ended) == 2:
            raise CutError
        ended.append(arguments)
        finished(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(parts, "finish", cut_off)
        with pytest.raises(CutError):
            train(tmp_path / "run")
    assert [run.status for run in list_runs(tmp_path)] == ["interrupted"]
    again = []
    monkeypatch.setattr(parts, "finish", lambda *arguments: (again.append(1), finished(*arguments)))
    found, expected = train(Run(tmp_path / "run", resume=True)), train(None)
    assert len(again) == many - 2
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values)
    assert [run.status for run in list_runs(tmp_path)] == ["finished"]
    with pytest.raises(RunError, match="has a run already"):
        train(tmp_path / "run")


def test_other_settings_are_another_run(tmp_path) -> None:
    fit_ensemble(Network([2, 3, 1]), X, Y, members=2, epochs=2, run=tmp_path / "run")
    with pytest.raises(RunError, match="members was 2, is 3"):
        fit_ensemble(Network([2, 3, 1]), X, Y, members=3, epochs=2, run=Run(tmp_path / "run", resume=True))
