"""Finding the user's own line."""

from __future__ import annotations

import linecache
import os
import re
import sys
import traceback
from functools import lru_cache
from itertools import takewhile
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Literal

import numpy as np
from numpy.lib import mixins

from .calls import PACKAGE, Calls, CallSite

_PACKAGE = Path(__file__).parent
_OWN = (
    str(mixins.__file__),  # the operators of traced arrays
    *(
        str(_PACKAGE / part)
        for part in (
            "graph",
            "linear_maps",
            "primitives",
            "tracing",
            "calculus",
            "execution",
            "core",
            "verification",
            "special.py",
        )
    ),
)
_INSTALLED = tuple(f"{os.sep}{folder}{os.sep}" for folder in ("site-packages", "dist-packages"))
_LIBRARIES = (str(Path(np.__file__).parent), *_INSTALLED)
_STANDARD = (PACKAGE, f"{Path(os.__file__).parent}{os.sep}", "<frozen")
#: ``W``, ``self.W`` or ``params["W"]`` in a line.
_VALUE = re.compile(
    r"""(?<![\w.])(?P<name>[^\W\d]\w*)(?:\.(?P<attribute>\w+)|\[["'](?P<key>[^"']+)["']\])?"""
)


def is_library(file: str) -> bool:
    """Whether a source file belongs to this library, to Python's own or to an installed one."""
    return file.startswith(_STANDARD) or any(part in file for part in _LIBRARIES)


def user_line(calls: Calls | None = None, arrays: bool = False) -> CallSite | None:
    """The innermost line on the call stack that is not the tracer's, and no library's if possible.

    Args:
        calls: those of the trace that asks; this one is added.
        arrays: whether to look for the variables that hold plain arrays, too.
    """
    frame: FrameType | None = sys._getframe(1)
    path: list[Any] = []
    in_library: tuple[FrameType, int] | None = None
    while frame is not None:
        code = frame.f_code
        whose = _whose(code.co_filename)
        path += code, frame.f_lasti
        if whose == "user's":
            return _site(frame, path, calls, arrays)
        if whose == "library's" and in_library is None:
            in_library = frame, len(path)
        frame = frame.f_back
    return None if in_library is None else _site(in_library[0], path[: in_library[1]], calls, arrays=False)


def users_stacklevel() -> int:
    """The ``stacklevel`` of a warning that the caller gives, so that it names the user's line."""
    frame: FrameType | None = sys._getframe(1)
    level = 1
    while frame is not None and is_library(frame.f_code.co_filename):
        frame, level = frame.f_back, level + 1
    return level


def _site(frame: FrameType, path: list[Any], calls: Calls | None, arrays: bool) -> CallSite:
    """The line of a frame that a path of calls leads out to."""
    code, line = frame.f_code, frame.f_lineno
    moment = 0 if calls is None else calls.add(path)
    around: list[Any] = []
    held: list[dict[str, int]] = []
    user: FrameType | None = frame
    while user is not None and _whose(user.f_code.co_filename) == "user's":
        around += user.f_code, user.f_lasti
        if arrays:
            held.append(_arrays_in(user))
        user = user.f_back
    return CallSite(code.co_filename, line, around, moment, held, calls)


def library_call() -> str:
    """The function of an installed library that the user's line has called, such as scipy.linalg.solve.

    Of functions that call each other the one that the user called, as far as these go by their own names;
    "" where it has called none.
    """
    found = ""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _whose(frame.f_code.co_filename) != "user's":
        parts = str(frame.f_globals.get("__name__", "")).split(".")
        package = ".".join(takewhile(lambda part: not part.startswith("_"), parts))
        name = frame.f_code.co_name
        if _whose(frame.f_code.co_filename) == "library's":
            if hasattr(sys.modules.get(package), name):
                found = f"{package}.{name}"
            elif parts[0] != "numpy" and found in ("", f"a function of {parts[0]}"):
                found = f"a function of {package}"
        frame = frame.f_back
    return found


@lru_cache(maxsize=1024)
def _whose(file: str) -> Literal["tracer's", "library's", "user's"]:
    """To whom a source file belongs."""
    if file.startswith(_OWN):
        return "tracer's"
    return "library's" if any(part in file for part in _LIBRARIES) else "user's"


def _arrays_in(frame: FrameType) -> dict[str, int]:
    """The arrays that a frame's function can read just now, as ``id``, by their variables or attributes."""
    code, own, around = frame.f_code, frame.f_locals, frame.f_globals
    names = (*code.co_varnames, *code.co_cellvars, *code.co_freevars, *code.co_names)
    variables = [(name, own.get(name, around.get(name))) for name in names]
    parts = [getattr(value, "__dict__", {}) for _, value in variables]
    attributes = [(name, part[name]) for part in parts for name in code.co_names if name in part]
    return {name: id(value) for name, value in attributes + variables if isinstance(value, np.ndarray)}


def users_frame(trace: TracebackType | None) -> tuple[FrameType, traceback.FrameSummary] | None:
    """The innermost frame of an error that is no library's, and where it stands."""
    frames = zip(traceback.walk_tb(trace), traceback.extract_tb(trace), strict=True)
    own = [
        (frame, summary)
        for (frame, _), summary in frames
        if not is_library(summary.filename) and not _is_generated(frame)
    ]
    return own[-1] if own else None


def _is_generated(frame: FrameType) -> bool:
    """Whether a frame is code without a file that this library made, as dataclasses do."""
    return str(frame.f_globals.get("__name__", "")).partition(".")[0] == _PACKAGE.name


def shapes_on(frame: FrameType, summary: traceback.FrameSummary) -> str:
    """The shapes of the arrays that the failing lines name: ``W (4, 3), p['b'] (4,)``."""
    first = summary.lineno or 0
    lines = range(first, (summary.end_lineno or first) + 1)
    text = "".join(linecache.getline(summary.filename, line) for line in lines)
    shapes: dict[str, Any] = {}
    for found in _VALUE.finditer(text):
        value = frame.f_locals.get(found["name"], frame.f_globals.get(found["name"]))
        shapes[found["name"]] = getattr(value, "shape", None)
        if found["key"] and isinstance(value, dict):
            shapes[found[0]] = getattr(value.get(found["key"]), "shape", None)
        elif found["attribute"]:
            shapes[found[0]] = getattr(getattr(value, "__dict__", {}).get(found["attribute"]), "shape", None)
    return ", ".join(f"{name} {shape}" for name, shape in shapes.items() if isinstance(shape, tuple))
