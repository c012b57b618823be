"""What stands in for a function of the user's."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from types import MethodType
from typing import Any


class Wrapper:
    """What is called as the function that it was made from is, and has its name.

    It can be a method. It can be pickled where the function can be, or where it stands under its name itself,
    as what a decorator makes does.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        functools.update_wrapper(self, function, updated=())

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """What the function made of it returns."""
        raise NotImplementedError

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    def __reduce_ex__(self, protocol: Any) -> Any:
        name = vars(self).get("__qualname__", "")
        return name if _standing_at(self.__module__, name) is self else super().__reduce_ex__(protocol)


def _standing_at(module: str, name: str) -> Any:
    """What stands in a module under a name such as "Class.method"; None where there is nothing."""
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found
