"""The errors a user may see: what was given, what was expected, what to write instead, and where."""

from __future__ import annotations

import linecache
from dataclasses import dataclass

#: Characters on a line for people: names and values in files can be of any length.
LONGEST_LINE = 1500
MOST_CALLERS = 3  # that an error names


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of the user's own code: where it stands."""

    file: str
    line: int

    @property
    def text(self) -> str:
        """What stands on that line, or "" where the source is not at hand."""
        return linecache.getline(self.file, self.line).strip()

    @property
    def function(self) -> str:
        """The function in which it stands, or "" where that is not known."""
        return ""

    @property
    def callers(self) -> tuple[SourceLine, ...]:
        """The lines that called the function in which it stands, innermost first, where they are known."""
        return ()

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}"
        if self.text:
            return f"{place}: {self.text}"
        return f"{place}, in {self.function}" if self.function else place


class ChainruleError(Exception):
    """Base of every error this library raises on purpose.

    Args:
        given: what was given, with its actual shapes or values.
        expected: what was expected.
        instead: what to write instead.
        where: the user's own line, when there is one.
    """

    def __init__(
        self,
        given: str,
        *,
        expected: str | None = None,
        instead: str | None = None,
        where: SourceLine | None = None,
    ) -> None:
        self.given, self.expected, self.instead, self.where = given, expected, instead, where
        super().__init__(self._text("\n  "))

    def one_line(self) -> str:
        """The message on one line, as the command line prints it; without the middle of a very long one."""
        line = " ".join(self._text("; ").split())
        return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 200]} … {line[-197:]}"

    def _text(self, separator: str) -> str:
        parts = [self.given.rstrip(".")]
        if self.expected:
            parts.append(f"expected: {self.expected}")
        if self.instead:
            parts.append(f"instead: {self.instead}")
        if self.where:
            parts.append(f"at {self.where}")
            parts += [f"called at {caller}" for caller in self.where.callers[:MOST_CALLERS]]
        return separator.join(parts)


class ArgumentError(ChainruleError, ValueError):
    """An argument has a value that makes no sense."""


class ShapeError(ChainruleError, ValueError):
    """Arrays have shapes that do not fit each other."""


class CarryError(ShapeError):
    """A step that is repeated returns other values than it was given."""


class DtypeError(ChainruleError, TypeError):
    """An array has a dtype that cannot be used here."""


class TraceError(ChainruleError, TypeError):
    """A function does something that cannot become a graph."""


class GraphError(ChainruleError, ValueError):
    """A graph is not well formed."""


class CompilationError(ChainruleError, RuntimeError):
    """A graph could not become machine code."""


class NonFiniteError(ChainruleError, ArithmeticError):
    """A value became NaN or infinite where a finite one is needed."""


class DataError(ChainruleError, ValueError):
    """A table does not hold what was asked of it."""


class ModelFileError(ChainruleError, ValueError):
    """A saved model is missing, damaged, or of another kind."""


class RunError(ChainruleError, ValueError):
    """A run's folder is in use, is that of another run, is damaged, or cannot be written."""


class MissingExtraError(ChainruleError, ImportError):
    """An optional dependency is not installed."""
