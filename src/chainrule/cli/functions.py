"""A function in a file of the user's: found by ``FILE.py:function``, and what went wrong inside it."""

from __future__ import annotations

import linecache
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from functools import partial, reduce
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import click

from chainrule.errors import ArgumentError, ChainruleError, SourceLine

function_argument = click.argument("function", metavar="FILE.py:FUNCTION")


def load_function(place: str) -> Callable[..., Any]:
    """The function that ``FILE.py:function`` means; the file is run once, as an import runs it.

    Raises:
        ArgumentError: there is no such file or function, or the file cannot be run; names the user's line.
    """
    return load_functions(place)[0]


def load_functions(*places: str) -> list[Callable[..., Any]]:
    """The functions that several ``FILE.py:function`` mean, each file run once for all of them.

    Raises:
        ArgumentError: as for :func:`load_function`.
    """
    modules: dict[str, ModuleType] = {}
    found: list[Callable[..., Any]] = []
    for place in places:
        file, colon, name = place.rpartition(":")
        if not colon or not name:
            raise ArgumentError(
                f"{place} names no function", expected="FILE.py:function, such as net.py:loss"
            )
        if file not in modules:
            modules[file] = _run(Path(file))
        found.append(_function(file, modules[file], name))
    return found


@contextmanager
def users_code() -> Iterator[None]:
    """Turn an error inside the user's code into one that names the user's own line and the shapes there.

    What that code prints goes to standard error, for standard output is the command's own.

    Raises:
        ArgumentError: any exception of Python's or NumPy's that came from a line of the user's.
        ChainruleError: as it was raised, with that line added.
    """
    try:
        with redirect_stdout(sys.stderr):
            yield
    except MemoryError:
        raise
    except (Exception, SystemExit) as error:
        from chainrule.lines import users_frame

        place = users_frame(error.__traceback__)
        if place is None:
            raise
        raise _with_line(error, *place) from error


def _function(file: str, module: ModuleType, name: str) -> Callable[..., Any]:
    try:
        function = reduce(getattr, name.split("."), module)
    except AttributeError:
        defined = ", ".join(_functions(module)) or "none"
        raise ArgumentError(
            f"{file} has no function {name}", expected=f"one of those in it: {defined}"
        ) from None
    if not callable(function) or isinstance(function, type):
        raise ArgumentError(f"{name} in {file} is a {type(function).__name__}", expected="a function")
    return function


def _run(file: Path) -> ModuleType:
    """The module that a file makes; it may import its neighbours, and no compiled copy is kept beside it."""
    if not file.is_file():
        raise ArgumentError(f"{file} is no file", expected="a Python file, such as net.py")
    module = ModuleType(f"user_{file.stem}")
    module.__file__ = str(file.absolute())
    folder = str(file.absolute().parent)
    sys.modules[module.__name__] = module
    sys.path.insert(0, folder)
    try:
        with users_code():
            linecache.checkcache(str(file))  # it may be another file than the one of that name shown before
            exec(compile(file.read_bytes(), str(file), "exec"), vars(module))
    except SyntaxError as error:  # of the file itself: no line of it has run
        raise _not_python(error, file) from error
    finally:  # from now on behind Python's own modules and installed ones, whose names a neighbour may have
        sys.path.remove(folder)
        sys.path.append(folder)
    return module


def _not_python(error: SyntaxError, file: object) -> ArgumentError:
    where = SourceLine(error.filename, error.lineno) if error.filename and error.lineno else None
    return ArgumentError(f"{file} is not Python: {error.msg}", where=where)


def _functions(module: ModuleType) -> list[str]:
    """The functions of a file by name: those that it defines, or, where there are none, that it imports."""
    found = {
        name: value
        for name, value in vars(module).items()
        if callable(value) and not isinstance(value, type) and not name.startswith("_")
    }
    own = [name for name, value in found.items() if _module_of(value) == module.__name__]
    return own or list(found)


def _module_of(function: Callable[..., Any]) -> str | None:
    """Where a function, or that of which one is a part, was written."""
    while isinstance(function, partial):
        function = function.func
    module: str | None = getattr(function, "__module__", None)
    return module


def _with_line(error: BaseException, frame: FrameType, summary: traceback.FrameSummary) -> ChainruleError:
    where = SourceLine(summary.filename, summary.lineno or 0)
    if isinstance(error, ChainruleError):
        line = error.where or where
        return type(error)(error.given, expected=error.expected, instead=error.instead, where=line)
    if isinstance(error, SyntaxError):
        return _not_python(error, error.filename)
    from chainrule.lines import shapes_on

    message = " ".join(str(error).split())
    given = f"{type(error).__name__}: {message}" if message else type(error).__name__
    shapes = shapes_on(frame, summary)
    return ArgumentError(f"{given}, with {shapes}" if shapes else given, where=where)
