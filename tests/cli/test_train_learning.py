"""``chainrule train``: what network, and how it is trained."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

import chainrule as cr
from chainrule.cli.training import choosing


def test_every_kind_of_layer_and_step_at_once(run, folder, shapes) -> None:
    outcome = run(
        "train", shapes, "--target", "large", "-o", "model", "--normalisation", "batch", "--dropout", 0.2,
        "--residual", "--optimizer", "adamw", "--schedule", "cosine", "--warm-up", 3, "--clip-norm", 1,
        "--l1", 1e-5, "--l2", 1e-4, "--label-smoothing", 0.05, "--epochs", 60, "--json",
    )  # fmt: skip
    assert outcome.facts["test"]["accuracy"] >= 0.8
    settings = outcome.facts["settings"]
    assert (settings["normalisation"], settings["dropout"], settings["residual"]) == ("batch", 0.2, True)
    assert "Clip(optimiser=AdamW(" in settings["optimiser"]
    network = cr.load(folder / "model").network
    assert network.untrained == ("mean1", "variance1", "mean2", "variance2")
    assert [layer.residual for layer in network.layers] == [False, True, False]
    assert run("predict", "model", shapes).status == 0


def test_blocks_of_two_layers(run, refused, shapes) -> None:
    options = ("train", shapes, "--target", "large", "-o", "model", "--epochs", 2, "--residual-blocks")
    assert "the layer before it has inputs" in refused(*options)
    assert "--residual with --residual-blocks" in refused(*options, "--residual")
    assert run(*options, "--hidden", "6,5,6").status == 0
    assert [layer.residual for layer in cr.load("model").network.layers] == [0, 0, 2, 0]


def test_lbfgs_on_a_line_reaches_least_squares(run, folder, line) -> None:
    facts = run(
        "train", line, "--target", "y", "--hidden", "none", "--optimizer", "lbfgs", "-o", "model", "--json"
    ).facts
    assert facts["stopped_by"] in ("converged", "early_stopping")
    assert facts["test"]["r_squared"] > 0.999


def test_the_learning_rate_that_a_range_test_finds_is_used(run, line) -> None:
    facts = run("train", line, "--target", "y", "--find-lr", "--epochs", 40, "-o", "model", "--json").facts
    rate = float(facts["settings"]["optimiser"].split("learning_rate=")[1].split(",")[0])
    assert 1e-4 < rate < 1
    assert rate != 0.01
    assert rate == pytest.approx(facts["find_lr"]["suggestion"], rel=1e-12)
    picture = ElementTree.parse("model/find-lr.svg").getroot()
    assert "it fell fastest at" in ElementTree.tostring(picture, "unicode")
    assert "Learning-rate range test" in Path("model/report.html").read_text(encoding="utf-8")
    run("report", "model", "-o", "anew.html")
    assert "Learning-rate range test" in Path("anew.html").read_text(encoding="utf-8")
    run("train", line, "--target", "y", "--epochs", 2, "-o", "model", "--force")
    assert not Path("model/find-lr.svg").exists()


def test_each_fold_chooses_without_the_rows_that_it_holds_out(run, line, monkeypatch) -> None:
    seen = []

    def look(network, X, y, **settings):
        seen.append((len(X), X.tobytes()))
        return cr.train.find_learning_rate(network, X, y, **settings)

    monkeypatch.setattr(choosing, "find_learning_rate", look)
    options = ("--target", "y", "--folds", 2, "--find-lr", "--epochs", 2, "-o", "model")
    assert (
        "2 folds of the training rows, each with a choice of its own" in run("train", line, *options).stdout
    )
    (whole, _), *folds = seen
    assert [count < whole for count, _ in folds] == [True, True]
    assert len({rows for _, rows in seen}) == 3


def test_folds_are_told_with_a_standard_error(run, line) -> None:
    outcome = run("train", line, "--target", "y", "--folds", 3, "--epochs", 15, "-o", "model", "--json")
    folds = outcome.facts["cross_validation"]
    assert len(folds["losses"]) == 3
    assert folds["standard_error"] == pytest.approx(np.std(folds["losses"], ddof=1) / 3**0.5)
    assert set(folds["scores"]) == {"R²", "RMSE"}
    assert f"{folds['mean']:.4g} ± {folds['standard_error']:.2g}" in Path("model/report.html").read_text(
        encoding="utf-8"
    )
    said = run("train", line, "--target", "y", "--folds", 3, "--epochs", 15, "-o", "other").stdout
    assert "± " in said
    assert "3 folds of the training rows" in said


@pytest.mark.parametrize(("option", "same"), [("--group", True), ("--time", False)])
def test_folds_follow_the_split_and_learn_encodings_of_their_own(
    run, line, monkeypatch, option, same
) -> None:
    told = []
    train = choosing.train_plan

    def watched(plan, *arguments, **options):
        told.append(plan)
        return train(plan, *arguments, **options)

    monkeypatch.setattr(choosing, "train_plan", watched)
    content = line.read_text().splitlines()
    days = [k // 6 for k in range(len(content) - 1)]
    line.write_text("\n".join([f"{content[0]},day", *map("{},{}".format, content[1:], days)]) + "\n")
    options = ("--target", "y", "--folds", 3, "--epochs", 2, "-o", "model", option, "day")
    outcome = run("train", line, *options)
    assert "3 folds of the training rows, by day)" in outcome.stdout
    held = np.concatenate([plan.data.test["day"] for plan in told])
    assert len(np.unique(held)) * 6 == len(held)  # whole days, each held out once
    for plan in told:
        table, split = plan.table, plan.split
        train_days, held_days = set(table["day"][split.train]), set(table["day"][split.test])
        assert not train_days & held_days
        assert same or max(train_days) < min(table["day"][split.validation]) < min(held_days)
        assert plan.encoder.encodings[0].mean == pytest.approx(table["a"][split.train].mean(), rel=1e-12)
        assert plan.target.mean == pytest.approx(table["y"][split.train].mean(), rel=1e-12)


def test_more_folds_than_groups(run, line) -> None:
    content = line.read_text().splitlines()
    groups = ["group", *[f"g{k % 6}" for k in range(len(content) - 1)]]
    line.write_text("\n".join(map("{},{}".format, content, groups)) + "\n")
    said = run("train", line, "--target", "y", "--folds", 5, "--group", "group", "-o", "model").stderr
    assert "groups of 'group' in" in said
    assert "rows cannot fill 5 parts; expected: more, or fewer folds" in said


def test_a_search_says_what_it_found(run, folder, line) -> None:
    outcome = run("train", line, "--target", "y", "--search", "--epochs", 10, "-o", "model", "--json")
    sizes = outcome.facts["network"]["sizes"]
    assert (sizes[0], sizes[-1]) == (2, 1)
    assert outcome.facts["settings"]["optimiser"].startswith("AdamW(")
    # The settings of the run are those of the network that was found, and so is the report made anew.
    assert run("report", "model").status == 0


def test_an_ensemble_is_one_model(run, folder, line) -> None:
    options = ("--target", "y", "--ensemble", 3, "--epochs", 4, "--hidden", "4", "-o", "model")
    facts = run("train", line, *options, "--json").facts
    model = cr.load(folder / "model")
    assert len(model.network.networks) == len(facts["members"]) == 3
    assert facts["network"]["parameters"] == 3 * (2 * 4 + 4 + 4 + 1)
    assert {name: facts[name] for name in facts["members"][-1]} == facts["members"][-1]
    columns = run("predict", "model", line, "--json").facts["columns"]
    spread = model.network.spread(model.encoder.transform(cr.data.read_table(line)))[:, 0]
    unit = np.std(columns["prediction"]) / np.std(
        model.network.predict(model.encoder.transform(cr.data.read_table(line)))
    )
    np.testing.assert_allclose(columns["spread"], spread * unit, rtol=1e-9)
    page = (folder / "model" / "report.html").read_text(encoding="utf-8")
    assert "Every network of the ensemble has its two lines" in page
    assert "mean |∂ŷ/∂x|" in page
    numbers = [(record["network"], record["epoch"]) for record in cr.io.read_history("model/history.jsonl")]
    assert numbers == [(network, epoch) for network in (1, 2, 3) for epoch in (1, 2, 3, 4)]
    assert run("report", "model", "--json").facts["epochs"] == 12


def test_the_spread_of_classes_is_that_of_the_likeliest(run, shapes) -> None:
    options = ("--target", "large", "--ensemble", 2, "--epochs", 3, "--hidden", "4", "-o", "model")
    said = run("train", shapes, *options).stdout
    assert "network 2: 3 epochs" in said
    columns = run("predict", "model", shapes, "--json").facts["columns"]
    model, table = cr.load("model"), cr.data.read_table(shapes)
    one, two = (network.predict(model.encoder.transform(table)) for network in model.network.networks)
    rows, likeliest = np.arange(80), ((one + two) / 2).argmax(axis=1)
    expected = np.abs(one - two)[rows, likeliest] / 2**0.5
    np.testing.assert_allclose(columns["spread"], expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--optimizer", "lbfgs", "--find-lr"], "--find-lr with --optimizer lbfgs"),
        (["--optimizer", "lbfgs", "--dropout", 0.5], "--dropout with --optimizer lbfgs"),
        (["--find-lr", "--learning-rate", 0.1], "--learning-rate with --find-lr, which finds it"),
        (["--search", "--optimizer", "sgd"], "--optimizer sgd with --search; expected: adamw"),
        (["--search", "--optimizer", "lbfgs"], "--search with --optimizer lbfgs"),
        (["--search", "--optimizer", "adam"], "--optimizer adam with --search"),
        (["--search", "--hidden", 8], "--hidden with --search, which finds it"),
        (["--optimizer", "lbfgs", "--batch-size", 16], "--batch-size with --optimizer lbfgs"),
        (["--search", "--find-lr"], "--find-lr with --search, which finds a learning rate too"),
        (["--hidden", "none", "--dropout", 0.5], "--dropout with --hidden none; expected: hidden layers"),
        (["--hidden", "none", "--normalisation", "layer"], "--normalisation with --hidden none"),
        (["--residual", "--hidden", "4,8"], "as many units as it has inputs"),
        (["--warm-up", 9, "--epochs", 9], "warm_up=9 of 9 epochs"),
        (["--dropout", 1], "not in the range 0 to less than 1"),
        (["--label-smoothing", 0.1], "label smoothing"),
        (["--folds", 500], "folds=500"),
    ],
)
def test_options_that_do_not_go_together(refused, folder, line, options: list[Any], message: str) -> None:
    assert message in refused("train", line, "--target", "y", "-o", "model", *options)
    assert not (folder / "model" / "model.json").exists()


def test_a_plateau_halves_the_rate_when_the_validation_loss_no_longer_falls(run, folder) -> None:
    rows = np.random.default_rng(0).normal(size=(80, 2)).tolist()  # nothing to learn
    table = folder / "noise.csv"
    table.write_text("a,y\n" + "".join(f"{a},{y}\n" for a, y in rows))
    options = ("--target", "y", "--epochs", 25, "--patience", 25, "--learning-rate", 0.5)
    assert run("train", table, *options, "--schedule", "plateau", "-o", "model").status == 0
    history = [json.loads(text) for text in Path("model/history.jsonl").read_text().splitlines()]
    rates = [epoch["learning_rate"] for epoch in history]
    assert len(rates) == 25
    assert rates[0] == 0.5
    assert {after / before for before, after in itertools.pairwise(rates)} == {0.5, 1.0}


def test_patience_says_when_to_stop(run, line) -> None:
    options = ("--target", "y", "--learning-rate", 0.5, "--patience", 2, "-o", "model", "--json")
    facts = run("train", line, *options).facts
    history = [json.loads(text) for text in Path("model/history.jsonl").read_text().splitlines()]
    losses = [epoch["validation_loss"] for epoch in history]
    assert facts["stopped_by"] == "early_stopping"
    assert losses.index(min(losses)) == len(losses) - 3
