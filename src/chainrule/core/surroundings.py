"""What a function reads beside its arguments: a graph holds only while that stays the same."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator
from functools import partial
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

CHECKED_LENGTH = 100  # larger containers are checked by identity alone


class Surroundings:
    """The closure variables and globals of a function, and of the plain functions that it calls.

    Variables bound anew, and entries of small lists and dicts and attributes of objects set anew, are
    noticed. Arrays changed in place are read by reference and need no notice. What is changed deeper is not
    seen: pass it as an argument.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._readers = tuple(_readers(function))
        self._seen = self._look()

    def changed(self) -> bool:
        """Whether anything was bound anew since this was made."""
        current = self._look()
        return len(current) != len(self._seen) or any(
            a is not b for a, b in zip(current, self._seen, strict=True)
        )

    def _look(self) -> list[Any]:
        found: list[Any] = []
        for read in self._readers:
            value = read()
            found.append(value)
            if isinstance(value, dict) and len(value) <= CHECKED_LENGTH:
                found.extend(value.values())
            elif isinstance(value, (list, tuple)) and len(value) <= CHECKED_LENGTH:
                found.extend(value)
            elif hasattr(value, "__dict__") and not isinstance(value, (type, ModuleType, FunctionType)):
                found.extend(vars(value).values())
        return found


def _readers(function: Callable[..., Any]) -> Iterator[Callable[[], Any]]:
    pending: list[Any] = [function]
    visited: set[int] = set()
    while pending:
        current = pending.pop()
        if id(current) in visited:
            continue
        visited.add(id(current))
        if isinstance(current, MethodType):
            owner = current.__self__
            yield partial(_itself, owner)
            pending.append(current.__func__)
        elif isinstance(current, FunctionType):
            for read in _variables(current):
                value = read()
                if isinstance(value, (FunctionType, MethodType)):
                    pending.append(value)
                if not isinstance(value, (ModuleType, type)):
                    yield read


def _variables(function: FunctionType) -> Iterator[Callable[[], Any]]:
    for cell in function.__closure__ or ():
        yield partial(_contents, cell)
    namespace = function.__globals__
    for name in sorted(_global_names(function.__code__)):
        if name in namespace and not hasattr(builtins, name):
            yield partial(namespace.get, name)


def _itself(value: Any) -> Any:
    return value


def _contents(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not bound yet
        return None


def _global_names(code: CodeType) -> set[str]:
    names = set(code.co_names)
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            names |= _global_names(inner)
    return names
