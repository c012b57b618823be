"""Which variable each part of ``a, b = f(x), g(x)`` is assigned to; which of ``return a, b`` a value is."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import CodeType

Place = tuple[int | None, ...]
_BLOCKS = ("body", "handlers", "orelse", "finalbody", "cases")  # where statements stand in statements


@lru_cache(maxsize=1024)
def unpacked(code: CodeType) -> Mapping[Place, str | int]:
    """The variables of a function's assignments of several values at once; the numbers of those it returns.

    They are found by the first and last line and column of each value; nothing where the source cannot be
    read.
    """
    return _by_place("".join(linecache.getlines(code.co_filename)))


@lru_cache(maxsize=64)
def _by_place(source: str) -> dict[Place, str | int]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return {}
    return {
        (value.lineno, value.end_lineno, value.col_offset, value.end_col_offset): name
        for value, name in _assignments(tree)
    }


def _assignments(tree: ast.AST) -> Iterator[tuple[ast.expr, str | int]]:
    for node in _statements(tree):
        match node:
            case ast.Return(value=ast.Tuple(elts=values)):
                yield from ((value, k) for k, value in enumerate(values))
            case ast.Assign(targets=[ast.Tuple(elts=variables)], value=ast.Tuple(elts=values)):
                pairs = zip(variables, values, strict=False) if len(variables) == len(values) else ()
                yield from ((value, name.id) for name, value in pairs if isinstance(name, ast.Name))


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Every statement in a syntax tree, without a look into expressions, which are most of it."""
    for field in _BLOCKS:
        for part in getattr(node, field, ()):
            yield part
            yield from _statements(part)
