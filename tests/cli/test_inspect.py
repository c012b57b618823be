"""``chainrule inspect``, and what training does with the columns that it shows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import chainrule as cr
from chainrule.data import read_table


@pytest.fixture
def homes(folder):
    """A table as people write it."""
    rng = np.random.default_rng(0)
    lines = ["id;grösse;town;zip;sold;price"]
    for k in range(80):
        size = rng.uniform(30, 150)
        cells = [k + 1, "" if k % 9 == 0 else f"{size:.1f}".replace(".", ","), rng.choice(["Bern", "Zürich"])]
        cells += [f"0{rng.integers(1, 5)}", f"{rng.integers(1, 28):02}.{rng.integers(1, 13):02}.2024"]
        lines.append(";".join(map(str, [*cells, f"{100 * size:.0f}"])))
    (folder / "homes.csv").write_text("\n".join(lines), encoding="utf-8")
    return "homes.csv"


def test_columns_and_what_becomes_of_them(run, homes) -> None:
    columns = {each["name"]: each for each in run("inspect", homes, "--json").facts["columns"]}
    assert {name: each["type"] for name, each in columns.items()} == {
        "id": "number",
        "grösse": "number:1.234,5",
        "town": "category",
        "zip": "category",
        "sold": "date:%d.%m.%Y",
        "price": "number",
    }
    assert (columns["id"]["left_out"], columns["grösse"]["missing"]) == ("row numbers", 9)
    assert columns["town"]["use"] == "one-hot, 2 columns"
    text = run("inspect", homes).stdout
    assert "left out: row numbers" in text
    assert "warning   zip: 80 values begin with a 0" in text


def test_a_type_can_be_set_and_a_word_mean_no_value(run, homes) -> None:
    facts = run("inspect", homes, "--type", "zip=number", "--missing", "01", "--json").facts
    found = next(each for each in facts["columns"] if each["name"] == "zip")
    words = [line.split(";")[3] for line in Path(homes).read_text("utf-8").splitlines()][1:]
    assert (found["type"], found["missing"], found["range"]) == ("number", words.count("01"), ["2", "4"])


def test_on_disk_it_says_the_same(run, homes) -> None:
    assert run("inspect", homes, "--stream").stdout == run("inspect", homes).stdout


def test_what_inspect_shows_is_what_training_does(run, folder, homes) -> None:
    facts = run(
        "train", homes, "--target", "price", "--impute", "ppca", "--epochs", 3, "-o", "m", "--json"
    ).facts
    assert facts["left_out"] == {"id": "row numbers"}
    assert list(facts["columns"]) == ["grösse", "town", "zip", "sold"]
    outcome = run("predict", "m", homes, "--json")
    model, table = cr.load(folder / "m"), read_table(homes)
    assert outcome.facts["columns"]["prediction"] == model.predict(table).tolist()
    turned = table.select(reversed(table.names))
    np.testing.assert_array_equal(model.predict(turned), model.predict(table))
    asked = run(
        "train", homes, "--target", "price", "--type", "id=number", "--epochs", 1, "-o", "n", "--json"
    )
    assert "id" in asked.facts["columns"]


def test_training_from_disk_gives_the_same_model(run, folder, homes) -> None:
    for name, options in (("a", []), ("b", ["--stream"])):
        run("train", homes, "--target", "price", "--epochs", 3, "-o", name, *options)
    first, second = (folder / name / "model.safetensors" for name in "ab")
    assert first.read_bytes() == second.read_bytes()
    assert run("predict", "a", homes, "--stream").stdout == run("predict", "a", homes).stdout


def test_groups_weights_and_rows_without_a_target(run, folder) -> None:
    rng = np.random.default_rng(1)
    rows = [f"{rng.normal():.3f},{k // 4},{k % 3},{'' if k == 7 else k % 2}" for k in range(120)]
    (folder / "t.csv").write_text("\n".join(["x,person,w,y", *rows]))
    options = ("--group", "person", "--weight", "w", "--class-weight", "balanced", "--epochs", 2)
    facts = run("train", "t.csv", "--target", "y", *options, "-o", "m", "--json").facts
    assert list(facts["columns"]) == ["x"]
    assert facts["notes"] == ["1 row without a target left out, the first is data row 8"]
    assert sum(facts["rows"].values()) == 119
