"""What evaluates a function that is written by its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Call:
    """An operation with its parameters; two of the same are equal."""

    evaluate: Callable[..., Any]
    params: tuple[tuple[str, Any], ...]

    def __call__(self, *parts: Any) -> Any:
        return self.evaluate(*parts, **dict(self.params))
