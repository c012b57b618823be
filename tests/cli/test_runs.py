"""``chainrule runs``."""

from __future__ import annotations

from pathlib import Path

import pytest

import chainrule as cr
from chainrule.train.recording import Recording

TRAIN = ("--target", "large", "--epochs")


@pytest.fixture
def runs(run, shapes, once):
    """Two runs that have finished, in one folder, and what they said."""

    def train(name, epochs, hidden):
        return run(
            "train", shapes, *TRAIN, epochs, "--hidden", hidden, "-o", f"models/{name}", "--json"
        ).facts

    return once("runs", lambda: {"first": train("first", 5, "8"), "second": train("second", 7, "16,8")})


def test_the_list(run, runs) -> None:
    facts = run("runs", "models", "--json").facts
    assert [each["path"] for each in facts["runs"]] == ["models/first", "models/second"]
    for each, name in zip(facts["runs"], runs, strict=True):
        assert each["status"] == "finished"
        assert each["epochs"] == runs[name]["epochs"]
        assert each["metrics"]["test"] == runs[name]["test"]
        assert each["metrics"]["validation_loss"] == runs[name]["validation_loss"]
    text = run("runs", "models").stdout
    assert "models/first    finished   5 " in text
    assert f"accuracy {runs['second']['test']['accuracy']:.1%}" in text
    for other in (("runs", "list", "models"), ("runs", "list"), ("runs",)):
        assert run(*other).stdout == text


def test_what_has_not_finished(run, runs, folder, shapes, monkeypatch) -> None:
    seen = []
    told = Recording.epochs

    def epochs(self, first, columns):
        told(self, first, columns)
        if first == 3:
            seen.append(run("runs", "models/third", "--json").facts["runs"][0])
            raise KeyboardInterrupt

    monkeypatch.setattr(Recording, "epochs", epochs)
    run("train", shapes, *TRAIN, 9, "-o", "models/third")
    assert (seen[0]["status"], seen[0]["epochs"]) == ("running", 3)
    after = run("runs", "models/third", "--json").facts["runs"][0]
    assert (after["status"], after["epochs"]) == ("interrupted", 3)
    history = cr.io.read_history("models/third/history.jsonl")
    assert after["metrics"]["validation_loss"] == min(each["validation_loss"] for each in history)
    assert after["seconds"] == pytest.approx(sum(each["seconds"] for each in history))


def test_a_damaged_run_is_listed_with_the_others(run, runs) -> None:
    Path("models", "first", "run.json").write_text("[")
    text = run("runs", "models").stdout
    assert "models/first    damaged" in text
    assert "models/first: models/first/run.json is damaged" in text
    assert "models/second   finished" in text


def test_no_runs(run, refused, folder) -> None:
    assert run("runs").stdout == "no runs in .\n"
    assert "there is no folder nowhere" in refused("runs", "nowhere")


@pytest.mark.parametrize(("word", "meant"), [("lsit", "list"), ("comprae", "compare")])
def test_a_mistyped_command(word, meant, run, refused, folder) -> None:
    assert f"No such command '{word}'. Did you mean '{meant}'?" in refused("runs", word, "models")
    (folder / word).mkdir()
    assert run("runs", word).stdout == f"no runs in {word}\n"


def test_the_comparison(run, runs) -> None:
    facts = run("runs", "compare", "models/first", "models/second", "--json").facts
    assert facts["runs"] == ["models/first", "models/second"]
    assert facts["settings"]["network.sizes"] == [[4, 8, 2], [4, 16, 8, 2]]
    assert facts["settings"]["epochs"] == [5, 7]
    assert facts["settings"]["command.hidden"] == ["8", "16,8"]
    assert "batch_size" not in facts["settings"]
    assert not [name for name in facts["settings"] if name.startswith(("environment", "data.X"))]
    accuracies = [each["test"]["accuracy"] for each in runs.values()]
    assert facts["metrics"]["test.accuracy"] == accuracies
    text = run("runs", "compare", "models/first", "models/second").stdout
    assert "network.sizes" in text
    assert "4, 16, 8, 2" in text


def test_a_run_beside_itself(run, runs) -> None:
    assert (
        "all settings, data and environments are alike"
        in run("runs", "compare", "models/first", "models/first").stdout
    )


def test_what_cannot_be_compared(run, runs, refused) -> None:
    assert "1 run to compare; expected: two or more" in refused("runs", "compare", "models/first")
    assert "there is no run in models" in refused("runs", "compare", "models/first", "models")
