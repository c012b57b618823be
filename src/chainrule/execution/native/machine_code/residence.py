"""LLVM's own code and constants in memory, of which each phase of making machine code needs another part.

They are pages of a file. What is not needed at the moment can be left to the system, which has the file at
hand and gives a page back when it is read: so memory holds what one phase needs, and afterwards little.
Measured: training of 256-1024-1024-10 with an empty cache takes 75 MiB above data and import, else 110.
"""

from __future__ import annotations

import ctypes
import mmap
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm
import numpy as np

# What Linux says of a process's memory; on other systems the pages stay.
MAPPINGS, PAGES = Path("/proc/self/maps"), Path("/proc/self/pagemap")
ENTRY = np.dtype("<u8")  # of one page
PRESENT, SWAPPED, OF_A_FILE = 1 << 63, 1 << 62, 1 << 61
DONT_NEED = 4  # its advice MADV_DONTNEED


def leave_to_system() -> None:
    """Let the system take the pages of LLVM's library that are as they are in its file; threads that are in
    LLVM meanwhile get them back page by page."""
    for begin, end in _unchanged(_library()):
        _advise()(begin, end - begin, DONT_NEED)


@cache
def _library() -> str:
    """LLVM's library, as the system calls it."""
    return str(Path(llvm.ffi.lib._name).resolve())


@cache
def _unchanged(file: str) -> tuple[tuple[int, int], ...]:
    """From where to where a file that is not written to is in memory as it is."""
    try:
        return tuple(span for span in _mapped(file) if _is_the_files(*span))
    except OSError:  # the system does not say so, or not to this process: the pages stay
        return ()


def _mapped(file: str) -> Iterator[tuple[int, int]]:
    """From where to where a file is in memory, and not to be written there."""
    for line in MAPPINGS.read_text(encoding="utf-8", errors="replace").splitlines():
        if line.endswith(f" {file}"):
            span, rights, *_ = line.split()
            if "w" not in rights:
                begin, end = (int(place, 16) for place in span.split("-"))
                yield begin, end


def _is_the_files(begin: int, end: int) -> bool:
    """Whether there are pages, and all are the file's own: where the loader has written, before it made the
    place readable only, they no longer are."""
    first, count = begin // mmap.PAGESIZE, (end - begin) // mmap.PAGESIZE
    pages = np.fromfile(PAGES, ENTRY, count, offset=first * ENTRY.itemsize)
    there, own = pages & PRESENT != 0, pages & OF_A_FILE != 0
    changed = there & ~own | (pages & SWAPPED != 0)
    return bool(np.any(there)) and not np.any(changed)


@cache
def _advise() -> Any:
    advise = ctypes.CDLL(None).madvise
    advise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    return advise
