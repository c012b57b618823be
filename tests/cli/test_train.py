"""``chainrule train``."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.data import read_table, split_rows


def test_classification(run, folder, shapes) -> None:
    outcome = run("train", shapes, "--target", "large", "-o", "model", "--json")
    facts = outcome.facts
    assert outcome.status == 0
    assert facts["columns"] == {"size": "number", "colour": "category", "round": "boolean"}
    assert facts["network"]["sizes"] == [4, 32, 32, 2]  # size, colour=blue, colour=red, round
    assert (facts["task"], facts["classes"]) == ("classification", ["no", "yes"])
    assert sum(facts["rows"].values()) == 80
    confusion = np.array(facts["test"]["confusion"])
    assert confusion.sum() == facts["rows"]["test"]
    assert facts["test"]["accuracy"] == np.trace(confusion) / confusion.sum() >= 0.9
    assert facts["baseline"]["accuracy"] <= 0.7
    assert facts["test"]["log_loss"] < facts["baseline"]["log_loss"]
    assert {path.name for path in (folder / "model").iterdir()} == {
        "model.json",
        "model.safetensors",
        "history.jsonl",
        "report.html",
        "run.json",
        "run.lock",
        "result.json",
        "checkpoints",
    }


def test_regression_recovers_a_linear_rule(run, folder, line) -> None:
    facts = run("train", line, "--target", "y", "--hidden", "none", "-o", "model", "--json").facts
    assert (facts["task"], facts["network"]["sizes"]) == ("regression", [2, 1])
    assert facts["test"]["r_squared"] > 0.999
    assert facts["baseline"]["r_squared"] <= 0
    model = cr.load(folder / "model")
    grid = cr.data.Table.from_columns({"a": [1.0, 0.0, 0.0], "b": [0.0, 1.0, 0.0]})
    np.testing.assert_allclose(model.predict(grid), [103, 98, 100], atol=0.1)


def test_scores_are_of_the_test_rows_and_scales_of_the_training_rows(run, folder, line) -> None:
    facts = run("train", line, "--target", "y", "-o", "model", "--seed", 4, "--json").facts
    model, table = cr.load(folder / "model"), read_table(line)
    splitting = np.random.default_rng(4).spawn(3)[0]
    train, _, test = split_rows(120, (0.7, 0.15, 0.15), splitting)
    residual = (table["y"] - model.predict(table))[test]
    assert facts["test"]["rmse"] == pytest.approx(np.sqrt(np.mean(residual**2)), rel=1e-12)
    offset = table["y"][test] - table["y"][train].mean()
    assert facts["baseline"]["rmse"] == pytest.approx(np.sqrt(np.mean(offset**2)), rel=1e-12)
    for encoding in model.encoder.encodings:
        values = table[encoding.name][train]
        assert (encoding.mean, encoding.scale) == pytest.approx((values.mean(), values.std()), rel=1e-12)
    assert model.target.mean == pytest.approx(table["y"][train].mean(), rel=1e-12)


def test_the_report_says_what_json_says(run, shapes) -> None:
    arguments = ("train", shapes, "--target", "large", "--epochs", 20)
    facts = run(*arguments, "-o", "a", "--json").facts
    text = run(*arguments, "-o", "b").stdout
    assert "shapes.csv: 80 rows, 4 columns" in text
    for words in (
        "colour   category   one-hot, 2 columns",
        "size     number     standardised",
        "round    boolean",
    ):
        assert words in text
    rows = facts["rows"]
    assert f"{rows['train']} train, {rows['validation']} validation, {rows['test']} test" in text
    assert f"{facts['test']['accuracy']:.1%}" in text
    assert f"{facts['baseline']['log_loss']:.4f}" in text
    assert f"trained   {facts['epochs']} epochs" in text
    assert "chainrule predict b shapes.csv" in text


def test_the_same_seed_gives_the_same_bits(run, folder, shapes) -> None:
    arguments = ("train", shapes, "--target", "large", "--epochs", 5, "--json", "--seed")
    first, second, other = (
        run(*arguments, seed, "-o", name).facts for seed, name in ((1, "a"), (1, "b"), (2, "c"))
    )
    assert {**first, "model": ""} == {**second, "model": ""}
    weights = [(folder / name / "model.safetensors").read_bytes() for name in "abc"]
    assert weights[0] == weights[1] != weights[2]
    assert first["validation_loss"] != other["validation_loss"]


def test_the_history_has_every_epoch_and_the_best_is_kept(run, folder, shapes) -> None:
    facts = run("train", shapes, "--target", "large", "-o", "model", "--json").facts
    history = cr.io.read_history(folder / "model" / "history.jsonl")
    losses = [record["validation_loss"] for record in history]
    assert [record["epoch"] for record in history] == list(range(1, facts["epochs"] + 1))
    assert facts["best_epoch"] == int(np.argmin(losses)) + 1
    assert facts["validation_loss"] == min(losses)


def test_the_manifest_tells_how_it_was_trained(run, folder, shapes) -> None:
    facts = run("train", shapes, "--target", "large", "-o", "model", "--epochs", 3, "--json").facts
    training = cr.io.read_manifest(folder / "model").training
    assert training["settings"]["epochs"] == 3
    assert training["test"] == facts["test"]


def test_columns_can_be_dropped_and_read_as_categories(run, folder) -> None:
    lines = [f"{k},{k % 3},{k % 2}" for k in range(40)]
    (folder / "t.csv").write_text("\n".join(["id,zone,even", *lines]))
    facts = run("train", "t.csv", "--target", "even", "--drop", "id", "--category", "zone", "--json").facts
    assert facts["columns"] == {"zone": "category"}
    assert facts["network"]["sizes"][0] == 3
    assert facts["model"] == "t-model"


def test_the_task_can_be_chosen(run, line, folder) -> None:
    lines = [f"{k / 7},{k % 5}" for k in range(60)]
    (folder / "stars.csv").write_text("\n".join(["x,stars", *lines]))
    arguments = ("train", "stars.csv", "--target", "stars", "--epochs", 2, "--json")
    assert run(*arguments, "-o", "a").facts["classes"] == ["0", "1", "2", "3", "4"]
    assert run(*arguments, "-o", "b", "--task", "regression").facts["classes"] is None


def test_both_optimisers_and_their_learning_rates(run, shapes) -> None:
    arguments = ("train", shapes, "--target", "large", "--epochs", 1, "--json", "--force", "--optimizer")
    assert "Adam(learning_rate=0.01," in run(*arguments, "adam").facts["settings"]["optimiser"]
    sgd = run(*arguments, "sgd", "--learning-rate", 0.5).facts["settings"]["optimiser"]
    assert sgd.startswith("SGD(learning_rate=0.5,")


def test_force_replaces_the_model_and_its_history(run, folder, shapes) -> None:
    arguments = ("train", shapes, "--target", "large", "-o", "model")
    run(*arguments, "--epochs", 4)
    assert run(*arguments, "--epochs", 2, "--force").status == 0
    assert len(cr.io.read_history(folder / "model" / "history.jsonl")) == 2
    assert cr.io.read_manifest(folder / "model").training["settings"]["epochs"] == 2


def test_an_empty_folder_is_no_obstacle(run, folder, shapes) -> None:
    (folder / "model").mkdir()
    assert run("train", shapes, "--target", "large", "--epochs", 1, "-o", "model").status == 0


def test_names_with_markup_and_quotes_are_shown_as_they_are(run, folder) -> None:
    lines = [f"{k / 7},{k % 2}" for k in range(40)]
    (folder / "my table.csv").write_text("\n".join(["[bold]x[/],the class", *lines]))
    text = run("train", "my table.csv", "--target", "the class", "--epochs", 1, "-o", "my model").stdout
    assert "[bold]x[/]" in text
    assert "chainrule predict 'my model' 'my table.csv'" in text
