"""``chainrule train --resume`` of runs that are made of several trainings: the same bits as in one go."""

from __future__ import annotations

from pathlib import Path

import pytest

import chainrule as cr
from chainrule.io import read_history
from chainrule.runs.checkpoints import Checkpoints
from chainrule.train import fitting
from chainrule.train.recording import Recording

TRAIN = ("--target", "large", "--epochs", 4, "--hidden", "6")


@pytest.fixture
def cut(run, shapes, monkeypatch):
    """Begins a run, and ends it after so many epochs of all its trainings together."""

    def begin(after: int, *options: object):
        told, seen = Recording.epochs, []

        def epochs(self, first, columns):
            told(self, first, columns)
            seen.append(first)
            if len(seen) == after:
                raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(Recording, "epochs", epochs)
            return run("train", shapes, *options, "-o", "cut")

    return begin


@pytest.fixture
def trained(monkeypatch) -> list[int]:
    """The seeds of the trainings that were not finished before."""
    seen, loop = [], fitting.Loop.run

    def counted(self):
        if self.start is None or self.start.stopped_by is None:
            seen.append(1)
        return loop(self)

    monkeypatch.setattr(fitting.Loop, "run", counted)
    return seen


@pytest.mark.parametrize(
    ("options", "after", "trainings"),
    [
        (("--ensemble", 3), 6, 3),
        (("--folds", 3), 5, 4),
        (("--folds", 2, "--ensemble", 2), 14, 4),
        (("--search", "--epochs", 3), 12, 16 + 8 + 4 + 2 + 1 + 1),
    ],
)
def test_parts_that_were_finished_are_not_trained_again(
    cut, run, shapes, trained, options, after, trainings
) -> None:
    said = (*(TRAIN if "--search" not in options else TRAIN[:2]), *options)
    outcome = cut(after, *said)
    assert outcome.status == 130
    assert "to go on: chainrule train --resume cut" in outcome.stderr
    finished = len(list(Path("cut", "parts").glob("*/result.json")))
    assert 0 < finished < trainings
    trained.clear()
    resumed = run("train", "--resume", "cut", "--json").facts
    assert len(trained) == trainings - finished
    assert not Path("cut", "parts").exists()
    through = run("train", shapes, *said, "-o", "through", "--json").facts
    assert resumed | {"model": None} == through | {"model": None}
    for name in ("model.safetensors", "model.json"):
        assert Path("cut", name).read_bytes() == Path("through", name).read_bytes()
    losses = [[each["loss"] for each in read_history(f"{name}/history.jsonl")] for name in ("cut", "through")]
    assert losses[0] == losses[1]


def test_a_run_that_is_replaced_leaves_no_parts(cut, run, shapes) -> None:
    cut(5, *TRAIN, "--folds", 3)
    assert sorted(path.name for path in Path("cut", "parts").iterdir()) == ["fold-1", "fold-2"]
    assert [each.status for each in cr.runs.list_runs("cut")] == ["interrupted"]
    assert run("train", shapes, *TRAIN, "--ensemble", 2, "--force", "-o", "cut").status == 0
    assert not Path("cut", "parts").exists()


def test_other_options_are_refused_before_the_run_has_its_settings(cut, refused) -> None:
    cut(5, *TRAIN, "--folds", 3)
    assert "--folds is not that of the run in cut; expected: 3" in refused(
        "train", "--resume", "cut", "--folds", 4
    )


def test_lbfgs_goes_on_with_the_steps_that_it_remembers(run, shapes, cut) -> None:
    options = (*TRAIN, "--optimizer", "lbfgs", "--l2", 0.1)
    cut(5, *options, "--checkpoint-every", 0)
    assert run("train", "--resume", "cut").status == 0
    run("train", shapes, *options, "-o", "through")
    assert Path("cut/model.safetensors").read_bytes() == Path("through/model.safetensors").read_bytes()


def test_a_disk_that_is_full_in_the_first_part_takes_nothing_away(run, shapes, monkeypatch) -> None:
    written, write = [], Checkpoints.write

    def full(self, *arguments):
        if len(written) == 3:
            raise OSError(28, "No space left on device")
        written.append(write(self, *arguments))

    options = (*TRAIN, "--folds", 2, "--checkpoint-every", 0)
    with monkeypatch.context() as patch:
        patch.setattr(Checkpoints, "write", full)
        outcome = run("train", shapes, *options, "-o", "cut")
    assert (outcome.status, outcome.stderr.count("\n")) == (2, 1)
    assert "No space left on device; instead: make room" in outcome.stderr
    assert len(list(Path("cut/parts/fold-1/checkpoints").iterdir())) == 2
    assert run("train", "--resume", "cut").status == 0


def test_a_run_that_fails_in_its_first_part_leaves_nothing(run, shapes, folder, monkeypatch) -> None:
    def full(self, *arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Checkpoints, "write", full)
    assert run("train", shapes, *TRAIN, "--folds", 2, "-o", "cut").status == 2
    assert not Path("cut").exists()
