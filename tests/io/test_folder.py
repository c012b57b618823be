"""A model's folder at every moment of a replacement, and what is not to be written over."""

import errno
import os
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest

from chainrule.errors import ArgumentError, ModelFileError
from chainrule.io import append_history, load, save
from chainrule.latent import Gaussian


def gaussian(mean):
    return Gaussian.from_parameters([float(mean)], [[1.0]])


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
        for name in ("replace", "rename", "unlink"):
            watch(patch, Path, name)
        watch(patch, os, "fsync")
        action()
    return kept


def test_a_replaced_model_can_be_loaded_at_every_moment(tmp_path, monkeypatch):
    disk = tmp_path / "disk"
    save(gaussian(1), disk / "model")
    kept = moments(lambda: save(gaussian(2), disk / "model"), disk, tmp_path / "copies", monkeypatch)
    found = [load(copy / "model").mean.item() for copy in kept]
    assert len(found) > 10
    assert found == sorted(found)
    assert set(found) == {1.0, 2.0}


def test_a_new_model_is_there_whole_or_not_at_all(tmp_path, monkeypatch):
    disk = tmp_path / "disk"
    disk.mkdir()
    kept = moments(lambda: save(gaussian(1), disk / "model"), disk, tmp_path / "copies", monkeypatch)
    there = [copy / "model" for copy in kept if (copy / "model").exists()]
    assert 0 < len(there) < len(kept)
    assert [load(path).mean.item() for path in there] == [1.0] * len(there)


def test_a_replacement_that_was_cut_off_anywhere_can_be_done_again(tmp_path, monkeypatch):
    disk = tmp_path / "disk"
    save(gaussian(1), disk / "model")
    for copy in moments(lambda: save(gaussian(2), disk / "model"), disk, tmp_path / "copies", monkeypatch):
        save(gaussian(3), copy / "model")
        assert load(copy / "model").mean.item() == 3.0
        shown = {entry.name for entry in (copy / "model").iterdir() if not entry.name.startswith(".")}
        assert shown == {"model.json", "model.safetensors"}


@pytest.mark.parametrize("working", range(5))
def test_a_disk_that_is_full_at_any_step(tmp_path, monkeypatch, working):
    save(gaussian(1), tmp_path / "model")
    steps = iter(range(working))
    fsync = os.fsync

    def full(descriptor):
        if next(steps, None) is None:
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ModelFileError, match="cannot be written: No space left on device"):
        save(gaussian(2), tmp_path / "model")
    assert load(tmp_path / "model").mean.item() == (1.0 if working < 3 else 2.0)


def test_a_full_disk_leaves_nothing_of_a_new_model(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ModelFileError, match="cannot be written: No space left on device"):
        save(gaussian(1), tmp_path / "model")
    assert not list(tmp_path.iterdir())


def test_a_reader_beside_a_writer_sees_one_model_or_the_other(tmp_path):
    path = tmp_path / "model"
    save(gaussian(0), path)
    stop, seen = threading.Event(), []

    def read():
        while not stop.is_set():
            seen.append(load(path).mean.item())

    reader = threading.Thread(target=read)
    reader.start()
    try:
        mean = 0
        while reader.is_alive() and len(set(seen)) < 50:
            mean += 1
            save(gaussian(mean), path)
    finally:
        stop.set()
        reader.join()
    assert len(set(seen)) >= 50
    assert seen == sorted(seen)


@pytest.mark.parametrize(
    "content",
    [
        {"notes.txt": b"mine"},
        {"model.json": b"{}"},
        {"model.json": b'{"format": "other", "version": 1}'},
        {"model.json": b"not JSON", "model.safetensors": b""},
        {"history.jsonl": b"", "thesis.tex": b"mine"},
    ],
)
def test_folders_of_something_else_are_not_written_to(tmp_path, content):
    for name, data in content.items():
        (tmp_path / name).write_bytes(data)
    with pytest.raises(ArgumentError, match="is no chainrule model"):
        save(gaussian(1), tmp_path)
    assert {entry.name: entry.read_bytes() for entry in tmp_path.iterdir()} == content


def test_a_file_is_not_written_over(tmp_path):
    (tmp_path / "model").write_bytes(b"mine")
    with pytest.raises(ArgumentError, match="is no chainrule model"):
        save(gaussian(1), tmp_path / "model")
    assert (tmp_path / "model").read_bytes() == b"mine"


def test_a_runs_other_files_stay(tmp_path):
    run = tmp_path / "runs" / "first"
    run.mkdir(parents=True)
    append_history(run / "history.jsonl", {"epoch": 1})
    for mean in (1, 2):
        save(gaussian(mean), run)
        assert load(run).mean.item() == mean
    assert {entry.name for entry in run.iterdir()} == {"history.jsonl", "model.json", "model.safetensors"}
    assert (run / "history.jsonl").read_bytes() == b'{"epoch":1}\n'


def test_folders_above_are_made(tmp_path):
    save(gaussian(1), tmp_path / "a" / "b" / "model")
    np.testing.assert_array_equal(load(tmp_path / "a" / "b" / "model").mean, [1.0])


def test_what_is_not_there(tmp_path):
    with pytest.raises(ModelFileError, match=r"there is no model folder .*nowhere"):
        load(tmp_path / "nowhere")
    with pytest.raises(ModelFileError, match=r"model\.json is missing"):
        load(tmp_path)
    save(gaussian(1), tmp_path / "model")
    (tmp_path / "model" / "model.safetensors").unlink()
    with pytest.raises(ModelFileError, match=r"model\.safetensors is missing"):
        load(tmp_path / "model")


def test_files_of_other_lengths_are_said_to_be(tmp_path):
    save(gaussian(1), tmp_path)
    tensors = tmp_path / "model.safetensors"
    whole = tensors.read_bytes()
    tensors.write_bytes(whole[:-1])
    with pytest.raises(ModelFileError, match=rf"has {len(whole) - 1} bytes\n  expected: {len(whole)}"):
        load(tmp_path)
    tensors.write_bytes(whole + b"x")
    with pytest.raises(
        ModelFileError, match=rf"has {len(whole) + 1} bytes\n  expected: {len(whole)} at most"
    ):
        load(tmp_path)
    (tmp_path / "model.json").write_bytes(b" " * (1 << 25))
    with pytest.raises(ModelFileError, match="at most"):
        load(tmp_path)


@pytest.mark.parametrize("name", ["model.json", "model.safetensors"])
def test_a_pipe_in_place_of_a_file_is_not_waited_for(tmp_path, name):
    save(gaussian(1), tmp_path)
    (tmp_path / name).unlink()
    os.mkfifo(tmp_path / name)
    with pytest.raises(ModelFileError, match="is no file"):
        load(tmp_path)
