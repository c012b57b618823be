"""What can be traced, differentiated and checked: functions that compute when they are called."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from .errors import ArgumentError


def refuse_unfinished(function: Callable[..., Any]) -> None:
    """Refuse a function whose call returns before it has computed anything.

    Raises:
        ArgumentError: it is an async function or a generator.
    """
    kinds = {
        "an async function, whose call returns a coroutine": inspect.iscoroutinefunction,
        "an async generator": inspect.isasyncgenfunction,
        "a generator": inspect.isgeneratorfunction,
    }
    for kind, is_one in kinds.items():
        if is_one(function):
            name = getattr(function, "__name__", "the function")
            raise ArgumentError(
                f"{name} is {kind}",
                expected="a function that returns arrays",
                instead="def in place of async def, return in place of yield",
            )
