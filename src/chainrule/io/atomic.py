"""Files that are there whole or not at all, whenever the power fails."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

TEMPORARY = re.compile(r"\..+\.[0-9a-f]{16}\.tmp")


def atomic_write(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a file so that its path always holds the old content or the new, never a part.

    The bytes go to a temporary file beside it, to the disk, and then under its name. What is there and is no
    file, a pipe or a device such as ``/dev/stdout``, is written to as it is, and stays.

    Args:
        path: the file, in a folder that exists; a symbolic link is followed.
        data: its content.

    Raises:
        OSError: the folder is not there, is read-only, or the disk is full; the old file is as it was. The
            error names the file.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     atomic_write(Path(folder, "a.txt"), b"hello")
    ...     Path(folder, "a.txt").read_bytes(), len(os.listdir(folder))
    (b'hello', 1)
    """
    given = Path(path)
    try:
        if given.exists() and not given.is_file():
            given.write_bytes(data)
            return
        _replace(given.resolve(), data)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(given)) from error


def _replace(target: Path, data: bytes) -> None:
    temporary = temporary_beside(target)
    try:
        write_to_disk(temporary, data)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)  # gone already where all went well
    sync_folder(target.parent)


def temporary_beside(target: Path) -> Path:
    """A new hidden name in the same folder, and so on the same disk."""
    return target.with_name(f".{target.name}.{secrets.token_hex(8)}.tmp")


def remove_left_over(folder: Path) -> None:
    """Remove the temporary files of writers that were killed; nobody may be writing to the folder."""
    for path in folder.glob(".*.tmp"):
        if TEMPORARY.fullmatch(path.name):
            path.unlink()


def write_to_disk(path: Path, data: bytes) -> None:
    """Write a new file and wait until the disk has it."""
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the disk has the names in a folder."""
    if os.name != "posix":  # elsewhere a folder cannot be opened, and renaming waits by itself
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
