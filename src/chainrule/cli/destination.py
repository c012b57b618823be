"""Whether a result can be written, asked before the work starts."""

from __future__ import annotations

import os
from pathlib import Path

from chainrule.errors import ArgumentError


def require_model_free(folder: Path, force: bool) -> None:
    """Refuse a path that cannot be written, or is taken, unless by a saved model that is to be replaced.

    Raises:
        ArgumentError: says which, and what to do.
    """
    if (folder.exists() or folder.is_symlink()) and not _is_empty_folder(folder):
        if not force:
            if (folder / "run.json").is_file() and not (folder / "result.json").exists():
                raise ArgumentError(
                    f"{folder} has a run that has not finished",
                    instead=f"--resume {folder} to go on, --force to begin anew, or another path after -o",
                )
            raise ArgumentError(
                f"{folder} exists", instead="--force to replace the model in it, or another path after -o"
            )
        if not any((folder / name).is_file() for name in ("model.json", "run.json")):
            raise ArgumentError(
                f"{folder} is there and is no chainrule model", instead="another path after -o"
            )
    _require_writable(folder)


def require_file_writable(file: Path, *inputs: Path) -> None:
    """Refuse a file that cannot be written, or that is one of the command's inputs.

    Raises:
        ArgumentError: says which, and what to do.
    """
    if file.is_dir():
        raise ArgumentError(f"{file} is a folder", expected="a file to write")
    if not file.absolute().parent.is_dir():
        raise ArgumentError(f"{file} cannot be written: there is no folder {file.parent}")
    if any(given.exists() and file.exists() and file.samefile(given) for given in inputs):
        raise ArgumentError(f"{file} would replace what is read", instead="another file to write")
    if not file.exists() or file.is_file():  # else a pipe or a device, whose folder stays as it is
        _require_writable(file)


def _require_writable(path: Path) -> None:
    ancestor = next(parent for parent in path.absolute().parents if parent.exists())
    if not ancestor.is_dir():
        raise ArgumentError(f"{path} cannot be written: {ancestor} is not a folder")
    if not os.access(ancestor, os.W_OK | os.X_OK):
        raise ArgumentError(f"{path} cannot be written: {ancestor} does not permit it")


def _is_empty_folder(path: Path) -> bool:
    """Whether nothing is in it, but for the lock of a run that was killed before it began."""
    return path.is_dir() and all(entry.name == "run.lock" for entry in path.iterdir())
