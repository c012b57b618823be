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

#: A file that is larger than this part of the machine's memory is read piece by piece.
PART_OF_MEMORY = 8


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
    **layout: Any,
) -> Iterator[OpenTable]:
    """The table in a file, on disk in a temporary folder as long as it is needed where it is large.

    Args:
        path: the file.
        kinds: as for :func:`~chainrule.data.read_table`.
        missing: as for :func:`~chainrule.data.read_table`.
        stream: keep it on disk however small it is.
        layout: delimiter, comment, skip_lines and header, as for :func:`~chainrule.data.read_table`.
    """
    if not (stream or _is_large(path)):
        yield OpenTable(read_table(path, kinds, missing=missing, **layout), None)
        return
    with TemporaryDirectory(prefix="chainrule-", ignore_cleanup_errors=True) as folder:
        rows = read_table(path, kinds, missing=missing, folder=folder, **layout)
        yield OpenTable(rows, Path(folder))


def _is_large(path: Path) -> bool:
    if not path.is_file() or not hasattr(os, "sysconf"):
        return False
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return path.stat().st_size * PART_OF_MEMORY > memory
