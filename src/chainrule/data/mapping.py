"""Arrays in files that are mapped into memory."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .column import Column
from .table import Table
from .words import Words

#: Rows that are copied at once.
BLOCK = 1 << 16


def empty_array(
    folder: str | os.PathLike[str] | None, name: str, shape: tuple[int, int], dtype: Any = np.float64
) -> NDArray[Any]:
    """An array to be filled: in a file of that name in a folder, or in memory where there is none.

    The name is gone at once where the system permits it, and the file with the array or the process: nothing
    is left behind by one that is killed.

    Raises:
        OSError: the disk has no room for it.
    """
    if folder is None or 0 in shape:
        return np.empty(shape, dtype)
    path = Path(folder, f"{name}.npy")
    mapped = np.lib.format.open_memmap(path, "w+", dtype, shape)
    _reserve(path)
    with suppress(PermissionError):  # Windows keeps the names of files in use
        path.unlink()
    return mapped


def _reserve(path: Path) -> None:
    """Have a file that was made by its length alone take its room on the disk.

    Without it, a disk that fills while the mapped array is written to would end the process.
    """
    if not hasattr(os, "posix_fallocate"):
        return
    with path.open("rb+") as file:
        try:
            os.posix_fallocate(file.fileno(), 0, os.fstat(file.fileno()).st_size)
        except OSError as error:
            if error.errno not in (errno.EOPNOTSUPP, errno.EINVAL):  # a disk that cannot tell
                raise OSError(error.errno, error.strerror, str(path)) from error


def copy_rows(table: Table, order: NDArray[np.int64], folder: Path) -> Table:
    """The rows of a table in another order, copied block by block to files in a folder."""
    worded = [column for column in table.columns if isinstance(column.cells, Words)]
    computed = [column for column in table.columns if not isinstance(column.cells, Words)]
    n = len(order)
    numbers = empty_array(folder, "arranged-numbers", (len(computed), n))
    codes = empty_array(folder, "arranged-codes", (len(worded), n), np.int32)
    rows = table.columns[0].rows[order]
    copied: dict[str, Column] = {}
    for line, column in enumerate(computed):
        _copy(column.numbers, order, numbers[line])
        copied[column.name] = replace(column, cells=numbers[line], rows=rows)
    for line, column in enumerate(worded):
        _copy(column.words.codes, order, codes[line])
        copied[column.name] = replace(column, cells=Words(codes[line], column.words.vocabulary), rows=rows)
    return replace(table, columns=tuple(copied[name] for name in table.names))


def _copy(source: NDArray[Any], order: NDArray[np.int64], to: NDArray[Any]) -> None:
    for start in range(0, len(order), BLOCK):
        to[start : start + BLOCK] = source[order[start : start + BLOCK]]
