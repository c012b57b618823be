"""Which NumPy functions are covered: from the function to the one that builds its nodes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Handler = TypeVar("Handler", bound=Callable[..., Any])

_handlers: dict[Callable[..., Any], Callable[..., Any]] = {}


def covers(*functions: Callable[..., Any]) -> Callable[[Handler], Handler]:
    """Declare that a function, which takes nodes where NumPy takes arrays, stands for NumPy functions."""

    def declare(handler: Handler) -> Handler:
        for function in functions:
            _handlers[function] = handler
        return handler

    return declare


def covered(function: Callable[..., Any]) -> Callable[..., Any] | None:
    """The function that builds the nodes of a NumPy function, or None."""
    return _handlers.get(function)


def covered_functions() -> list[Callable[..., Any]]:
    """Every NumPy function that is covered beside the element-wise ufuncs."""
    return list(_handlers)
