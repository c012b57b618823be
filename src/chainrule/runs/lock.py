"""One process at a time on a folder, by a lock of the operating system: it ends when the process does."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import BinaryIO

from ..errors import RunError

LOCK = "run.lock"
#: Whoever lists runs holds their locks for an instant, so one that is taken is tried again for so long.
PATIENCE = 0.2


class FolderLock:
    """The lock of a folder, held from when this is made until it is closed or the process ends.

    What counts is the system's lock on the file, never whether the file is there, so one that a killed
    process left behind is no obstacle.

    Args:
        folder: is there.

    Raises:
        RunError: another process, or another part of this one, holds it.
        OSError: the folder cannot be written to.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     lock = FolderLock(Path(folder))
    ...     in_use(Path(folder)), lock.close(), in_use(Path(folder))
    (True, None, False)
    """

    def __init__(self, folder: Path) -> None:
        path = folder / LOCK
        if path.exists() and not path.is_file():  # opening a pipe would wait for ever
            raise RunError(f"{path} is not a file", instead="remove it")
        self._file = path.open("ab+")
        until = time.monotonic() + PATIENCE
        while not _try_to_lock(self._file):
            if time.monotonic() > until:
                holder = _holder(self._file)
                self._file.close()
                raise RunError(
                    f"{folder} is in use by {holder}", expected="one process on a run's folder at a time"
                )
            time.sleep(PATIENCE / 20)
        self._file.truncate(0)
        self._file.write(str(os.getpid()).encode())
        self._file.flush()

    def close(self) -> None:
        """Let go."""
        self._file.close()


def in_use(folder: Path) -> bool:
    """Whether a process holds the lock of a folder."""
    path = folder / LOCK
    if not path.is_file():
        return False
    try:
        file = path.open("rb")
    except OSError:
        return False
    with file:
        return not _try_to_lock(file, shared=True)


def _holder(file: BinaryIO) -> str:
    file.seek(0)
    process = file.read(20)
    if process == str(os.getpid()).encode():
        return "this very process"
    return f"process {process.decode()}" if process.isdigit() else "another process"


if sys.platform == "win32":

    def _try_to_lock(file: BinaryIO, shared: bool = False) -> bool:
        import msvcrt

        file.seek(1 << 30)  # a place that nobody reads
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:

    def _try_to_lock(file: BinaryIO, shared: bool = False) -> bool:
        from fcntl import LOCK_EX, LOCK_NB, LOCK_SH, flock

        try:
            flock(file, (LOCK_SH if shared else LOCK_EX) | LOCK_NB)
        except BlockingIOError:
            return False
        return True
