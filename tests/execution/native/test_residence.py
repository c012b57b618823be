"""LLVM's library in memory: its pages are left to the system, but for those that are not as in the file."""

import ctypes
import mmap
import os
from collections.abc import Iterator
from pathlib import Path

import llvmlite.binding as llvm
import numpy as np
import pytest

import chainrule as cr
from chainrule.execution.native.machine_code import residence
from chainrule.execution.native.machine_code.residence import leave_to_system

pytestmark = pytest.mark.skipif(
    not os.access(residence.PAGES, os.R_OK), reason="the system does not say what is in memory"
)

PAGES, READ, WRITE, PRIVATE = 3, 1, 2, 2
C = ctypes.CDLL(None, use_errno=True)
C.mmap.restype = ctypes.c_void_p
C.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
C.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
C.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]


@pytest.fixture
def mapped(tmp_path: Path) -> Iterator[tuple[str, int]]:
    """A file, and where a private copy of it can be read and written."""
    file, size = tmp_path.resolve() / "library", PAGES * mmap.PAGESIZE
    file.write_bytes(b"x" * size)
    with file.open("rb") as opened:
        begin = C.mmap(None, size, READ | WRITE, PRIVATE, opened.fileno(), 0)
    yield str(file), begin
    C.munmap(begin, size)


def resident() -> int:
    """The bytes of LLVM's library that are in memory, but for what is written there."""
    found, ours = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if "-" in line.split()[0]:
            ours = line.endswith(str(Path(llvm.ffi.lib._name).resolve())) and "w" not in line.split()[1]
        elif ours and line.startswith(("Shared_Clean", "Private_Clean")):
            found += 1024 * int(line.split()[1])
    return found


@pytest.mark.parametrize("written", [False, True])
def test_what_is_no_longer_as_in_the_file_stays(mapped: tuple[str, int], written: bool) -> None:
    file, begin = mapped
    size = PAGES * mmap.PAGESIZE
    assert ctypes.string_at(begin, size) == b"x" * size
    if written:
        ctypes.memset(begin + mmap.PAGESIZE, ord("y"), 1)
    assert residence._unchanged.__wrapped__(file) == ()  # it can still be written to
    C.mprotect(begin, size, READ)
    assert residence._unchanged.__wrapped__(file) == (() if written else ((begin, begin + size),))


def test_without_the_systems_word_nothing_is_given_back(
    mapped: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    file, begin = mapped
    C.mprotect(begin, PAGES * mmap.PAGESIZE, READ)
    monkeypatch.setattr(residence, "PAGES", Path("/nowhere"))
    assert residence._unchanged.__wrapped__(file) == ()


def test_after_making_code_little_of_llvm_is_in_memory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CHAINRULE_CACHE_DIR", str(tmp_path))
    for shift in (1.25, 2.25):  # and the second time it still works
        f = cr.compile(lambda x, shift=shift: np.exp(x) * shift + 1)
        np.testing.assert_allclose(f(np.ones(3)), np.full(3, np.e * shift + 1), rtol=1e-15)
        text = 80 * 2**20
        assert 0 < resident() < text / 4
    leave_to_system()
    assert resident() < 2**20
