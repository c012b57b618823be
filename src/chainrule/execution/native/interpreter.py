"""The interpreter that runs this, whose structures machine code reads."""

from __future__ import annotations

import ctypes
import sys


def possible() -> bool:
    """Whether this Python lays out its objects as the machine code expects."""
    locked = getattr(sys, "_is_gil_enabled", lambda: True)()
    release = object.__basicsize__ == 16 and ctypes.sizeof(ctypes.c_void_p) == 8
    return locked and release and sys.implementation.name == "cpython"
