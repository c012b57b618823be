"""``chainrule demo``: what it says is true, and what it tells to type works."""

from __future__ import annotations

import json
import shlex
import sys

import click.testing
import numpy as np
import pytest

import chainrule as cr
from chainrule.cli import main


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def facts(place):
    """One demo's JSON."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        result = click.testing.CliRunner().invoke(main, ["demo", "--json"])
    assert (result.exit_code, result.stderr) == (0, "")
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def text(place, facts):
    """Another demo's text, in the same folder: running it again replaces what it saved."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        result = click.testing.CliRunner().invoke(main, ["demo"])
    assert result.exit_code == 0
    return result.stdout


def test_no_linear_network_solves_xor_and_a_three_layer_network_does(facts) -> None:
    np.testing.assert_allclose(facts["xor"]["linear"], 0.5, atol=1e-6)
    np.testing.assert_allclose(facts["xor"]["network"], [0, 1, 1, 0], atol=1e-6)


def test_the_hidden_points_of_class_0_collapse(facts) -> None:
    hidden = np.array(facts["xor"]["hidden"])
    np.testing.assert_allclose(hidden[0], hidden[3], atol=1e-6)
    assert np.linalg.norm(hidden[1:3] - hidden[0], axis=1).min() > 0.5


def test_the_gradient_is_the_finite_difference(facts) -> None:
    gradient = facts["gradient"]
    assert gradient["gradient"] == pytest.approx(gradient["finite_difference"], rel=1e-5)
    assert gradient["gradient"] != 0
    assert gradient["check"] == "PASS"


def test_the_classifier_is_right_on_at_least_96_percent(facts) -> None:
    digits = facts["digits"]
    assert digits["test"]["accuracy"] >= 0.96 > 0.2 > digits["baseline"]["accuracy"]
    assert np.sum(digits["test"]["confusion"]) == digits["rows"]["test"] == 269


def test_ppca_wins_with_few_images_and_the_gaussian_with_many(facts) -> None:
    few, many = facts["densities"]["held_out_log_likelihood"]
    assert few["images"] < many["images"]
    assert few["ppca"] > few["gaussian"]
    assert many["ppca"] < many["gaussian"]


def test_the_text_has_its_five_parts(text) -> None:
    headings = [
        line
        for line, under in zip(text.splitlines(), text.splitlines()[1:], strict=False)
        if under[:1] == "="
    ]
    assert [heading[:2] for heading in headings] == ["1.", "2.", "3.", "4.", "5."]


def test_the_text_is_plain(text) -> None:
    assert "\x1b" not in text


def test_the_same_bits_each_time(place, facts, text) -> None:
    assert f"{facts['digits']['test']['log_loss']:.4f}" in text
    assert f"{facts['gradient']['finite_difference']:.9f}" in text


def test_samples_are_drawn_as_pictures(text) -> None:
    picture = text.split("Drawn from PPCA")[1].split("\n\n")[1]
    assert len(picture.splitlines()) == 8
    assert set(picture) <= set(" .:-=+*#%@\n")
    assert len(set(picture)) > 6


def test_every_command_that_it_tells_to_type_works(place, facts, text, monkeypatch) -> None:
    monkeypatch.chdir(place)
    commands = [shlex.split(line) for line in text.split("Next:\n")[1].strip().splitlines()]
    assert [command[:2] for command in commands] == [
        ["chainrule", "predict"],
        ["chainrule", "latent"],
        ["chainrule", "train"],
    ]
    outputs = [click.testing.CliRunner().invoke(main, command[1:]) for command in commands]
    assert [output.exit_code for output in outputs] == [0, 0, 0]
    # The saved classifier, on the saved rows, is as good as the demo said.
    assert f"accuracy {facts['digits']['test']['accuracy']:.1%}" in outputs[0].stderr
    assert len(outputs[1].stdout.splitlines()) == 4


def test_it_needs_no_extra_and_says_what_does(place, facts, monkeypatch) -> None:
    monkeypatch.chdir(place)
    for missing in ("polars", "narwhals"):
        monkeypatch.setitem(sys.modules, missing, None)
    result = click.testing.CliRunner().invoke(main, ["demo"])
    assert result.exit_code == 0
    assert "pip install 'chainrule[data]'" in result.stdout
    result = click.testing.CliRunner().invoke(main, ["train", "held-out.csv", "--target", "label"])
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "pip install 'chainrule[data]'" in result.stderr


def test_the_saved_models_are_what_was_told(place, facts) -> None:
    saved = facts["saved"]
    classifier, density = cr.load(place / saved["classifier"]), cr.load(place / saved["density"])
    assert classifier.target.classes == tuple("0123456789")
    assert density.sigma2 == facts["densities"]["sigma2"]
    history = cr.io.read_history(place / saved["classifier"] / "history.jsonl")
    assert len(history) == facts["digits"]["epochs"]


def test_a_folder_of_something_else_is_left_alone(refused, folder) -> None:
    (folder / "chainrule-demo" / "digits").mkdir(parents=True)
    (folder / "chainrule-demo" / "digits" / "thesis.tex").write_text("the only copy")
    assert "is no chainrule model" in refused("demo")


def test_an_output_inside_a_file(refused, folder) -> None:
    (folder / "a.txt").write_text("")
    assert "is not a folder" in refused("demo", "-o", "a.txt")
