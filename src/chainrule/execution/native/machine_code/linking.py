"""Object files into callable functions."""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from typing import Any

import llvmlite.binding as llvm

from ....errors import CompilationError
from ..routines import PREFIX, addresses
from ..target import host

_serial = count()
_linking = threading.RLock()

#: Libraries of one linker, which costs a millisecond, and memory.
MOST_LINKED = 256


def _hold() -> None:
    """Wait until no thread is in LLVM alone: in a process forked meanwhile its lock would stay closed."""
    _linking.acquire()
    llvm.ffi.lib._lock.__enter__()


def _release() -> None:
    llvm.ffi.lib._lock.__exit__()
    _linking.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_hold, after_in_parent=_release, after_in_child=_release)


@dataclass(frozen=True, slots=True)
class Library:
    """Functions in memory by name, which stay while this does."""

    functions: dict[str, Any]
    tracker: Any


@lru_cache(maxsize=1)
def _linker(number: int) -> Any:
    """One after the other: some kilobytes of each library stay as long as its linker does, which is until its
    last library goes."""
    # JITLink keeps a module's code and constants together; with LLVM's older linker they can come to lie too
    # far apart for the code to reach them where a process has much else in memory, which ends it.
    return llvm.create_lljit_compiler(host().machine(), use_jit_link=True)


def link(codes: Sequence[bytes], names: Sequence[str]) -> Library:
    """Load object files that belong together and find their functions, each of one pointer."""
    with _linking:
        builder = llvm.JITLibraryBuilder().add_current_process()
        for code in codes:
            builder.add_object_img(code)
        for name, address in addresses().items():
            builder.import_symbol(PREFIX + name, address)
        for name in names:
            builder.export_symbol(name)
        number = next(_serial)
        try:
            tracker = builder.link(_linker(number // MOST_LINKED), f"chainrule{number}")
        except RuntimeError as error:
            raise CompilationError(f"the code could not be loaded: {error}") from error
    kind = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
    return Library({name: kind(tracker[name]) for name in names}, tracker)
