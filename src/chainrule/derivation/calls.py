"""What evaluates a function that is written by its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..graph import Node


@dataclass(frozen=True, slots=True)
class Call:
    """An operation with its parameters; two of the same are equal."""

    evaluate: Callable[..., Any]
    params: tuple[tuple[str, Any], ...]

    def __call__(self, *parts: Any) -> Any:
        return self.evaluate(*parts, **dict(self.params))


def call_of(node: Node) -> Callable[..., Any]:
    """What evaluates an operation."""
    evaluate: Callable[..., Any] = node.primitive.evaluate
    return Call(evaluate, tuple(node.params.items())) if node.params else evaluate
