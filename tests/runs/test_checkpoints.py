"""Checkpoints while they are written: cut off at every step, and on a disk that is full."""

import errno
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from chainrule.errors import ModelFileError, RunError
from chainrule.io.tensors import encode_tensors, sha256
from chainrule.runs import Run
from chainrule.runs.checkpoints import FORMAT, Checkpoints


def checkpoint(number):
    return {"epochs": number}, {"w": np.full(3, float(number)), "empty": np.empty((0, 2))}


def epochs(state, arrays):
    assert arrays["w"].tolist() == [state["epochs"]] * 3
    assert arrays["empty"].shape == (0, 2)
    return state["epochs"]


def moments(action, disk, copies, monkeypatch):
    """Copies of a folder before and after each step of an action, as a crash would leave it there."""
    kept = []

    def keep():
        kept.append(shutil.copytree(disk, copies / str(len(kept))))

    def watch(patch, owner, name):
        step = getattr(owner, name)

        def watched(*arguments, **options):
            keep()
            result = step(*arguments, **options)
            keep()
            return result

        patch.setattr(owner, name, watched)

    with monkeypatch.context() as patch:
        for name in ("replace", "unlink", "open", "mkdir"):
            watch(patch, Path, name)
        watch(patch, os, "fsync")
        action()
    return kept


def test_a_whole_checkpoint_is_there_at_every_moment(tmp_path, monkeypatch):
    disk = tmp_path / "disk"
    disk.mkdir()
    kept = Checkpoints(disk, "id")
    found = []
    for number in range(1, 5):
        there = moments(
            lambda n=number: kept.write(*checkpoint(n)), disk, tmp_path / str(number), monkeypatch
        )
        assert len(there) > 5
        found += [Checkpoints(copy, "id").newest(epochs) or 0 for copy in there]
    assert found == sorted(found)
    assert set(found) == {0, 1, 2, 3, 4}
    assert len(kept.paths()) == 2


@pytest.mark.parametrize("working", range(2))
def test_a_disk_that_is_full_leaves_the_last_one(tmp_path, monkeypatch, working):
    kept = Checkpoints(tmp_path, "id")
    kept.write(*checkpoint(1))
    steps = iter(range(working))
    fsync = os.fsync

    def full(descriptor):
        if next(steps, None) is None:
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            kept.write(*checkpoint(2))
    assert kept.newest(epochs) == 1 + working
    assert not list(tmp_path.glob(".*"))
    kept.write(*checkpoint(3))
    assert kept.newest(epochs) == 3


def test_the_one_before_is_used_where_the_newest_is_damaged(tmp_path):
    kept = Checkpoints(tmp_path, "id")
    for number in (1, 2):
        kept.write(*checkpoint(number))
    newest = kept.paths()[-1]
    data = newest.read_bytes()
    for damaged in (data[:-1], b"", data + b"x", bytes([data[0] ^ 1]) + data[1:]):
        newest.write_bytes(damaged)
        with pytest.warns(RuntimeWarning, match="is damaged: its checksum does not fit"):
            assert kept.newest(epochs) == 1


def test_a_checkpoint_of_another_run_is_none_of_ours(tmp_path):
    Checkpoints(tmp_path, "other").write(*checkpoint(1))
    with pytest.warns(RuntimeWarning, match="belongs to another run"):
        assert Checkpoints(tmp_path, "id").newest(epochs) is None


@pytest.mark.parametrize("state", ["", "[1]", "{", "[" * 100_000, "1" * 5000, '{"a": NaN'])
def test_a_forged_state_is_refused(tmp_path, state):
    data = encode_tensors({}, {"format": FORMAT, "run": "id", "state": state})
    (tmp_path / f"00000001-{sha256(data)}.safetensors").write_bytes(data)
    with pytest.warns(RuntimeWarning, match="is damaged"):
        assert Checkpoints(tmp_path, "id").newest(lambda state, arrays: 1) is None


def test_other_files_are_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    kept = Checkpoints(tmp_path, "id", keep=1)
    for number in (1, 2, 3):
        kept.write(*checkpoint(number))
    assert len(kept.paths()) == 1
    kept.remove()
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def begin(folder):
    with Run(folder).open() as run:
        run.begin({"a": 1}, {"X": "1 2"})
        run.write_history(iter([{"epoch": 1}]), anew=True)
        run.write_checkpoint(*checkpoint(1))


def test_the_folder_of_a_run_at_every_moment(tmp_path, monkeypatch):
    """Cut off anywhere, a run can be begun or gone on with, and nothing of the interrupted write stays."""
    disk = tmp_path / "disk"
    disk.mkdir()
    for copy in moments(lambda: begin(disk / "run"), disk, tmp_path / "copies", monkeypatch):
        with Run(copy / "run", resume=True).open() as run:
            run.begin({"a": 1}, {"X": "1 2"})
            assert run.newest(epochs) in (None, 1)
        assert not list(copy.rglob("*.tmp"))


def test_a_new_run_in_place_of_an_old_one_at_every_moment(tmp_path, monkeypatch):
    disk = tmp_path / "disk"
    begin(disk / "run")

    def replace():
        with Run(disk / "run").open(replace=True) as run:
            run.begin({"a": 2}, {"X": "1 2"})

    for copy in moments(replace, disk, tmp_path / "copies", monkeypatch):
        for configuration in ({"a": 1}, {"a": 2}):
            with Run(copy / "run", resume=True).open() as run:
                try:
                    run.begin(configuration, {"X": "1 2"})
                except RunError as error:
                    assert "a was" in str(error)  # noqa: PT017
                    continue
                assert run.newest(epochs) in ((None, 1) if configuration == {"a": 1} else (None,))


def test_a_file_of_history_that_cannot_grow(tmp_path, monkeypatch):
    with Run(tmp_path / "run").open() as run:
        run.begin({}, {})
        run.write_history(iter([{"epoch": 1}]), anew=True)
        with monkeypatch.context() as patch:
            patch.setattr(run, "_history", Full())
            with pytest.raises(RunError, match="cannot be written: No space left on device"):
                run.write_history(iter([{"epoch": 2}]))


class Full:
    """A file on a disk that is full."""

    def write(self, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    def close(self):
        pass


def test_metadata_that_are_no_strings(tmp_path):
    from chainrule.io.tensors import decode_tensors

    header = b'{"__metadata__":{"state":{"a":1}}}'
    with pytest.raises(ModelFileError, match="x is damaged"):
        decode_tensors(len(header).to_bytes(8, "little") + header, "x")
