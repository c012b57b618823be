"""The user's calls that ask for operations, in the order of a trace, and what they say of the results."""

from __future__ import annotations

import os
import pathlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from types import CodeType
from typing import Any

from .errors import SourceLine
from .instructions import destination, read_by
from .slots import setters

#: Instructions that are being carried out, from the inside out: a function's code, where in it that is (a
#: frame's ``f_lasti``), the next function's code, … Flat, as each operation that is traced makes two of them.
Path = Sequence[Any]
#: What the names of this library's files begin with.
PACKAGE = f"{pathlib.Path(__file__).parent}{os.sep}"
_Place = int | tuple[int | None, ...]
_COLLECTION = re.compile(r"([^\W\d]\w*)\s*(?::[^=]+)?=\s*\[.*\bfor\b.*\](\s*#.*)?")


@dataclass(slots=True, eq=False)
class Calls:
    """The calls of one trace in their order, each as its path of instructions from the inside out.

    What is the same path is found out when it is first asked for: tracing asks for none.
    """

    paths: list[Path] = field(default_factory=list)
    turns: list[int] = field(default_factory=list)
    runs: dict[tuple[str | _Place, ...], int] = field(default_factory=dict)

    def add(self, path: Path) -> int:
        """Have one more; how many there were before."""
        self.paths.append(path)
        return len(self.paths) - 1

    def turn(self, moment: int) -> int:
        """How often the path of a call had been taken before it."""
        for path in self.paths[len(self.turns) : moment + 1]:
            key = tuple([part for code, at in _pairs(path) for part in (code.co_filename, _place(code, at))])
            self.turns.append(self.runs.get(key, 0))
            self.runs[key] = self.turns[-1] + 1
        return self.turns[moment]


@dataclass(frozen=True, slots=True, eq=False, init=False)
class CallSite(SourceLine):
    """A line of the user's that asks for an operation.

    Attributes:
        around: the instructions of the user's functions, the line's own first, then those of its callers.
        moment: how many operations there were before it in its trace.
        held: the variables of those functions that hold plain arrays, each with its array's ``id`` at that
            time.
        calls: those of its trace.
        part: which of its results is spoken of, where it has several, as ``np.linalg.eigh`` has.
    """

    around: Path = ()
    moment: int = 0
    held: Sequence[Mapping[str, int]] = ()
    calls: Calls | None = None
    part: int | None = None

    def __init__(
        self,
        file: str,
        line: int,
        around: Path = (),
        moment: int = 0,
        held: Sequence[Mapping[str, int]] = (),
        calls: Calls | None = None,
        part: int | None = None,
    ) -> None:
        _set_file(self, file)
        _set_line(self, line)
        _set_around(self, around)
        _set_moment(self, moment)
        _set_held(self, held)
        _set_calls(self, calls)
        _set_part(self, part)

    def of_part(self, part: int) -> CallSite:
        """The same, of one of its results."""
        return CallSite(self.file, self.line, self.around, self.moment, self.held, self.calls, part)

    @property
    def function(self) -> str:
        name = self.around[0].co_name if self.around else ""
        return "" if name == "<module>" else str(name)

    @property
    def callers(self) -> tuple[SourceLine, ...]:
        sites: dict[tuple[str, int], SourceLine] = {}
        for i, (code, at) in enumerate(_pairs(self.around)):
            if i and not code.co_filename.startswith(PACKAGE):  # a network calls the user's loss
                place = code.co_filename, _line(code, at)
                sites.setdefault(place, CallSite(*place, self.around[2 * i : 2 * i + 2]))
        return tuple(sites.values())

    @property
    def turn(self) -> int:
        """How often it had done the same before, in a loop."""
        return 0 if self.calls is None else self.calls.turn(self.moment)

    @property
    def arrays(self) -> list[tuple[str, int]]:
        """The variables it reads that hold plain arrays, those of its callers first.

        A caller's name for an array says more than that of the parameter to which it is passed.
        """
        return [
            (name, held[name])
            for (code, at), held in reversed(list(zip(_pairs(self.around), self.held, strict=False)))
            for name in (read_by(code, at) if held else ())
            if name in held
        ]

    @property
    def variable(self) -> str:
        """What its result is assigned to, here or where it is returned to; "" for nothing.

        Of a list that a line makes, ``rows = [f(x) for x in …]``, each element is assigned to ``rows``. Of an
        array whose elements are assigned, ``a, b = x``, the turn says which of them it is.
        """
        element = self.part
        for code, at in _pairs(self.around):
            goes = destination(code, at)
            if goes.collected:
                match = _COLLECTION.fullmatch(SourceLine(code.co_filename, _line(code, at)).text)
                return match[1] if match else ""
            if goes.several and (goes.apart or element is not None):
                return goes.several[(self.turn if element is None else element) % len(goes.several)]
            if not goes.returned:
                return goes.variable if element is None else ""
            element = goes.element if element is None else element
        return ""

    def __reduce__(self) -> tuple[Any, ...]:
        return CallSite, (self.file, self.line)  # in another process there are no instructions to look at


_set_file, _set_line, _set_around, _set_moment, _set_held, _set_calls, _set_part = setters(CallSite)


def _pairs(path: Path) -> Iterator[tuple[CodeType, int]]:
    return zip(path[::2], path[1::2], strict=True)


@lru_cache(maxsize=4096)
def _position(code: CodeType, at: int) -> tuple[int | None, ...]:
    """The first and last line and column of an instruction, where they are known."""
    return next(islice(code.co_positions(), at // 2, None), (None,))


def _place(code: CodeType, at: int) -> _Place:
    """Where in the source an instruction comes from: Python counts it from elsewhere once it runs often."""
    position = _position(code, at)
    return at if None in position else position


def _line(code: CodeType, at: int) -> int:
    return _position(code, at)[0] or code.co_firstlineno
