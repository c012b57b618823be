"""A command's table, in memory or on disk."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from chainrule.data import Table, read_table
from chainrule.data.memory import memory_limit

#: A file that is larger than this part of the memory that there is to use is read piece by piece.
PART_OF_MEMORY = 8
#: Of the Filesystem Hierarchy Standard.
LARGE = "/var/tmp"


@dataclass(frozen=True, slots=True, eq=False)
class OpenTable:
    """A table that can be used.

    Args:
        rows: the table.
        folder: where its values are kept; ``None``: in memory.
    """

    rows: Table
    folder: Path | None


@contextmanager
def open_table(
    path: Path,
    kinds: Mapping[str, str],
    missing: Sequence[str] = (),
    stream: bool = False,
    drop: Sequence[str] = (),
    **layout: Any,
) -> Iterator[OpenTable]:
    """The table in a file, on disk in a temporary folder as long as it is needed where it is large.

    Args:
        path: the file.
        kinds: as for :func:`~chainrule.data.read_table`.
        missing: as for :func:`~chainrule.data.read_table`.
        stream: keep it on disk however small it is.
        drop: as for :func:`~chainrule.data.read_table`.
        layout: delimiter, comment, skip_lines and header, as for :func:`~chainrule.data.read_table`.
    """
    if not (stream or _is_large(path)):
        yield OpenTable(read_table(path, kinds, missing=missing, drop=drop, **layout), None)
        return
    with TemporaryDirectory(prefix="chainrule-", dir=_disk(), ignore_cleanup_errors=True) as folder:
        rows = read_table(path, kinds, missing=missing, folder=folder, drop=drop, **layout)
        yield OpenTable(rows, Path(folder))


def _is_large(path: Path) -> bool:
    memory = memory_limit()
    return memory is not None and path.is_file() and path.stat().st_size * PART_OF_MEMORY > memory


def _disk() -> str | None:
    """Where large temporary files go: what the user says, or where the system keeps such on a disk.

    /tmp is memory in many systems.
    """
    said = any(os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP"))
    return None if said or not os.access(LARGE, os.W_OK | os.X_OK) else LARGE
