"""Finding the user's own line."""

from __future__ import annotations

import linecache
import os
import re
import sys
import traceback
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice, takewhile
from pathlib import Path
from types import CodeType, FrameType, TracebackType
from typing import Any

import numpy as np
from numpy.lib import mixins

from .errors import SourceLine
from .instructions import destination, read_by

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
_STANDARD = (str(_PACKAGE), str(Path(os.__file__).parent), "<frozen")
#: ``W``, ``self.W`` or ``params["W"]`` in a line.
_VALUE = re.compile(
    r"""(?<![\w.])(?P<name>[^\W\d]\w*)(?:\.(?P<attribute>\w+)|\[["'](?P<key>[^"']+)["']\])?"""
)
_COLLECTION = re.compile(r"([^\W\d]\w*)\s*(?::[^=]+)?=\s*\[.*\bfor\b.*\](\s*#.*)?")


def is_library(file: str) -> bool:
    """Whether a source file belongs to this library, to Python's own or to an installed one."""
    return file.startswith(_STANDARD) or any(part in file for part in _LIBRARIES)


Step = int | str | tuple[int | None, ...]
Turns = dict[tuple[Step, ...], int]


def user_line(turns: Turns | None = None, arrays: bool = False) -> SourceLine | None:
    """The innermost line on the call stack that is not the tracer's, and no library's if possible.

    Args:
        turns: how often each path of calls, from here to that line, has run before, the empty path being all
            of them; this one is counted.
        arrays: whether to look for the variables that hold plain arrays, too.
    """
    frame: FrameType | None = sys._getframe(1)
    in_library = None
    path: list[Step] = []
    while frame is not None:
        code = frame.f_code
        file = code.co_filename
        own, library = _whose(file)
        if own:
            path += (file, frame.f_lasti)
        else:
            place, line = _place(code, frame.f_lasti)
            path += (file, place)
            turn, moment = _turn(tuple(path), turns)
            variable = "" if library else _variable_of(frame, turn)
            held = tuple(_arrays_read(frame)) if arrays and not library else ()
            found = SourceLine(file, line or frame.f_lineno, turn, moment, variable, held)
            if not library:
                return found
            in_library = in_library or found
        frame = frame.f_back
    return in_library


def library_call() -> str:
    """The function of an installed library that the user's line has called, such as scipy.linalg.solve.

    Of functions that call each other the one that the user called, as far as these go by their own names;
    "" where it has called none.
    """
    found = ""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and any(_whose(frame.f_code.co_filename)):
        parts = str(frame.f_globals.get("__name__", "")).split(".")
        package = ".".join(takewhile(lambda part: not part.startswith("_"), parts))
        name = frame.f_code.co_name
        if not _whose(frame.f_code.co_filename)[0]:
            if hasattr(sys.modules.get(package), name):
                found = f"{package}.{name}"
            elif parts[0] != "numpy":
                found = found or f"a function of {parts[0]}"
        frame = frame.f_back
    return found


@lru_cache(maxsize=1024)
def _whose(file: str) -> tuple[bool, bool]:
    """Whether a source file belongs to what traces, and whether to a library."""
    return file.startswith(_OWN), any(part in file for part in _LIBRARIES)


@lru_cache(maxsize=4096)
def _place(code: CodeType, instruction: int) -> tuple[Step, int | None]:
    """Where in the source an instruction comes from: Python counts it from elsewhere once it runs often.

    Also its line, where that is known.
    """
    place = next(islice(code.co_positions(), instruction // 2, None), (None,))
    return instruction if None in place else place, place[0]


def _turn(path: tuple[Step, ...], turns: Turns | None) -> tuple[int, int]:
    """How often this path of calls has run before, and how many have run before of all paths."""
    if turns is None:
        return 0, 0
    before = turns[path] = turns.get(path, -1) + 1
    moment = turns[()] = turns.get((), -1) + 1
    return before, moment


def _variable_of(frame: FrameType | None, turn: int) -> str:
    """The variable to which what a frame computes just now is assigned, here or where it is returned to.

    Of a list that a line makes, ``rows = [f(x) for x in …]``, each element is assigned to ``rows``. Of an
    array whose elements are assigned, ``a, b = x``, the turn says which of them it is.
    """
    element: int | None = None
    while frame is not None and not any(_whose(frame.f_code.co_filename)):
        goes = destination(frame.f_code, frame.f_lasti)
        if goes.collected:
            line = SourceLine(frame.f_code.co_filename, frame.f_lineno)
            match = _COLLECTION.fullmatch(line.text)
            return match[1] if match else ""
        if goes.several and (goes.apart or element is not None):
            return goes.several[(turn if element is None else element) % len(goes.several)]
        if not goes.returned:
            return goes.variable if element is None else ""
        element = goes.element if element is None else element
        frame = frame.f_back
    return ""


def _arrays_read(frame: FrameType | None) -> Iterator[tuple[str, int]]:
    """The variables that hold plain arrays in what a frame computes just now, those of its callers first.

    A caller's name for an array says more than that of the parameter to which it is passed.
    """
    found: list[list[tuple[str, int]]] = []
    while frame is not None and not any(_whose(frame.f_code.co_filename)):
        names = read_by(frame.f_code, frame.f_lasti)
        own, around = frame.f_locals if names else {}, frame.f_globals  # Python makes f_locals at each look
        held = [(name, own.get(name, around.get(name))) for name in names]
        found.append([(name, id(value)) for name, value in held if isinstance(value, np.ndarray)])
        frame = frame.f_back
    for arrays in reversed(found):
        yield from arrays


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
