"""``report.html`` in a run's folder, and ``chainrule report``, which makes it anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from chainrule.cli.training import page
from chainrule.io import read_manifest
from chainrule.io.manifest import encode_manifest
from chainrule.train.recording import Recording

from ..drawing.reporting.outline import read

TRAIN = ("--target", "large", "--epochs", 4, "-o", "model")


def test_the_report_tells_what_the_command_told(run, folder, shapes) -> None:
    facts = run("train", shapes, "--target", "large", "-o", "model", "--json").facts
    page = read((folder / "model" / "report.html").read_text(encoding="utf-8"))
    assert "Predicting large from 3 columns of shapes.csv" in page.text
    assert f"{facts['test']['accuracy']:.1%}".replace("%", "\u00a0%") in page.text
    assert f"Judged by {facts['rows']['test']} test rows" in page.text
    for told in ("Adam(", "checking the gradient", "reading and encoding"):
        assert told in page.text
    assert str(folder) not in page.text


def test_the_report_says_why_columns_are_not_used(run, folder) -> None:
    rows = [f"{k + 1},same,{'uvw'[k % 3]},{1 + k % 2},{k * 7 % 11},{k % 5}" for k in range(40)]
    (folder / "t.csv").write_text("\n".join(["id,constant,firm,count,x,y", *rows]))
    run("train", "t.csv", "--target", "y", "--group", "firm", "--weight", "count", "--epochs", 1, "-o", "m")
    told = read((folder / "m" / "report.html").read_text(encoding="utf-8")).text
    reasons = ("id (row numbers)", "constant (the same value in every row)")
    assert ", ".join((*reasons, "firm (what groups the rows)", "count (the rows’ weights)")) in told


def test_the_gradient_is_checked_before_training(run, shapes) -> None:
    told = run("train", shapes, "--target", "large", "-o", "model", "--epochs", "1").stdout
    assert told.index("gradient  PASS: 1,") < told.index("trained   1 epochs")


def without_times(file: str) -> list[str]:
    """What a page says, but for what took how long."""
    return [
        line for line in read(Path(file).read_text(encoding="utf-8")).text.splitlines() if " s" not in line
    ]


def test_the_report_of_a_finished_run_is_made_anew(run, shapes) -> None:
    run("train", shapes, *TRAIN, "--drop", "round", "--hidden", 5)
    outcome = run("report", "model", "-o", "anew.html")
    assert (outcome.status, outcome.stdout) == (0, "saved     anew.html: 4 epochs\n")
    assert without_times("anew.html") == without_times("model/report.html")


@pytest.fixture
def finished(run, shapes, once) -> None:
    """A run with all that belongs to it."""
    assert once("finished", lambda: run("train", shapes, *TRAIN)).status == 0


@pytest.fixture
def killed_before_its_page(run, shapes, once, monkeypatch) -> None:
    """A run whose model is saved, and whose page is not."""

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(page, "page_of", killed)
        assert once("killed before its page", lambda: run("train", shapes, *TRAIN)).status == 130
    assert not Path("model/report.html").exists()


def test_a_run_killed_before_its_page_gets_it_when_it_is_resumed(killed_before_its_page, run) -> None:
    outcome = run("train", "--resume", "model")
    assert (outcome.status, outcome.stdout.splitlines()[-1]) == (0, "saved     model: report.html")
    resumed = without_times("model/report.html")
    run("report", "model", "-o", "anew.html")
    assert resumed == without_times("anew.html")
    assert "report.html" not in run("train", "--resume", "model").stdout


def test_a_run_killed_before_its_page_whose_table_is_gone(killed_before_its_page, run, shapes) -> None:
    shapes.unlink()
    outcome = run("train", "--resume", "model")
    assert (outcome.status, Path("model/report.html").exists()) == (2, False)
    assert "model has finished already" in outcome.stdout
    assert "there is no file shapes.csv, the table of the run in model" in outcome.stderr


def test_the_page_of_a_run_killed_before_it_is_written_by_report(killed_before_its_page, run) -> None:
    files = {"run": "model", "table": "shapes.csv", "report": "model/report.html"}
    facts = run("report", "model", "--json").facts
    assert facts == {**files, "epochs": 4, "stopped_by": "epochs"}
    assert Path("model/report.html").exists()


@pytest.fixture
def cut(run, shapes, once, monkeypatch):
    """Begins a run that Ctrl-C ends after two epochs, and which saves its model then."""
    told = Recording.epochs

    def epochs(self, first, columns):
        told(self, first, columns)
        if first == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Recording, "epochs", epochs)
        once("cut after two epochs", lambda: run("train", shapes, *TRAIN))


def test_an_interrupted_run_is_told_as_far_as_it_came(cut, run) -> None:
    outcome = run("report", "model")
    assert "2 epochs; interrupted: the model is what was saved then" in outcome.stdout
    assert "interrupted" in read(Path("model/report.html").read_text(encoding="utf-8")).text


def test_a_run_without_its_model(cut, refused) -> None:
    Path("model/model.json").unlink()
    said = refused("report", "model")
    assert "has not saved its model yet; instead: chainrule train --resume model" in said


def test_a_model_of_another_run(cut, refused) -> None:
    history = Path("model/history.jsonl")
    history.write_text(history.read_text().replace('"validation_loss":', '"validation_loss":1'))
    assert "is not that of the run in model/history.jsonl" in refused("report", "model")


def test_a_table_that_moved_or_changed(finished, run, refused, shapes) -> None:
    shapes.rename("elsewhere.csv")
    assert "there is no file shapes.csv, the table of the run in model" in refused("report", "model")
    assert run("report", "model", "elsewhere.csv").status == 0
    Path("elsewhere.csv").write_text(Path("elsewhere.csv").read_text() + "1,red,true,no\n")
    assert "the table is not what the run in model began with" in refused("report", "model", "elsewhere.csv")


def test_what_cannot_be_written_or_is_no_run(finished, refused) -> None:
    assert "there is no run in nowhere" in refused("report", "nowhere")
    for output in ("shapes.csv", "model/model.json"):
        assert "would replace what is read" in refused("report", "model", "-o", output)
    assert "there is no folder no" in refused("report", "model", "-o", "no/page.html")


@pytest.mark.parametrize("loss", ["[1, 2]", "{}", '"one"', "1" + "0" * 400])
def test_losses_that_are_no_numbers(cut, refused, loss) -> None:
    history = Path("model/history.jsonl")
    history.write_text(history.read_text().replace('"loss":', f'"loss":{loss},"was":'))
    said = refused("report", "model")
    assert "model/history.jsonl has losses that are no numbers" in said or "no JSON object" in said


@pytest.mark.parametrize(("name", "value"), [("epochs", "two"), ("epochs", -1), ("stopped_by", 3)])
def test_a_model_that_does_not_tell_of_its_training(cut, refused, name, value) -> None:
    whole = read_manifest(Path("model"))
    forged = encode_manifest(whole.model, {**whole.training, name: value}, whole.tensors)
    Path("model/model.json").write_bytes(forged)
    assert "does not say how its model was trained" in refused("report", "model")
