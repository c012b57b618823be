"""Where a command may write."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from chainrule.cli.destination import require_file_writable, require_model_free
from chainrule.errors import ArgumentError


def test_new_paths_are_free(folder) -> None:
    require_model_free(Path("a/b/model"), force=False)
    require_file_writable(Path("out.csv"))


def test_a_folder_that_may_not_be_written(folder, monkeypatch) -> None:
    """Asked of the operating system, which permits a superuser everything: so its answer is made up."""
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != folder)
    for refuse in (
        lambda: require_model_free(Path("a/model"), False),
        lambda: require_file_writable(Path("o")),
    ):
        with pytest.raises(ArgumentError, match=f"{folder} does not permit it"):
            refuse()


def test_what_is_no_file_is_written_to_without_its_folder(folder, monkeypatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    require_file_writable(Path(os.devnull))


def test_a_link_to_nowhere_is_taken(folder) -> None:
    (folder / "model").symlink_to("nowhere")
    with pytest.raises(ArgumentError, match="model exists"):
        require_model_free(Path("model"), force=False)
