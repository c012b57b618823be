"""One line of a derivation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from ..graph import Shape
from .checks import Check, DerivationError
from .formula import Formula, walk


@dataclass(frozen=True, slots=True)
class Step:
    """A line: ``left = right``, by which rule, of which shapes, and how it was checked.

    Attributes:
        section: "forward propagation", "chain rule" or "result".
        rule: the name of the rule.
        left, right: the two sides of the equation.
        checks: each number that the line was compared with; never empty.
        value: the line's value at the point, or None where no point was given.
        remark: what the line needs besides, in words; "" for nothing.
        source: the user's line that it comes from; "" where there is none.
    """

    section: str
    rule: str
    left: Formula
    right: Formula
    checks: tuple[Check, ...]
    value: np.ndarray | None = field(default=None, compare=False)
    remark: str = ""
    source: str = ""

    @property
    def shapes(self) -> tuple[tuple[Formula, Shape], ...]:
        """Every factor of the right side, and its shape; the left side first."""
        return ((self.left, self.left.shape), *[(factor, factor.shape) for factor in factors(self.right)])

    def __str__(self) -> str:
        from .writers.text import equation_text

        return equation_text(self)


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """A line before differences of the function are taken, which cost far more than its exact check.

    Attributes:
        step: the line; its checks are exact ones, against forward or reverse mode, or none.
        differences: takes the differences.
    """

    step: Step
    differences: Callable[[], tuple[Check, ...]]

    def checked(self) -> Step:
        """The line with all its checks.

        Raises:
            DerivationError: it is not true, or there is no check that decides.
        """
        checks = (*self.step.checks, *self.differences())
        if not checks:
            raise DerivationError(
                f"{self.step} could not be checked",
                expected="differences of the function that rounding does not drown",
                instead="another point, such as one with smaller values",
            )
        return replace(self.step, checks=checks)


def factors(formula: Formula) -> list[Formula]:
    """What a line multiplies: the factors of each product of matrices, else every name in it, each once."""
    return list(dict.fromkeys(_factors(formula)))


def _factors(formula: Formula) -> Iterator[Formula]:
    if formula.kind == "matmul":
        yield from formula.parts
    elif formula.kind in ("add", "product") and any(part.kind == "matmul" for part in formula.parts):
        for part in formula.parts:
            yield from _factors(part)
    elif formula.kind == "series":
        yield from _factors(formula.data.term)
    elif formula.kind in ("kron", "diag"):
        yield formula
    elif formula.kind != "number":
        names = [part for part in walk(formula) if part.kind == "symbol"]
        yield from reversed(names)


def shape_text(shape: Shape) -> str:
    """A shape as it is said: 3×2; a vector's length; 1 for a number."""
    return "×".join(map(str, shape)) or "1"
