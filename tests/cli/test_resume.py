"""``chainrule train --resume``: what may be said, and what is said back."""

from __future__ import annotations

import errno
import shutil
import signal
from pathlib import Path

import pytest

import chainrule as cr
from chainrule.io import read_history
from chainrule.runs.reading import read_result
from chainrule.train.recording import Recording

TRAIN = ("--target", "large", "--epochs", 12, "-o", "model")


@pytest.fixture
def cut(run, shapes, once, monkeypatch):
    """Begins a run, and ends it after some epochs by an exception; gives what the program said."""
    told = Recording.epochs

    def begin(*options: object, after: int = 5):
        def epochs(self, first, columns):
            told(self, first, columns)
            if first == after:
                raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(Recording, "epochs", epochs)
            return once(f"cut {options} after {after}", lambda: run("train", shapes, *TRAIN, *options))

    return begin


def test_ctrl_c_saves_and_says_how_to_go_on(cut, run, folder, shapes) -> None:
    outcome = cut()
    assert outcome.status == 130
    said = "interrupted: what was learnt until then is in model; to go on: chainrule train --resume model"
    assert outcome.stderr == f"Error: {said}\n"
    assert cr.load("model").target.classes == ("no", "yes")
    assert read_result(Path("model")) is None
    assert run("train", "--resume", "model").status == 0
    run("train", shapes, *TRAIN[:-1], "through")
    for name in ("model.safetensors", "model.json"):
        assert Path("model", name).read_bytes() == Path("through", name).read_bytes()
    losses = [
        [record["loss"] for record in read_history(f"{name}/history.jsonl")] for name in ("model", "through")
    ]
    assert losses[0] == losses[1]


def test_ctrl_c_in_the_first_epoch(cut, run) -> None:
    outcome = cut(after=1)
    assert "to go on: chainrule train --resume model" in outcome.stderr
    assert run("train", "--resume", "model", "--json").facts["epochs"] == 12


def test_sigterm_is_an_interrupt_too(run, shapes, monkeypatch) -> None:
    before = signal.getsignal(signal.SIGTERM)
    told = Recording.epochs

    def epochs(self, first, columns):
        told(self, first, columns)
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(Recording, "epochs", epochs)
    outcome = run("train", shapes, *TRAIN)
    assert outcome.status == 130
    assert "to go on: chainrule train --resume model" in outcome.stderr
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_finished_run_is_said_to_be(run, shapes) -> None:
    facts = run("train", shapes, *TRAIN, "--json").facts
    before = Path("model", "model.json").stat().st_mtime_ns
    outcome = run("train", "--resume", "model")
    assert outcome.status == 0
    assert "model has finished already, after 12 epochs: nothing is left to train" in outcome.stdout
    assert "chainrule predict model shapes.csv" in outcome.stdout
    assert run("train", "--resume", "model", "--json").facts == facts
    assert Path("model", "model.json").stat().st_mtime_ns == before


def test_the_whole_command_may_be_said_again(cut, run, shapes) -> None:
    cut("--drop", "round")
    assert run("train", shapes, *TRAIN, "--drop", "round", "--resume", "model", "--seed", 0).status == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--epochs", 13), "--epochs is not that of the run in model; expected: 12"),
        (("--hidden", "8"), "--hidden is not that of the run in model; expected: 32, 32"),
        (("--drop", "round"), "--drop is not that of the run in model"),
        (("--target", "round"), "--target is not that of the run in model; expected: large"),
        (("-o", "other"), "-o other with --resume model; expected: one folder of the two"),
        (("--seed", "x"), "'x' is not a valid whole number"),
    ],
)
def test_other_options_are_named(cut, refused, options, said) -> None:
    cut()
    assert said in refused("train", "--resume", "model", *options)


def test_another_table_is_named(cut, refused, shapes) -> None:
    cut()
    text = shapes.read_text()
    for changed, said in (
        (text.replace("red", "blu"), "bytes as before, but other values"),
        (text.removesuffix("\n"), f"it was {len(text)} bytes, is {len(text) - 1} bytes"),
    ):
        shapes.write_text(changed)
        message = refused("train", "--resume", "model")
        assert "the table is not what the run in model began with: " in message
        assert said in message


def test_a_table_that_has_moved(cut, run, refused, shapes) -> None:
    cut()
    shapes.rename("elsewhere.csv")
    assert "there is no file shapes.csv" in refused("train", "--resume", "model")
    assert run("train", "elsewhere.csv", "--resume", "model").status == 0


def test_folder_and_table_move_together(cut, run, folder, monkeypatch) -> None:
    cut()
    (folder / "there").mkdir()
    for name in ("model", "shapes.csv"):
        shutil.move(name, folder / "there" / name)
    assert run("train", "--resume", "there/model").status == 0
    assert (folder / "there" / "model" / "result.json").exists()


def test_what_is_no_run(run, refused, folder, shapes) -> None:
    assert "there is no run in nowhere" in refused("train", "--resume", "nowhere")
    run("demo", "--help")
    (folder / "other").mkdir()
    (folder / "other" / "run.json").write_text("{}")
    assert "other/run.json is damaged" in refused("train", "--resume", "other")


def test_a_run_of_the_library_is_resumed_there(refused, folder) -> None:
    cr.train.fit(cr.nn.Network([1, 1]), [[1.0]], [1.0], epochs=1, run="model")
    (folder / "model" / "result.json").unlink()
    assert "the run in model did not begin with chainrule train" in refused("train", "--resume", "model")


def test_an_unfinished_run_is_not_replaced_by_accident(cut, run, refused, shapes) -> None:
    cut()
    assert "model has a run that has not finished; instead: --resume model to go on" in refused(
        "train", shapes, *TRAIN
    )
    assert run("train", shapes, *TRAIN, "--epochs", 3, "--force", "--json").facts["epochs"] == 3
    assert len(read_history("model/history.jsonl")) == 3


def test_a_disk_that_has_no_room_for_the_report(run, shapes, monkeypatch) -> None:
    def full(path, data):
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    with monkeypatch.context() as patch:
        patch.setattr("chainrule.io.atomic_write", full)
        outcome = run("train", shapes, *TRAIN)
    assert (outcome.status, outcome.stderr.count("\n")) == (2, 1)
    said = "the model is in model, but model/report.html cannot be written: No space left on device"
    assert f"{said}; instead: make room, and then chainrule train --resume model writes it" in outcome.stderr
    assert not Path("model/report.html").exists()
    assert run("train", "--resume", "model").status == 0
    assert Path("model/report.html").exists()


def test_two_processes_on_one_folder(run, shapes, monkeypatch) -> None:
    second = []
    told = Recording.epochs

    def epochs(self, first, columns):
        told(self, first, columns)
        if first == 2:
            second.append(run("train", "--resume", "model"))
            second.append(run("train", shapes, *TRAIN, "--force"))

    monkeypatch.setattr(Recording, "epochs", epochs)
    assert run("train", shapes, *TRAIN).status == 0
    for outcome in second:
        assert outcome.status == 2
        assert outcome.stderr.startswith("Error: model is in use by this very process")


def test_a_run_that_was_killed_before_it_began_is_no_obstacle(run, folder, shapes) -> None:
    (folder / "model").mkdir()
    (folder / "model" / "run.lock").touch()
    assert run("train", shapes, *TRAIN, "--epochs", 2).status == 0
