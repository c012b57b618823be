"""``chainrule train`` with several targets, and what follows it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars
import pytest

import chainrule as cr
from chainrule.data import read_table


@pytest.fixture
def parts(folder):
    a, b = np.random.default_rng(0).normal(size=(2, 120))
    columns = {"a": a, "b": b, "mm": 0.01 + 1e-3 * (a + 2 * b), "g": 3e7 + 1e6 * (a - b)}
    labels = {"up": np.where(a + b > 0, "yes", "no"), "big": np.where(b > 0.5, "true", "false")}
    polars.DataFrame(columns | labels).write_csv("parts.csv")
    return "parts.csv"


NUMBERS = ("--target", "mm", "--target", "g", "--drop", "up", "--drop", "big")
LINEAR = ("--hidden", "none", "--optimizer", "lbfgs")


def test_numbers(run, parts) -> None:
    facts = run("train", parts, *NUMBERS, *LINEAR, "-o", "model", "--json").facts
    assert (facts["target"], facts["classes"], facts["network"]["sizes"]) == (
        ["mm", "g"],
        [None, None],
        [2, 2],
    )
    assert all(facts["test"]["targets"][name]["r_squared"] > 0.999999 for name in ("mm", "g"))
    assert facts["test"]["mean"]["r_squared"] > 0.999999 > 0 >= facts["baseline"]["mean"]["r_squared"]
    outcome = run("predict", "model", parts, "-o", "out.csv")
    assert "mm: R² 1.0000" in outcome.stderr
    made, table = read_table("out.csv"), read_table(parts)
    assert made.names == ("prediction(mm)", "prediction(g)")
    for name in ("mm", "g"):
        np.testing.assert_allclose(made[f"prediction({name})"], table[name], rtol=1e-6)
    streamed = run("predict", "model", parts, "--stream", "-o", "streamed.csv")
    assert streamed.status == 0
    np.testing.assert_array_equal(read_table("streamed.csv")["prediction(g)"], made["prediction(g)"])
    page = Path("model/report.html").read_text(encoding="utf-8")
    assert page.count("<h3><bdi>mm</bdi></h3>") == page.count("<h3><bdi>g</bdi></h3>") == 4
    assert "2 to predict from, 2 to predict" in page
    assert "<bdi>g</bdi>: it explains" in page


def test_labels(run, parts) -> None:
    options = ("--target", "up", "--target", "big", "--drop", "mm", "--drop", "g", "--epochs", 10)
    outcome = run("train", parts, *options, "-o", "model")
    assert "mean accuracy" in outcome.stdout
    run("predict", "model", parts, "-o", "out.csv")
    made, model = read_table("out.csv"), cr.load("model")
    assert made.names == ("prediction(up)", "p(up=yes)", "prediction(big)", "p(big=true)")
    assert made["prediction(up)"].tolist() == np.where(made["p(up=yes)"] > 0.5, "yes", "no").tolist()
    np.testing.assert_array_equal(made["p(big=true)"], model.of("big").probabilities(read_table(parts))[:, 1])


def test_streamed_and_resumed_runs_are_the_same(run, parts) -> None:
    for name, more in (("memory", ()), ("disk", ("--stream",))):
        run("train", parts, *NUMBERS, "--epochs", 3, "-o", name, *more)
    memory, disk = cr.load("memory").network.parameters, cr.load("disk").network.parameters
    for name in memory:
        np.testing.assert_array_equal(memory[name], disk[name])
    assert "has finished already" in run("train", "--resume", "memory").stdout


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--target", "mm", "--target", "up"), "target 'mm' is a number, and target 'up' a class"),
        (("--target", "mm", "--target", "mm"), "the names of different columns"),
        (("--target", "mm", "--target", "z"), "no column 'z'"),
        (("--target", "up", "--target", "big", "--label-smoothing", "0.1"), "smoothing of several targets"),
        (("--target", "up", "--target", "big", "--class-weight", "balanced"), "weights for several targets"),
    ],
)
def test_refused(refused, parts, options, said) -> None:
    assert said in refused("train", parts, *options)


def test_a_table_with_one_of_the_targets_is_predicted_but_not_scored(run, parts) -> None:
    run("train", parts, *NUMBERS, *LINEAR, "-o", "model")
    read = polars.read_csv(parts)
    read.drop("g").write_csv("some.csv")
    outcome = run("predict", "model", "some.csv", "-o", "out.csv")
    assert outcome.status == 0
    assert "not scored: the table has no column 'g'" in outcome.stderr


def test_the_networks_of_an_ensemble_are_apart_target_by_target(run, parts) -> None:
    run("train", parts, *NUMBERS, "--hidden", 3, "--epochs", 3, "--ensemble", 2, "-o", "model")
    run("predict", "model", parts, "-o", "out.csv")
    made, rows, model = read_table("out.csv"), read_table(parts), cr.load("model")
    members = [replace(model, network=network) for network in model.network.networks]
    for name in ("mm", "g"):
        each = [member.of(name).predict(rows) for member in members]
        np.testing.assert_allclose(made[f"spread({name})"], np.abs(each[0] - each[1]) / np.sqrt(2), rtol=1e-9)
