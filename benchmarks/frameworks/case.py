"""A function of a framework's arrays, and what a check must say of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Case:
    """One check.

    Attributes:
        name: what is checked.
        f: the function.
        at: where.
        verdict: PASS, FAIL or UNDECIDED.
        says: a part of the report's text.
        options: more arguments of the check.
    """

    name: str
    f: Callable[..., Any]
    at: Any
    verdict: str
    says: str = ""
    options: dict[str, Any] = field(default_factory=dict)
